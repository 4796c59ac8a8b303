"""Rectangles of a quotation on a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdf_tools import column, prose

from glossator.ingestion.readers.pdf_quotes import quote_fractions, quote_rectangles
from glossator.ingestion.sources import SourceError
from pdf_maker import Page, Text, make_pdf

LINES = [
    "The controller moves the arm along a planned path and sends a new com-",
    "mand to the motor every millisecond. Another sentence follows here.",
]


def made(folder: Path, *pages: Page | list[Text]) -> Path:
    path = folder / "quoted.pdf"
    path.write_bytes(make_pdf(pages))
    return path


def test_a_quote_over_two_lines_has_two_rectangles(tmp_path: Path) -> None:
    path = made(tmp_path, column(LINES, 70, 700, 10))
    found = quote_rectangles(path, 1, "sends a new command to the motor")
    assert len(found) == 2
    (x0, y0, x1, y1), below = found
    assert 70 < x0 < x1
    assert y0 <= 700 <= y1 <= 715
    assert below[0] == pytest.approx(70, abs=2)
    assert below[1] <= 687.5 <= below[3] <= y0 + 3
    assert below[2] < x1


def test_case_ligatures_and_white_space_dont_matter(tmp_path: Path) -> None:
    path = made(tmp_path, [Text(70, 700, "An eﬃcient ﬂow of  air", font="U")])
    for quote in ("efficient flow of air", "EFFICIENT\n\nFLOW", "eﬃcient ﬂow"):
        assert len(quote_rectangles(path, 1, quote)) == 1, quote


def test_what_isnt_there_has_no_rectangle(tmp_path: Path) -> None:
    path = made(tmp_path, column(LINES, 70, 700), column(prose(4), 70, 700))
    assert quote_rectangles(path, 2, "sends a new command") == []
    assert quote_rectangles(path, 1, "sends a new flower to the motor") == []
    assert quote_rectangles(path, 1, "…") == []


def test_a_quote_over_the_pages_end_is_found_on_either_page(tmp_path: Path) -> None:
    first = [*column(prose(6), 70, 700), Text(70, 100, "The controller moves the long arm along")]
    second = [
        Text(70, 760, "the planned path without any help at all."),
        *column(prose(6), 70, 700),
    ]
    path = made(tmp_path, [*first, Text(300, 40, "17", 9)], second)
    quote = "The controller moves the long arm along the planned path without any help at all."
    assert [round(each[1]) // 10 for each in quote_rectangles(path, 1, quote)] == [9]
    assert [round(each[1]) // 10 for each in quote_rectangles(path, 2, quote)] == [75]


def test_right_to_left_quotes(tmp_path: Path) -> None:
    drawn = "ںیہ تاحفص ۳۴۵ ںیم ۱۲ باب"
    path = made(tmp_path, [Text(200, 700, drawn, 14, "U")])
    whole = quote_rectangles(path, 1, "باب ۱۲ میں ۳۴۵ صفحات ہیں")
    part = quote_rectangles(path, 1, "باب ۱۲")
    assert len(whole) == len(part) == 1
    assert part[0][0] > (whole[0][0] + whole[0][2]) / 2
    assert part[0][2] == pytest.approx(whole[0][2], abs=0.5)


@pytest.mark.parametrize(("turn", "expected"), [(0, (0.1, 0.2)), (90, (0.8, 0.1))])
def test_fractions_are_those_of_the_page_as_shown(
    tmp_path: Path, turn: int, expected: tuple[float, float]
) -> None:
    texts = [Text(59.5, 842 * 0.8 - 10, "The controller moves", 10)]
    path = made(tmp_path, Page(texts, extra=f"/Rotate {turn}"))
    ((x, y, width, height),) = quote_fractions(path, 1, "The controller moves")
    across, down = expected
    assert x == pytest.approx(across, abs=0.03)
    assert y == pytest.approx(down, abs=0.03)
    assert 0 < width < 0.3
    assert 0 < height < 0.3


def test_a_page_that_isnt_there(tmp_path: Path) -> None:
    path = made(tmp_path, column(LINES, 70, 700))
    with pytest.raises(SourceError, match="no page 2"):
        quote_rectangles(path, 2, "controller")
