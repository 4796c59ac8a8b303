"""Archives of files, or of a site, as one book; folders that hold documents."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from document_tools import headings, read

from format_maker import docx_of, packed, pptx_of, slide, word_paragraph
from glossator.ingestion.readers.archive import unpacked
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import BookSource, ReadLimits, SourceError
from hostile_files import epub


def book(tmp_path: Path, name: str, files: dict[str, str | bytes]) -> BookSource:
    path = tmp_path / name
    path.write_bytes(packed(files))
    (found,) = read_sources([path], ReadLimits())
    return found


def ids(found: BookSource) -> list[str]:
    return [each.chapter_id for each in found.chapters]


def test_a_site_in_an_archive_is_that_site(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        "site-main.zip",
        {
            "site-main/mkdocs.yml": "site_name: The site\nnav:\n  - b.md\n  - a.md",
            "site-main/docs/a.md": "# A\n\nWords.",
            "site-main/docs/b.md": "# B\n\nWords.",
            "site-main/docs/x.png": b"\x89PNG",
        },
    )
    assert (found.kind, found.title, ids(found)) == ("mkdocs", "The site", ["b", "a"])


def test_pages_come_in_the_order_of_the_first_ones_links(tmp_path: Path) -> None:
    page = "<html><head><title>Site</title></head><body><h1>{0}</h1><p>{0} words.</p></body></html>"
    found = book(
        tmp_path,
        "site.zip",
        {
            "index.html": "<h1>Start</h1><a href='z/last.html#x'>1</a> <a href='./a.html'>2</a>"
            "<a href='../../etc/passwd'>3</a>",
            **{f"{name}.html": page.format(name) for name in ("a", "b", "z/last", "404")},
        },
    )
    assert ids(found) == ["index", "z/last", "a", "b"]
    assert [each.title for each in found.chapters] == ["Start", "z/last", "a", "b"]


def test_files_of_all_kinds_are_one_book(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        "course.zip",
        {
            "01-intro.md": "# Intro\n\nWords.",
            "02-gears.docx": docx_of(word_paragraph("Words on gears.")),
            "03-slides.pptx": pptx_of([slide("Slides", "")]),
            "04-novel.epub": epub(),
            "05-inner.zip": packed({"a.md": "x"}),
            "data.csv": "a,b\n1,2",
            "page.html": "<p>left out beside Markdown</p>",
            "__MACOSX/01-intro.md": "junk",
        },
    )
    assert ids(found) == ["01-intro", "02-gears", "03-slides", "04-novel"]
    assert found.title == "Course"
    assert [each.path for each in found.problems] == ["05-inner.zip"]


def test_tables_and_pages_alone_are_read(tmp_path: Path) -> None:
    assert ids(book(tmp_path, "a.zip", {"sizes.csv": "a,b\n1,2"})) == ["sizes"]
    assert ids(book(tmp_path, "b.zip", {"page.htm": "<p>W</p>", "sizes.csv": "a,b"})) == ["page"]


def test_an_archive_as_one_document(tmp_path: Path) -> None:
    data = packed({"a.md": "# A\n\n> q", "b.md": "Words.\n\n> r", "sub/c.txt": "More."})
    made = read(tmp_path, "notes.zip", data)
    assert made.kind == "zip"
    assert headings(made) == [(1, "A"), (1, "B"), (1, "C")]
    assert made.content.text.endswith("# C\n\nMore.")
    groups = [c.group for each in made.content.blocks for c in each.containers]
    assert len(set(groups)) == 2


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"top/a.md": "x", "top/b\\c.md": "y"}))
    with unpacked(path, ReadLimits()) as root:
        assert root.name == "top"
        assert {p.relative_to(root).as_posix() for p in root.rglob("*.md")} == {"a.md", "b/c.md"}
    assert list(tmp_path.iterdir()) == [path]
    path.write_bytes(packed({"a.md": "x", "b.md": "y" * 1_000}))
    with pytest.raises(SourceError), unpacked(path, ReadLimits(archive_bytes=500)):
        raise AssertionError
    with pytest.raises(SourceError), unpacked(path, ReadLimits(archive_entry_bytes=500)):
        raise AssertionError
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_with_documents(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    (folder / "week-1").mkdir(parents=True)
    text = word_paragraph("word " * 2_000)
    heading = '<w:pStyle w:val="berschrift1"/>'
    (folder / "week-1" / "reader.docx").write_bytes(
        docx_of(word_paragraph("One", heading) + text + word_paragraph("Two", heading) + text)
    )
    (folder / "readme.md").write_text("# Course\n\nWords.")
    (folder / "broken.pptx").write_bytes(b"PK\x03\x04 broken")
    (found,) = read_sources([folder], ReadLimits())
    assert ids(found) == ["readme", "week-1/reader/one", "week-1/reader/two"]
    assert found.chapters[1].part == ("Week 1", "One")
    assert [each.path for each in found.problems] == ["broken.pptx"]


def test_texts_of_a_folder_may_be_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Быть или не быть, вот в чём вопрос. ".encode("koi8-r") * 9)
    (found,) = read_sources([tmp_path], ReadLimits())
    assert found.chapters[0].content.text.startswith("Быть или не быть")
    assert not found.problems


def test_one_picture_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SourceError, match="It is an image"):
        read_sources([tmp_path / "b.jpg"], ReadLimits())
