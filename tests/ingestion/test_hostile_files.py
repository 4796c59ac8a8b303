"""Every hostile file ends as a document or as a sentence, soon and in little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.registry import read_file
from glossator.ingestion.sources import ReadLimits, SourceError
from hostile_files import HOSTILE

SECONDS = 5.0
REFUSED = {
    "slip.zip": "leads out of the archive",
    "slip-windows.zip": "leads out of the archive",
    "absolute.zip": "leads out of the archive",
    "drive.zip": "leads out of the archive",
    "nul.zip": "control characters",
    "reserved.zip": "can't be used on every system",
    "long-name.zip": "too long",
    "link.zip": "is a link",
    "bomb.zip": "so much more than its own size",
    "bomb.epub": "so much more than its own size",
    "nested.zip": "archive within the book",
    "overlap.zip": "overlap",
    "duplicate.zip": "the same name",
    "encrypted.zip": "remove the password",
    "many.zip": "more than 10,000 files",
    "truncated.zip": "damaged or was cut off",
    "truncated.epub": "damaged or was cut off",
    "truncated.docx": "damaged or was cut off",
    "locked.pdf": "save a copy without one",
    "tiny-pages.pdf": "100,000 pages, more than 5,000",
    "file-and-folder.zip": "both a file and a folder",
    "lying-small.zip": "damaged or was cut off",
    "laughs-package.epub": "entities",
    "laughs-page.epub": "entities",
    "outside-entity.epub": "entities",
    "laughs.docx": "entities",
    "laughs.html": "entities",
    "locked.epub": "DRM",
    "locked.docx": "remove the password",
    "old.doc": "save it as DOCX",
    "sheet.xlsx": "CSV",
    "deep.docx": "nested too deeply",
    "deep.html": "nested too deeply",
    "two-formats.epub": "epub and docx at once",
    "notebook-depth.ipynb": "damaged",
    "picture.pdf": "image",
    "program.docx": "program",
    "letter.rtf": "RTF",
    "film.html": "video",
    "empty.md": "empty",
    "data.xml": "XML data",
}
KEPT = [
    *("remote-dtd.epub", "cyclic.epub", "deep-nav.epub", "deep-ncx.epub", "self-notes.epub"),
    *("style-cycle.docx", "outside-relation.docx", "deep-table.docx", "nested-good.zip"),
    *(
        "open.pdf",
        "acting.pdf",
        "pdf-and-zip.pdf",
        "scripts.html",
        "deep-bold.html",
        "invalid-utf8.md",
        "notebook-types.ipynb",
    ),
]


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_a_document_or_a_sentence(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / name
    path.write_bytes(HOSTILE[name]())
    began = time.process_time()
    try:
        found = repr(read_file(path, ReadLimits()))
        assert name not in REFUSED
    except SourceError as error:
        found = error.message
        assert found[0].isupper()
        assert " " in found
        assert REFUSED.get(name, "") in found
        assert name not in KEPT
    assert time.process_time() - began < SECONDS
    assert "root:" not in found
    assert "javascript:" not in found
    assert "127.0.0.1" not in found
    if name in KEPT:
        assert "Words stay" in found
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == [name]


@pytest.mark.parametrize("name", HOSTILE)
def test_one_among_good_files_takes_nobody_with_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nThe rest of the book is read.")
    (tmp_path / f"x-{name}").write_bytes(HOSTILE[name]())
    (book,) = read_sources([tmp_path], ReadLimits())
    assert "The rest of the book is read." in book.chapters[0].content.text


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a process's own peak.")
def test_all_of_them_in_little_memory(tmp_path: Path) -> None:
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from glossator.ingestion.readers.registry import read_file\n"
        "from glossator.ingestion.sources import ReadLimits, SourceError\n"
        "for path in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read_file(path, ReadLimits())\n"
        "    except SourceError:\n"
        "        pass\n"
        # The system's own peak would count the parent, from which this process was forked.
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)\n"
    )
    for name, make in HOSTILE.items():
        (tmp_path / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 400
