"""Pictures within EPUB and Word files: named in the text, and taken out of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_tools import LIMITS, blocks, read

from glossator.ingestion.readers import media
from glossator.ingestion.sources import SourceError
from hostile_files import PAGE, epub
from picture_files import PNG, word_with_pictures


def test_a_word_files_own_pictures_are_named_and_others_are_words(tmp_path: Path) -> None:
    made = read(tmp_path, "a.docx", word_with_pictures())
    assert blocks(made) == [
        ("paragraph", "Gears turn."),
        ("figure", "![A gear](word/media/a%20gear.png)"),
        ("figure", "![](word/media/a%20gear.png)"),
        ("figure", "![Away]()"),
        ("figure", "![Out]()"),
    ]


def test_an_epubs_own_pictures_are_named_by_where_they_lie(tmp_path: Path) -> None:
    images = (
        '<p><img src="../img/g(1).png" alt="A gear"/></p>'
        '<p><img src="img/none.png" alt="None"/></p>'
        '<p><img src="https://evil.invalid/x.png" alt="Away"/></p>'
    )
    page = PAGE.replace("</body>", f"{images}</body>")
    made = read(tmp_path, "a.epub", epub({"img/g(1).png": PNG}, page=page))
    assert blocks(made)[-3:] == [
        ("figure", "![A gear](img/g%281%29.png)"),
        ("figure", "![None]()"),
        ("figure", "![Away]()"),
    ]


def test_a_picture_is_taken_out_with_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(word_with_pictures())
    assert media.picture(path, "word/media/a gear.png", LIMITS) == ("image/png", PNG)
    for name in ("word/media/none.png", "../a.docx", "word/document.xml"):
        with pytest.raises(SourceError):
            media.picture(path, name, LIMITS)


def test_a_picture_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(word_with_pictures())
    monkeypatch.setattr(media, "MOST_BYTES", len(PNG) - 1)
    with pytest.raises(SourceError, match="larger than"):
        media.picture(path, "word/media/a gear.png", LIMITS)
