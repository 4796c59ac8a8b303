"""The PDF reader on files made for one question each."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdf_tools import blocks, column, document, headings, page_of, prose

from glossator.ingestion.readers.pdf_unicode import readable
from glossator.ingestion.sources import ReadLimits, SourceError
from glossator.library.content import BlockKind
from pdf_maker import Mark, Page, Text


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"left{row} {line}" for row, line in enumerate(prose(20, 6))]
    right = [f"right{row} {line}" for row, line in enumerate(prose(20, 6, start=5))]
    # Row by row, as some programs write them: the order in the file must not matter.
    texts = [
        text
        for pair in zip(column(left, 50, 700, 9), column(right, 310, 700, 9), strict=True)
        for text in pair
    ]
    title = Text(150, 760, "A title that spans both of the columns", 18, "B")
    source = document(tmp_path, [[title, *texts]])
    text = source.content.text
    assert text.index("left19") < text.index("right0")
    assert text.index("A title") < text.index("left0")
    assert [text.index(f"left{row}") for row in range(20)] == sorted(
        text.index(f"left{row}") for row in range(20)
    )


def test_a_paragraph_goes_on_in_the_next_column(tmp_path: Path) -> None:
    left = column([*prose(20, 6), "and here the long sentence of the first column"], 50, 700, 9)
    right = column(["goes on in the second until it ends. Then more", *prose(20, 6)], 310, 700, 9)
    text = document(tmp_path, [[*left, *right]]).content.text
    assert "of the first column goes on in the second until it ends." in text


def test_words_broken_at_the_end_of_a_line_become_whole(tmp_path: Path) -> None:
    lines = [
        "The controller reads every sensor and sends a new com-",
        "mand to the motor; the well-known method is a state-",
        "of-the-art one, and a controller of the second gen-",
        "eration needs less. A state-of-the-art sensor costs a lot, a well-",
        "known one less; the years 2019-",
        "2021 were good for the Baden-",
        "Baden plant and its long-",
        "term plans, as plans of the long run and of a term go",
    ]
    text = document(tmp_path, [column(lines, 70, 700)]).content.text
    assert "a new command to the motor" in text
    assert "a state-of-the-art one" in text
    assert "second generation needs" in text
    assert "a well-known one less" in text
    assert "2019-2021" in text
    assert "Baden-Baden plant" in text
    assert "long-term plans" in text


def test_running_heads_feet_and_page_numbers_go(tmp_path: Path) -> None:
    pages = [
        [
            Text(70, 800, f"Chapter {number // 3 + 1}: Of robots", 9),
            Text(500, 800, str(number + 5), 9),
            *column([f"Body{number} {line}" for line in prose(10)], 70, 740),
            Text(70, 40, f"Draft of 3 May, page {number + 5} of 12", 8),
        ]
        for number in range(6)
    ]
    text = document(tmp_path, pages).content.text
    assert "Of robots" not in text
    assert "Draft" not in text
    assert "10" not in text
    assert all(f"Body{number}" in text for number in range(6))


def test_what_stands_on_one_page_only_stays(tmp_path: Path) -> None:
    pages = [
        [
            *column([f"Opening {name} of this page", *prose(8)], 70, 780),
            Text(70, 60, f"¹ A note on {name} and its use", 8),
        ]
        for name in ("apples", "pears", "plums", "figs")
    ]
    text = document(tmp_path, pages).content.text
    assert all(f"Opening {name}" in text for name in ("apples", "pears", "plums", "figs"))
    assert all(f"A note on {name}" in text for name in ("apples", "pears", "plums", "figs"))


def test_every_block_knows_its_page(tmp_path: Path) -> None:
    pages = [column([f"Word{number} begins the page.", *prose(4)], 70, 700) for number in range(4)]
    source = document(tmp_path, pages)
    assert source.pages == 4
    assert [page_of(source, f"Word{number}") for number in range(4)] == [1, 2, 3, 4]


def test_a_sentence_over_the_page_belongs_where_it_begins(tmp_path: Path) -> None:
    first = column([*prose(10), "so that the arm can reach the shelf with-"], 70, 700)
    second = column(["out any help. The next sentence is whole on its page."], 70, 700)
    source = document(tmp_path, [first, second])
    assert page_of(source, "reach the shelf without any help.") == 1
    assert page_of(source, "The next sentence is whole") == 2


def test_the_outline_gives_the_headings(tmp_path: Path) -> None:
    pages = [
        [Text(70, 780, "1 Motion", 11), *column(prose(6), 70, 740)],
        [
            Text(70, 780, "1.1 Of wheels and", 11),
            Text(70, 766, "other things that roll", 11),
            *column(prose(6), 70, 720),
            Text(70, 400, "A larger line that is no heading", 12.5),
            *column(prose(6), 70, 360),
        ],
    ]
    outline = [Mark("Motion", 0, 795, [Mark("1.1 Of wheels and other things that roll", 1, 795)])]
    source = document(tmp_path, pages, outline=outline)
    assert headings(source) == [(1, "1 Motion"), (2, "1.1 Of wheels and other things that roll")]


def test_an_outline_with_other_words_names_the_headings_of_the_page(tmp_path: Path) -> None:
    pages = [
        [Text(70, 780, "Wheels", 16, "B"), *column(prose(6), 70, 740)],
        [Text(70, 780, "Legs", 16, "B"), *column(prose(6), 70, 740)],
    ]
    outline = [Mark("Untitled 1", 0, 796), Mark("Untitled 2", 1, 796), Mark("Lost", 77)]
    source = document(tmp_path, pages, outline=outline)
    assert headings(source) == [(1, "Wheels"), (1, "Legs")]


def test_a_heading_that_its_text_follows_on_the_line(tmp_path: Path) -> None:
    page = [Text(70, 700, "Grips Every grip has two fingers."), *column(prose(6), 70, 686.25)]
    source = document(tmp_path, [page], outline=[Mark("Grips", 0, 712)])
    assert headings(source) == [(1, "Grips")]
    assert source.content.text.startswith("# Grips\n\nEvery grip has two fingers.")


def test_without_an_outline_size_and_weight_tell_the_headings(tmp_path: Path) -> None:
    def section(top: float, title: str, size: float, font: str = "H") -> list[Text]:
        return [Text(70, top, title, size, font), *column(prose(5), 70, top - 40)]

    pages = [
        [
            *section(800, "Robots at work", 22),
            *section(640, "Hands", 15),
            *section(480, "Grips", 11, "B"),
        ],
        [*section(800, "Feet", 15), *section(640, "Soles", 11, "B")],
    ]
    assert headings(document(tmp_path, pages)) == [
        (1, "Robots at work"), (2, "Hands"), (3, "Grips"), (2, "Feet"), (3, "Soles"),
    ]  # fmt: skip


def test_a_table_becomes_markdown(tmp_path: Path) -> None:
    rows = [
        ("Motor", "Torque", "Mass"),
        ("Small", "0.4 Nm", "80 g"),
        ("Middle", "1.2 Nm", "150 g"),
        ("Large", "4.5 Nm", "900 g"),
    ]
    cells = [
        Text(x, 600 - 18 * at, cell)
        for at, row in enumerate(rows)
        for x, cell in zip((80, 220, 360), row, strict=True)
    ]
    source = document(tmp_path, [[*column(prose(5), 70, 760), *cells, *column(prose(5), 70, 480)]])
    assert blocks(source, BlockKind.TABLE) == [
        (
            "| Motor | Torque | Mass |\n| --- | --- | --- |\n| Small | 0.4 Nm | 80 g |\n"
            "| Middle | 1.2 Nm | 150 g |\n| Large | 4.5 Nm | 900 g |"
        )
    ]


def test_lists_listings_and_contents(tmp_path: Path) -> None:
    texts = [
        *column(["Contents", "1 Motion . . . . . . . . . . . . . . . . 3"], 70, 800),
        *column(prose(3), 70, 740),
        Text(80, 690, "• The first thing to do, which is so long that it needs"),
        Text(92, 676, "another line of its own"),
        Text(80, 662, "• The second"),
        *column(prose(3), 70, 630),
        Text(80, 580, "1. Start"),
        Text(80, 566, "2. Stop"),
        *column(prose(3), 70, 535),
        Text(70, 480, "def stop(robot):", 10, "C"),
        Text(94, 468, "robot.speed = 0", 10, "C"),
        *column(prose(3), 70, 440),
    ]
    source = document(tmp_path, [texts])
    assert blocks(source, BlockKind.LIST) == [
        (
            "- The first thing to do, which is so long that it needs another line of its own\n"
            "- The second"
        ),
        "1. Start\n2. Stop",
    ]
    assert blocks(source, BlockKind.CODE) == ["```\ndef stop(robot):\n    robot.speed = 0\n```"]
    assert ". . ." not in source.content.text


def test_footnotes_and_raised_numbers_stay(tmp_path: Path) -> None:
    texts = [
        *column(prose(4), 70, 700),
        Text(70, 600, "A claim that needs proof"),
        Text(190, 604, "1", 7),
        Text(195, 600, " stands here."),
        Text(70, 104, "1", 6),
        Text(75, 100, "The proof is in the appendix.", 8.5),
    ]
    text = document(tmp_path, [texts]).content.text
    assert "needs proof¹ stands here." in text
    assert "¹ The proof is in the appendix." in text


def test_ligatures_and_forms_become_letters(tmp_path: Path) -> None:
    line = "The ﬁrst eﬃcient ﬂow: x² of the caf\u0065\u0301"
    text = document(tmp_path, [[Text(70, 700, line, font="U")]]).content.text
    assert text == "The first efficient flow: x² of the café"


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("ﬁrst eﬃcient", "first efficient"),
        ("\ufe8f\ufe8e\ufe91", "باب"),
        ("x² + ½", "x² + ½"),
        ("cafe\u0301", "café"),
        ("\uf0b7 item\uf123", "• item"),
        ("a\xadb\u200bc\x07", "abc"),
        ("plain", "plain"),
    ],
)
def test_characters_of_fonts_become_readable(shown: str, meant: str) -> None:
    assert readable(shown) == meant


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Robots for all", "Robots for all"),
        ("Microsoft Word - thesis_final2.docx", "The largest line"),
        ("untitled", "The largest line"),
        ("book.dvi", "The largest line"),
        (None, "The largest line"),
    ],
)
def test_the_title(tmp_path: Path, written: str | None, expected: str) -> None:
    page = [Text(70, 780, "The largest line", 24), *column(prose(8), 70, 700)]
    assert document(tmp_path, [page], title=written).title == expected


def test_without_any_title_the_files_name_stands_in(tmp_path: Path) -> None:
    assert document(tmp_path, [column(prose(4), 70, 700)]).title == "Made file"


def test_a_file_encrypted_with_an_empty_password_is_read(tmp_path: Path) -> None:
    source = document(tmp_path, [[Text(70, 700, "Anybody may read this.")]], password="")
    assert source.content.text == "Anybody may read this."


def test_a_file_with_a_password_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="protected by a password; save a copy without one"):
        document(tmp_path, [[Text(70, 700, "Secret")]], password="sesame")


def test_limits_end_with_a_sentence(tmp_path: Path) -> None:
    pages = [[Text(70, 700, "A page with some text")]] * 5
    with pytest.raises(SourceError, match="5 pages, more than 4; split it"):
        document(tmp_path, pages, limits=ReadLimits(pages=4))
    with pytest.raises(SourceError, match="more than 50 characters; split it"):
        document(tmp_path, pages, limits=ReadLimits(document_chars=50))
    with pytest.raises(SourceError, match="more than 0 seconds"):
        document(tmp_path, pages, limits=ReadLimits(seconds=0.0))


def test_an_empty_page_is_no_scan(tmp_path: Path) -> None:
    source = document(tmp_path, [[Text(70, 700, "Some text")], Page(), [Text(70, 700, "More")]])
    assert source.problems == ()
