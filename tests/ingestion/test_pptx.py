"""Presentations."""

from __future__ import annotations

from pathlib import Path

from document_tools import blocks, headings, read

from format_maker import pptx_of, relations, slide

SHAPE = "<p:sp><p:nvSpPr><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"


def shape(text: str, kind: str = "") -> str:
    return SHAPE.format(kind=kind, text=text)


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:rPr {run}/><a:t>{text}</a:t></a:r></a:p>"


BODY = '<p:ph type="body"/>'


def test_slides_are_pages_with_headings(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "a.pptx",
        pptx_of(
            [
                slide(
                    "On gears",
                    shape(paragraph("A subtitle"), '<p:ph type="subTitle"/>'),
                    first=True,
                ),
                slide(
                    "Teeth", shape(paragraph("one") + paragraph("two", '<a:pPr lvl="1"/>'), BODY)
                ),
                slide("", shape(paragraph("No title"))),
                slide("Hidden", "", attributes=' show="0"'),
                slide("", ""),
            ]
        ),
    )
    assert headings(made) == [(1, "On gears"), (2, "Teeth"), (2, "Slide 3")]
    assert blocks(made)[3] == ("list", "- one\n  - two")
    assert [each.page for each in made.content.blocks] == [1, 1, 2, 2, 3, 3]
    assert (made.title, made.pages) == ("On gears", 5)
    assert "Hidden slides were left out: 4" in made.problems[0].message


def test_tables_pictures_notes_and_furniture(tmp_path: Path) -> None:
    row = "<a:tr><a:tc><a:txBody>{}</a:txBody></a:tc><a:tc><a:txBody>{}</a:txBody></a:tc></a:tr>"
    table = row.format(paragraph("A"), paragraph("B")) + row.format(paragraph("1|2"), paragraph(""))
    frame = f"<p:graphicFrame><a:graphic><a:tbl>{table}</a:tbl></a:graphic></p:graphicFrame>"
    picture = '<p:pic><p:nvPicPr><p:cNvPr descr="A gear"/></p:nvPicPr></p:pic>'
    number = shape(paragraph("7"), '<p:ph type="sldNum"/>')
    bold = shape(paragraph("In a group", run='b="1"'))
    group = f"<p:grpSp>{bold}</p:grpSp>"
    notes = slide("", shape(paragraph("Say this."), BODY) + number)
    made = read(
        tmp_path,
        "a.pptx",
        pptx_of(
            [slide("T", frame + picture + number + group)],
            {
                "ppt/slides/_rels/slide1.xml.rels": relations(
                    {"n": ("notesSlide", "../notesSlides/n1.xml")}
                ),
                "ppt/notesSlides/n1.xml": notes,
            },
        ),
    )
    assert blocks(made) == [
        ("heading", "## T"),
        ("table", "| A | B |\n| --- | --- |\n| 1\\|2 |  |"),
        ("figure", "![A gear]()"),
        ("paragraph", "**In a group**"),
        ("paragraph", "Say this."),
    ]


def test_order_is_that_of_the_presentation(tmp_path: Path) -> None:
    data = pptx_of([slide(f"S{n}", "") for n in range(1, 13)])
    assert [text for _, text in headings(read(tmp_path, "a.pptx", data))] == [
        f"S{n}" for n in range(1, 13)
    ]
