"""Word documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_tools import blocks, headings, read

from format_maker import DOCX_STYLES, docx_of, relations, word_paragraph
from glossator.ingestion.sources import DocumentSource


def word(tmp_path: Path, body: str, **parts: str) -> DocumentSource:
    rels = parts.pop("rels", None)
    named = {f"word/{name}.xml": each for name, each in parts.items()}
    return read(tmp_path, "a.docx", docx_of(body, named, rels))


def style(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def line(tmp_path: Path, inner: str) -> str:
    return word(tmp_path, f"<w:p>{inner}</w:p>").content.text


def test_headings_by_name_language_outline_and_base(tmp_path: Path) -> None:
    made = word(
        tmp_path,
        word_paragraph("The book", style("Title"))
        + word_paragraph("Contents 7", style("TOC1"))
        + word_paragraph("One", style("berschrift1"))
        + word_paragraph("Four", style("Titre4"))
        + word_paragraph("Based", style("Own"))
        + word_paragraph("Outlined", '<w:outlineLvl w:val="2"/>')
        + word_paragraph("Body", '<w:outlineLvl w:val="9"/>'),
    )
    assert headings(made) == [
        (1, "The book"), (1, "One"), (4, "Four"), (2, "Based"), (3, "Outlined"),
    ]  # fmt: skip
    assert blocks(made)[-1] == ("paragraph", "Body")
    assert made.title == "The book"


def test_runs(tmp_path: Path) -> None:
    made = line(
        tmp_path,
        run("A ") + run("bo", "<w:b/>") + run("ld ", "<w:b/>") + run("it", "<w:i/>")
        + run(" off", '<w:b w:val="0"/>') + run(" x", "")
        + run("2", '<w:vertAlign w:val="superscript"/>') + run(" ")
        + run("code_x", '<w:rFonts w:ascii="Consolas"/>') + run(" hidden", "<w:vanish/>")
        + "<w:r><w:br/><w:t>next</w:t></w:r>",
    )  # fmt: skip
    assert made == "A **bold** *it* off x² `code_x`\nnext"


def test_deletions_and_instructions_are_left_out(tmp_path: Path) -> None:
    made = line(
        tmp_path,
        run("Kept ")
        + "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        + "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        + f"<w:ins>{run('inserted')}</w:ins>"
        + "<w:r><w:instrText>PAGEREF x</w:instrText></w:r>",
    )
    assert made == "Kept inserted"


def test_lists_nest_and_count(tmp_path: Path) -> None:
    def item(text: str, level: int, number: int) -> str:
        numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        return word_paragraph(text, numbered)

    made = word(
        tmp_path,
        item("one", 0, 2) + item("a", 1, 2) + item("b", 1, 2) + item("two", 0, 2)
        + word_paragraph("Between.") + item("three", 0, 2) + item("dot # 1", 0, 1),
    )  # fmt: skip
    assert blocks(made) == [
        ("list", "1. one\n   1. a\n   2. b\n2. two"),
        ("paragraph", "Between."),
        ("list", "3. three\n- dot # 1"),
    ]


def test_tables(tmp_path: Path) -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{word_paragraph(text)}</w:tc>"

    made = word(
        tmp_path,
        f"<w:tbl><w:tr>{cell('A')}{cell('B')}</w:tr>"
        f"<w:tr>{cell('wide', '<w:gridSpan w:val=' + chr(34) + '2' + chr(34) + '/>')}</w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('gone')}{cell('gone')}</w:tr>"
        f"<w:tr>{cell('1|2')}{cell('merged', '<w:vMerge/>')}</w:tr></w:tbl>"
        f"<w:tbl><w:tr><w:tc>{word_paragraph('x = 1', style('Code'))}</w:tc></w:tr></w:tbl>",
    )
    assert blocks(made) == [
        ("table", "| A | B |\n| --- | --- |\n| wide |  |\n| 1\\|2 |  |"),
        ("code", "```\nx = 1\n```"),
    ]


def test_notes_stand_before_the_next_top_heading(tmp_path: Path) -> None:
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{word_paragraph("The note.")}</w:footnote></w:footnotes>'
    )
    made = word(
        tmp_path,
        f'<w:p>{run("Said")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        + word_paragraph("Next", style("berschrift1")),
        footnotes=notes,
    )
    assert [text for _, text in blocks(made)] == ["Said[^1]", "[^1]: The note.", "# Next"]


def test_code_quotes_pictures_and_boxes(tmp_path: Path) -> None:
    drawing = '<w:r><w:drawing><wp:docPr descr="A gear"/></w:drawing></w:r>'
    box = (
        "<mc:AlternateContent><mc:Choice><w:txbxContent>"
        f"{word_paragraph('In the box.')}</w:txbxContent></mc:Choice><mc:Fallback>"
        f"<w:txbxContent>{word_paragraph('In the box.')}</w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    body = (
        word_paragraph("def f():", style("Code"))
        + word_paragraph("")
        + word_paragraph("    return 1", style("Code"))
        + word_paragraph("Said.", style("Quote"))
        + f"<w:p>{drawing}</w:p><w:p>{run('Beside.')}<w:r>{box}</w:r></w:p>"
    )
    spaces = (
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    made = word(tmp_path, f"<w:sdt{spaces}><w:sdtContent>{body}</w:sdtContent></w:sdt>")
    assert blocks(made) == [
        ("code", "```\ndef f():\n\n    return 1\n```"),
        ("paragraph", "Said."),
        ("figure", "![A gear]()"),
        ("paragraph", "Beside."),
        ("paragraph", "In the box."),
    ]
    assert [c.kind for c in made.content.blocks[1].containers] == ["quote"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.test/b", "[w](https://a.test/b)"),
        ("javascript:alert(1)", "w"),
        ("file:///etc/passwd", "w"),
    ],
)
def test_links(tmp_path: Path, address: str, kept: str) -> None:
    rels = relations({"r1": ("hyperlink", address)}, external=["r1"])
    inner = f'<w:p><w:hyperlink r:id="r1">{run("w")}</w:hyperlink></w:p>'
    assert word(tmp_path, inner, rels=rels).content.text == kept


def m(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def e(text: str) -> str:
    return f"<m:e>{text}</m:e>"


SUM = (
    f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{m('i=1')}</m:sub>"
    f"<m:sup>{m('n')}</m:sup>{e(m('α'))}</m:nary>"
)
MATRIX = (
    "<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr>"
    + e("<m:m><m:mr>" + e(m("1")) + e(m("0")) + "</m:mr></m:m>")
    + "</m:d>"
)
CASES = (
    "<m:d><m:dPr><m:begChr m:val='{'/><m:endChr m:val=''/></m:dPr>"
    + e("<m:eqArr>" + e(m("a")) + e(m("b")) + "</m:eqArr>")
    + "</m:d>"
)
BOTH = f"<m:sSubSup>{e(m('x'))}<m:sub>{m('ij')}</m:sub><m:sup>{m('2')}</m:sup></m:sSubSup>"
LIMIT = f"<m:limLow>{e(m('lim'))}<m:lim>{m('x→0')}</m:lim></m:limLow>{m('y')}"


@pytest.mark.parametrize(
    ("math", "latex"),
    [
        (f"<m:f><m:num>{m('a')}</m:num><m:den>{m('b+1')}</m:den></m:f>", r"\frac{a}{b+1}"),
        (f"<m:rad><m:deg/>{e(m('x'))}</m:rad>", r"\sqrt{x}"),
        (f"<m:rad><m:deg>{m('3')}</m:deg>{e(m('x'))}</m:rad>", r"\sqrt[3]{x}"),
        (f"<m:sSup>{e(m('x'))}<m:sup>{m('2')}</m:sup></m:sSup>", "x^2"),
        (BOTH, "x_{ij}^2"),
        (SUM, r"\sum_{i=1}^n \alpha"),
        (MATRIX, r"\begin{bmatrix}1 & 0\end{bmatrix}"),
        (f"<m:func><m:fName>{m('sin')}</m:fName>{e(m('θ'))}</m:func>", r"\sin\theta"),
        (f"<m:acc><m:accPr><m:chr m:val='⃗'/></m:accPr>{e(m('v'))}</m:acc>", r"\vec{v}"),
        (LIMIT, r"\lim_{x\to0}y"),
        (CASES, r"\begin{cases}a\\b\end{cases}"),
    ],
)
def test_formulas(tmp_path: Path, math: str, latex: str) -> None:
    made = line(tmp_path, f"{run('so ')}<m:oMath>{math}</m:oMath>")
    assert made.removeprefix("so $").removesuffix("$").replace(" ", "") == latex.replace(" ", "")
    alone = word(tmp_path, f"<w:p><m:oMathPara><m:oMath>{math}</m:oMath></m:oMathPara></w:p>")
    assert [kind for kind, _ in blocks(alone)] == ["math"]


def test_language_and_title_come_from_the_file(tmp_path: Path) -> None:
    core = '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Räder</dc:title></c>'
    styles = DOCX_STYLES.replace(
        "<w:style ",
        '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault>'
        "</w:docDefaults><w:style ",
        1,
    )
    data = docx_of(
        word_paragraph("Wörter."), {"docProps/core.xml": core, "word/styles.xml": styles}
    )
    made = read(tmp_path, "a.docx", data)
    assert (made.title, made.language) == ("Räder", "de-DE")


def test_a_part_in_another_format_is_told(tmp_path: Path) -> None:
    rels = relations({"r1": ("aFChunk", "part.html")})
    made = word(tmp_path, word_paragraph("Words."), rels=rels)
    assert "left out" in made.problems[0].message
