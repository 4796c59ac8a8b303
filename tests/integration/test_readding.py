"""A book that is added again: what is stored isn't built again, and comes to the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from glossator.ingestion.pipeline import Added
from glossator.ingestion.readers import pages
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import LaterText, ReadLimits
from glossator.library.tables import Document
from glossator.wiring import House

ODD = "# Odd\n\nA note that nobody wrote[^1], and words.\n\n[^1]: One.\n[^1]: Another.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of four pages."""
    docs = tmp_path / "site/docs"
    docs.mkdir(parents=True)
    (tmp_path / "site/mkdocs.yml").write_text("site_name: Four\n", "utf-8")
    for name in ("b", "c", "d"):
        text = f"# Page {name}\n\nThe words of {name}.\n\n## More\n\nAnd some more of {name}.\n"
        (docs / f"{name}.md").write_text(text, "utf-8")
    (docs / "odd.md").write_text(ODD, "utf-8")
    return tmp_path / "site"


class Counted:
    """`build` that counts, in its place."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        self._build = pages.build
        patch.setattr(pages, "build", self.build)

    def build(self, markdown: str, **options: object) -> object:
        self.texts.append(markdown)
        return self._build(markdown, **options)  # type: ignore[arg-type]


def added(house: House, site: Path) -> Added:
    source = read_sources([site], ReadLimits(), house.pipeline.known("four"))[0]
    return house.pipeline.add_book(source, "four")


def stored(house: House) -> list[tuple[str, str, str, int]]:
    query = select(Document.chapter_id, Document.title, Document.text, Document.words)
    with house.database.reading() as session:
        return [tuple(row) for row in session.execute(query.order_by(Document.position)).all()]


def test_what_is_stored_is_not_built_again(
    house: House, site: Path, monkeypatch: pytest.MonkeyPatch
):
    first = added(house, site)
    rows = stored(house)
    counted = Counted(monkeypatch)
    again = added(house, site)
    assert counted.texts == []
    assert (again.unchanged, again.chunks, again.words) == (4, first.chunks, first.words)
    # What was wrong with a page is said every time.
    assert again.problems == first.problems
    assert stored(house) == rows
    (site / "docs/c.md").write_text("# Page c\n\nOther words.\n", "utf-8")
    changed = added(house, site)
    assert len(counted.texts) == 1
    assert (changed.changed, changed.unchanged) == (1, 3)


def test_what_moved_is_built_for_its_new_place(
    house: House, site: Path, monkeypatch: pytest.MonkeyPatch
):
    added(house, site)
    (site / "docs/a.md").write_text("# Page a\n\nBefore all the others.\n", "utf-8")
    counted = Counted(monkeypatch)
    moved = added(house, site)
    assert (moved.new, moved.changed) == (1, 4)
    assert len(counted.texts) == 5
    fresh = {row[0]: row[2] for row in stored(house)}
    source = read_sources([site], ReadLimits())[0]
    assert {item.chapter_id: item.content.text for item in source.chapters} == fresh


@pytest.mark.parametrize("change", ["version", "separator", "limit"])
def test_another_program_or_setting_builds_anew(
    house: House, site: Path, monkeypatch: pytest.MonkeyPatch, change: str
):
    added(house, site)
    limits = ReadLimits()
    if change == "version":
        monkeypatch.setattr(pages, "__version__", "9.9.9")
    elif change == "separator":
        settings = "site_name: Four\nmarkdown_extensions:\n  - toc:\n      separator: _\n"
        (site / "mkdocs.yml").write_text(settings, "utf-8")
    else:
        limits = ReadLimits(chapter_chars=1_000_000)
    read = read_sources([site], limits, house.pipeline.known("four"))[0]
    assert not any(isinstance(chapter.content, LaterText) for chapter in read.chapters)
