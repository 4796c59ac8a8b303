"""`glossator add` with files that aren't Markdown."""

from __future__ import annotations

import json
from pathlib import Path

from cli_tools import CommandLine
from format_maker import docx_of, packed, word_paragraph

HEADING = '<w:pStyle w:val="berschrift1"/>'
GEARS = "A worm gear holds its load when the motor stops. " + "It turns slowly. " * 900


def report(title: str, first: str = GEARS) -> bytes:
    return docx_of(
        word_paragraph(title, HEADING)
        + word_paragraph(first)
        + word_paragraph("Axles", HEADING)
        + word_paragraph("An axle carries the wheel. " * 600)
    )


def test_a_word_file_becomes_a_book_and_answers(glossator: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "gears.docx"
    path.write_bytes(report("Gears"))
    done = glossator("add", path, "--data", tmp_path / "d", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Gears (gears): 2 chapters (2 new")
    asked = glossator("search", "What holds its load when the motor stops?", "--data",
                      tmp_path / "d", "--json", cwd=tmp_path)  # fmt: skip
    best = json.loads(asked.stdout)["results"][0]
    assert best["chapter_id"] == "gears"
    assert "worm gear" in best["text"]
    # One chapter changed, the other costs nothing.
    path.write_bytes(report("Gears", GEARS.replace("motor", "engine")))
    again = glossator("add", path, "--data", tmp_path / "d", cwd=tmp_path)
    assert "(0 new, 1 changed, 1 unchanged)" in again.stdout
    # Another heading is another chapter; the old one goes.
    path.write_bytes(report("Wheels"))
    again = glossator("add", path, "--data", tmp_path / "d", cwd=tmp_path)
    assert "1 removed" in again.stdout


def test_a_file_that_cannot_be_read_this_time_keeps_its_chapters(
    glossator: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nWords.")
    (folder / "gears.docx").write_bytes(report("Gears"))
    first = glossator("add", folder, "--data", tmp_path / "d", cwd=tmp_path)
    assert "3 chapters" in first.stdout, first.stderr
    (folder / "gears.docx").write_bytes(report("Gears")[:500])
    again = glossator("add", folder, "--data", tmp_path / "d", cwd=tmp_path)
    assert "gears.docx: The file is damaged or was cut off" in again.stderr
    assert "removed" not in again.stdout


def test_an_archive_and_what_is_none(glossator: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_bytes(packed({"a.md": "# A\n\nWords.", "b.txt": "More."}))
    done = glossator("add", tmp_path / "notes.zip", "--data", tmp_path / "d", cwd=tmp_path)
    assert done.stdout.startswith("Notes (notes): 2 chapters"), done.stderr
    (tmp_path / "slip.zip").write_bytes(packed({"../../a.md": "x"}))
    done = glossator("add", tmp_path / "slip.zip", "--data", tmp_path / "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "leads out of the archive" in done.stderr
    assert "Traceback" not in done.stderr
