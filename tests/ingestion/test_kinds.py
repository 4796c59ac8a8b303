"""What a file is, told by its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from format_maker import docx_of, notebook_of, packed, pptx_of, slide, word_paragraph
from glossator.ingestion.readers.kinds import MEDIA_TYPES, kind_of_file
from glossator.ingestion.readers.registry import reader_for
from glossator.ingestion.sources import SourceError
from hostile_files import epub

XHTML = '<?xml version="1.0"?>\n<!-- a --><html xmlns="http://www.w3.org/1999/xhtml"></html>'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"%PDF-1.7\n", "pdf"),
        ("a", b"\n\n%PDF-1.4\n", "pdf"),
        ("a.pdf", epub(), "epub"),
        ("a.zip", docx_of(word_paragraph("x")), "docx"),
        ("a.docx", pptx_of([slide("x", "")]), "pptx"),
        ("a.epub", packed({"a.md": "x"}), "zip"),
        ("a.txt", b"  <!DOCTYPE html>\n<title>x</title>", "html"),
        ("a.md", XHTML.encode(), "html"),
        ("a.html", b"Words <b>bold</b>", "html"),
        ("a.html", "\ufeff<html></html>".encode("utf-16"), "html"),
        ("a.json", notebook_of([]), "notebook"),
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.TSV", b"a\tb\n", "csv"),
        ("a.md", b"# x", "markdown"),
        ("notes", b"# Notes\n\n- one\n- two\n", "markdown"),
        ("notes.py", b"# Notes\n\n- one\n- two\n", "text"),
        ("notes.txt", b"# Notes\n\n- one\n- two\n", "text"),
        ("a.txt", "Привет".encode("cp1251") * 20, "text"),
        ("a.txt", b"BM is no picture, MZ is no program, PK neither.", "text"),
        ("a.txt", b'{"cells": 1}', "text"),
    ],
)
def test_by_content(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert kind_of_file(path) == kind
    assert "/" in MEDIA_TYPES[kind]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"RIFF\0\0\0\0WEBP", "image"),
        (b"\x1aE\xdf\xa3", "video"),
        (b"MZ\x90\0\3", "program"),
        (b"\x1f\x8b\x08\0", "archive of another kind"),
        (b"\0" * 60 + b"BOOKMOBI", "EPUB"),
        (b"SQLite format 3\0", "database"),
        (b"<?xml version='1.0'?><FictionBook>", "FB2"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "HTML"),
        (packed({"AndroidManifest.xml": b""}), "program"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.presentation"}), "PPTX"),
    ],
)
def test_what_else_it_seems_to_be(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        kind_of_file(path)


def test_every_kind_has_a_reader_or_says_that_it_is_missing() -> None:
    for kind in MEDIA_TYPES:
        try:
            assert callable(reader_for(kind))
        except SourceError as error:
            assert "missing" in error.message  # noqa: PT017
    with pytest.raises(SourceError, match="aren't read"):
        reader_for("opera")
