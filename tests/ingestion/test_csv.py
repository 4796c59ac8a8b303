"""Tables in text files."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_tools import blocks, headings, read

from glossator.ingestion.readers.csv_table import MOST_ROWS, ROWS, delimiter_of


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2", ","),
        ("a;b\n1,5;2,5\n2,5;3,5", ";"),
        ("a\tb\nx, y\tz", "\t"),
        ("a|b\n1|2", "|"),
        ('"a, b";c\n"d, e, f";g', ";"),
        ("sep=;\na,b;c", ";"),
        ("one column\nonly", ","),
        ("", ","),
    ],
)
def test_delimiters(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_a_small_table(tmp_path: Path) -> None:
    made = read(tmp_path, "gear-sizes.csv", 'name,"size, mm"\r\n"a\nb",1|2\r\n\r\n*x*,\r\n')
    assert blocks(made) == [
        ("heading", "# Gear sizes"),
        ("table", "| name | size, mm |\n| --- | --- |\n| a b | 1\\|2 |\n| \\*x\\* |  |"),
    ]
    assert (made.kind, made.title) == ("csv", "Gear sizes")


def test_a_large_one_is_cut_and_bounded(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n * n}\n" for n in range(1, MOST_ROWS + 500))
    made = read(tmp_path, "squares.csv", "n,square\n" + rows)
    found = headings(made)
    assert found[1] == (2, f"Rows 1 to {ROWS}")
    assert len(found) == MOST_ROWS // ROWS + 1
    tables = [text for kind, text in blocks(made) if kind == "table"]
    assert all(text.startswith("| n | square |\n| --- | --- |\n") for text in tables)
    assert f"| {MOST_ROWS} |" in tables[-1]
    assert "more than 20,000 rows" in made.problems[0].message


def test_other_encodings(tmp_path: Path) -> None:
    text = "Имя;Город\n" + "Анна;Москва\nБорис;Тверь\n" * 20
    made = read(tmp_path, "a.csv", text.encode("cp1251"))
    assert "| Анна | Москва |" in made.content.text
