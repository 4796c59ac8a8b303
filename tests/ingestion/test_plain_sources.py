"""Plain folders and files, and one book from several paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ingestion.source_tools import LIMITS, ids, messages, opened, text_of, write

from glossator.ingestion.readers import plain
from glossator.ingestion.readers.detect import kind_of, read_sources
from glossator.ingestion.sources import SourceError


def test_order_titles_and_ids(tmp_path: Path) -> None:
    root = write(
        tmp_path / "my-notes",
        {
            "10-last.md": "Words.",
            "2-second.md": "# From the heading\n\nWords.",
            "3-third/README.md": "Words.",
            "3-third/b.markdown": "---\ntitle: From metadata\nlang: de\n---\n# Heading\n\nWorte.",
            "README.md": "# Welcome\n\nWords.",
            "notes.txt": "First line\nsecond <b>line</b>\n\n    # not a heading",
            "requirements.txt": "numpy",
            "LICENSE.md": "MIT",
            "picture.png": b"\x89PNG\0",
        },
    )
    (book,) = plain.read(opened(root), LIMITS)
    assert (book.kind, book.title) == ("plain", "My notes")
    assert [(c.chapter_id, c.title, c.depth, c.part) for c in book.chapters] == [
        ("README", "Welcome", 0, ()),
        ("2-second", "From the heading", 0, ()),
        ("3-third/README", "README", 1, ("3 third",)),
        ("3-third/b", "From metadata", 1, ("3 third",)),
        ("10-last", "Last", 0, ()),
        ("notes", "Notes", 0, ()),
    ]
    assert book.chapters[3].language == "de"
    assert text_of(book, "notes") == "First line\nsecond <b>line</b>\n\n# not a heading"
    assert not book.chapters[5].content.headings
    assert book.problems == ()


def test_one_file_is_a_book_of_one_chapter(tmp_path: Path) -> None:
    write(tmp_path, {"essay.md": "# On gears\n\nBox<T> and words.", "other.md": "not read"})
    (book,) = read_sources([tmp_path / "essay.md"], LIMITS)
    assert (book.title, ids(book)) == ("On gears", ["essay"])
    assert "Box<T> and words." in text_of(book, "essay")


def test_equal_names_with_other_endings_are_two_chapters(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "one", "a.txt": "two"})
    (book,) = plain.read(opened(tmp_path), LIMITS)
    assert ids(book) == ["a", "a.txt"]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (["docusaurus.config.ts", "docs/a.md"], "docusaurus"),
        (["website/docusaurus.config.js", "docs/a.md"], "docusaurus"),
        (["sidebars.json", "docs/a.md"], "docusaurus"),
        (["website/versioned_docs/version-1/a.md", "docs/a.md"], "docusaurus"),
        (["docs/_category_.json", "docs/a.md"], "docusaurus"),
        (["docs/a.mdx"], "docusaurus"),
        (["mkdocs.yml", "docs/a.md"], "mkdocs"),
        (["site/mkdocs.yaml", "site/docs/a.md"], "mkdocs"),
        (["book.toml", "src/SUMMARY.md"], "mdbook"),
        (["x/guide/book.toml", "x/guide/src/SUMMARY.md"], "mdbook"),
        (["src/SUMMARY.md"], "mdbook"),
        (["mkdocs.yml", "examples/book.toml", "docs/a.md"], "mkdocs"),
        (["docs/a.md", "b.txt"], "plain"),
        (["a.mdx"], "plain"),
    ],
)
def test_what_a_folder_is(tmp_path: Path, files: list[str], kind: str) -> None:
    write(tmp_path, dict.fromkeys(files, "x"))
    assert kind_of(opened(tmp_path)) == kind


def test_the_settings_file_stands_for_its_book(tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: S", "docs/index.md": "Words."})
    (book,) = read_sources([tmp_path / "mkdocs.yml"], LIMITS)
    assert (book.kind, book.title) == ("mkdocs", "S")


def test_several_paths_make_one_book_and_equal_ids_get_a_prefix(tmp_path: Path) -> None:
    write(tmp_path / "b-notes", {"intro.md": "Notes.", "more.md": "More."})
    write(
        tmp_path / "guide",
        {
            "book.toml": '[book]\ntitle="G"',
            "src/SUMMARY.md": "- [I](intro.md)",
            "src/intro.md": "G.",
        },
    )
    write(tmp_path, {"intro.md": "Alone."})
    paths = [tmp_path / "b-notes", tmp_path / "guide", tmp_path / "intro.md"]
    (book,) = read_sources(paths, LIMITS)
    assert ids(book) == ["intro", "more", "guide/intro", "intro/intro"]
    assert [text_of(book, name) for name in ids(book)] == ["Notes.", "More.", "G.", "Alone."]
    assert (book.kind, book.title) == ("plain", "B notes")
    assert "this one is guide/intro" in messages(book.problems)


def test_a_site_whose_pages_are_missing_is_read_as_a_plain_folder(tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "docs_dir: ../elsewhere", "text/a.md": "Words."})
    (book,) = read_sources([tmp_path], LIMITS)
    assert (book.kind, ids(book)) == ("plain", ["text/a"])
    assert "lies outside" in messages(book.problems)


def test_a_missing_path_among_others_stops_everything(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "Words."})
    with pytest.raises(SourceError, match="no such file or folder"):
        read_sources([tmp_path / "a.md", tmp_path / "b.md"], LIMITS)
