"""The reader on real PDF files, where they lie beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pdf_tools import FILES, LIMITS, blocks, headings, page_of

from glossator.ingestion.readers.pdf import read
from glossator.ingestion.readers.pdf_quotes import quote_rectangles
from glossator.ingestion.sources import DocumentSource, SourceError
from glossator.library.content import BlockKind
from glossator.library.sentences import sentence_spans

pytestmark = pytest.mark.skipif(FILES is None, reason="The real PDF files aren't here.")


def path_of(name: str) -> Path:
    return Path(os.fspath(FILES or "")) / f"{name}.pdf"


def opened(name: str) -> DocumentSource:
    return read(path_of(name), LIMITS)


def test_columns() -> None:
    source = opened("multicolumn")
    text = source.content.text
    assert source.title == "Two-Column Document with Lorem Ipsum"
    assert (2, "Abstract") in headings(source)
    assert "Donec nonummy pellentesque ante." in text
    assert "adipiscing elit. Ut purus elit" in text
    assert text.index("This is a sample") < text.index("massa.") < text.index("ultricies tellus")


def test_an_outline_with_false_titles() -> None:
    source = opened("mistitled_outlines_example")
    found = [text for _, text in headings(source)]
    assert [text.split()[0] for text in found] == list("123456789")
    assert {text.split()[1] for text in found} == {"Foo", "Bar", "Baz"}
    assert page_of(source, "# 5 ") == 3


def test_a_right_outline() -> None:
    source = opened("pdflatex-outline")
    assert [depth for depth, _ in headings(source)] == [1] * 9
    assert source.pages == 4


def test_a_table_and_its_notes() -> None:
    source = opened("google-doc-document")
    (table,) = blocks(source, BlockKind.TABLE)
    assert "| Capital | Jakarta | Berlin | Vienna | Paris | Vatican City |" in table
    assert "83,190,556²" in table
    assert "¹ 2021 estimate" in source.content.text
    assert source.title == "PDF Example Document"


def test_arabic_beside_latin() -> None:
    text = opened("habibi").content.text
    assert "habibi" in text
    assert "حَبيبي" in text


def test_a_password() -> None:
    with pytest.raises(SourceError, match="protected by a password"):
        opened("libreoffice-writer-password")


def test_scans_are_told() -> None:
    source = opened("imagemagick-images")
    assert source.pages == 6
    assert any("Pages 4 and 5 hold no text" in problem.message for problem in source.problems)


def test_a_book_of_mathematics() -> None:
    source = opened("GeoTopo-komprimiert")
    assert source.pages == 117
    assert source.language == "de"
    assert (2, "1.1 Topologische Räume") in headings(source)
    assert page_of(source, "Ein topologischer Raum ist ein Paar") == 6
    assert "bestehend aus einer Menge" in source.content.text


def test_nearly_every_sentence_is_found_on_its_page() -> None:
    source = opened("multicolumn")
    found = asked = 0
    for block in source.content.blocks:
        if block.kind is not BlockKind.PARAGRAPH or block.page is None:
            continue
        text = source.content.text[block.start : block.end]
        for start, end in sentence_spans(text):
            asked += 1
            found += bool(quote_rectangles(path_of("multicolumn"), block.page, text[start:end]))
    assert asked > 100
    assert found >= 0.98 * asked
