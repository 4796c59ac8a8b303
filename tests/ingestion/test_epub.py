"""EPUB: reading order, titles, notes, pages, languages; and real books where they are at hand."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from document_tools import blocks, headings, read

from format_maker import opf
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.registry import read_file
from glossator.ingestion.sources import ReadLimits, SourceError
from hostile_files import ITEM, PAGE, epub
from real_data import FILES, needs_files

EPUBS = sorted((FILES / "epub").glob("*.epub")) if FILES else []
NAV = '<item id="n" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'


def xhtml(body: str) -> str:
    return (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"'
        f' xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>{body}</body></html>'
    )


def two(first: str, second: str, **files: str) -> bytes:
    items = ITEM + '<item id="d" href="d.xhtml" media-type="application/xhtml+xml"/>' + NAV
    return epub(
        {
            "OPS/d.xhtml": xhtml(second),
            **{f"OPS/{name}.xhtml": each for name, each in files.items()},
        },
        package=opf(items, '<itemref idref="c"/><itemref idref="d"/>'),
        page=xhtml(first),
    )


def test_pages_without_headings_get_the_titles_of_the_contents(tmp_path: Path) -> None:
    nav = xhtml(
        '<nav epub:type="toc"><ol><li><a href="c.xhtml">One</a><ol><li><a href="c.xhtml#x">In'
        ' one</a></li></ol></li><li><a href="d.xhtml">Not used</a></li></ol></nav>'
    )
    made = read(
        tmp_path,
        "a.epub",
        two("<p>First.</p><p id='x'>Second.</p>", "<h1>Own</h1><p>Third.</p>", nav=nav),
    )
    assert blocks(made) == [
        ("heading", "# One"),
        ("paragraph", "First."),
        ("heading", "## In one"),
        ("paragraph", "Second."),
        ("heading", "# Own"),
        ("paragraph", "Third."),
    ]
    assert (made.kind, made.title, made.language, made.pages) == ("epub", "A course", "en", None)


def test_notes_stand_at_the_end_of_the_page_that_refers_to_them(tmp_path: Path) -> None:
    first = (
        '<p>One<a epub:type="noteref" href="d.xhtml#n1">1</a> and <sup><a id="r2"'
        ' href="d.xhtml#n2">2</a></sup>.</p>'
    )
    second = (
        '<h2>Notes</h2><aside epub:type="footnote" id="n1"><p>First note.</p></aside>'
        '<p><a id="n2" href="c.xhtml#r2"><sup>2</sup></a> Second note.</p><p>After.</p>'
    )
    made = read(tmp_path, "a.epub", two(first, second))
    assert [text for _, text in blocks(made)] == [
        "One[^1] and [^2].",
        "[^1]: First note.",
        "[^2]: Second note.",
        "## Notes",
        "After.",
    ]


def test_page_breaks_give_page_numbers(tmp_path: Path) -> None:
    page = xhtml(
        '<p>Before.</p><span epub:type="pagebreak" title="7"/><p>On seven '
        '<span role="doc-pagebreak" aria-label="8"/>and eight.</p><p>On eight.</p>'
    )
    made = read(tmp_path, "a.epub", epub(page=page))
    assert [each.page for each in made.content.blocks] == [None, 7, 8]
    assert made.pages == 8


def test_empty_elements_of_xhtml_do_not_swallow_the_page(tmp_path: Path) -> None:
    page = xhtml('<script src="x.js"/><p><a id="x"/>One<br/>two</p><div/><p>three <i/></p>')
    assert [text for _, text in blocks(read(tmp_path, "a.epub", epub(page=page)))] == [
        "One\ntwo",
        "three",
    ]


def test_fonts_may_be_locked_and_pages_may_be_missing(tmp_path: Path) -> None:
    locked = (
        "<encryption><EncryptedData><EncryptionMethod"
        ' Algorithm="http://www.idpf.org/2008/embedding"/></EncryptedData></encryption>'
    )
    items = ITEM + '<item id="d" href="gone.xhtml" media-type="application/xhtml+xml"/>'
    data = epub(
        {"META-INF/encryption.xml": locked},
        package=opf(items, '<itemref idref="c"/><itemref idref="d"/>'),
    )
    made = read(tmp_path, "a.epub", data)
    assert made.content.text == "Words stay."
    assert [each.path for each in made.problems] == ["OPS/gone.xhtml"]


def test_one_page_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "b.epub",
        epub(
            {"OPS/e.xhtml": '<!DOCTYPE x [<!ENTITY a "b">]>' + PAGE},
            package=opf(
                ITEM + '<item id="e" href="e.xhtml" media-type="text/html"/>',
                '<itemref idref="c"/><itemref idref="e"/>',
            ),
        ),
    )
    assert made.content.text == "Words stay."
    assert "entities" in made.problems[0].message


def test_a_book_becomes_chapters(tmp_path: Path) -> None:
    text = "<p>" + "word " * 2_000 + "</p>"
    data = two(f"<h1>One</h1>{text}", f"<h1>Two</h1>{text}")
    path = tmp_path / "novel.epub"
    path.write_bytes(data)
    (book,) = read_sources([path], ReadLimits())
    assert [(each.chapter_id, each.title) for each in book.chapters] == [
        ("one", "One"),
        ("two", "Two"),
    ]
    assert (book.kind, book.title, book.chapters[0].source_path) == (
        "plain",
        "A course",
        "novel.epub",
    )


def _gap(match: re.Match[str]) -> str:
    return "" if match[0].strip("</>") in ("ruby", "rb") else " "


def _value(name: str, item: str) -> str:
    found = re.search(rf'\b{name}="([^"]+)"', item)
    return found[1] if found else ""


def naive_words(path: Path) -> Counter[str]:
    """Words of all pages of the spine by taking the tags out, and nothing else."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(path) as archive:
        package = next(name for name in archive.namelist() if name.endswith(".opf"))
        text = archive.read(package).decode()
        hrefs = {
            _value("id", item): _value("href", item)
            for item in re.findall(r"<item\s[^>]*>", text)
            if "nav" not in item.split('properties="')[-1].split('"')[0]
        }
        folder = package.rpartition("/")[0]
        for name in re.findall(r'<itemref[^>]*idref="([^"]+)"', text):
            if name not in hrefs:
                continue
            page = archive.read(f"{folder}/{hrefs[name]}").decode()
            body = page[max(page.find("<body"), 0) :]
            body = re.sub(r"<(rt|rp)\b.*?</\1>", "", body, flags=re.DOTALL)
            left_out = r"<(script|style|math|nav|svg|canvas)\b.*?</\1>"
            body = re.sub(left_out, " ", body, flags=re.DOTALL)
            body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
            found.update(
                re.findall(r"[^\W\d_]{3,}", re.sub(r"</?ruby>|</?rb>|<[^>]*>|&\w+;", _gap, body))
            )
    return found


@needs_files
@pytest.mark.parametrize("path", EPUBS, ids=lambda path: path.stem)
def test_real_books_keep_their_words(path: Path) -> None:
    if path.stem == "svg-in-spine":
        # Pictures alone: there is no text in it.
        with pytest.raises(SourceError, match="no text"):
            read_file(path, ReadLimits())
        return
    made = read_file(path, ReadLimits())
    assert not made.problems
    expected = naive_words(path)
    # Drop caps and other tags within words: what they join isn't lost.
    joined = made.content.text.replace("*", "").replace("\\", "")
    words = Counter(re.findall(r"[^\W\d_]{3,}", joined))
    lost = expected - words
    missing = {word for word in lost if word not in joined}
    assert sum(lost[word] for word in missing) <= 0.002 * expected.total()
    assert sum(lost.values()) <= 0.04 * expected.total()


@needs_files
def test_real_books_say_what_they_are() -> None:
    facts = {
        path.stem: read_file(path, ReadLimits())
        for path in EPUBS
        if path.stem in ("childrens-literature", "kusamakura-preview", "regime-anticancer-arabic")
    }
    assert facts["kusamakura-preview"].language == "ja-JP"
    assert facts["regime-anticancer-arabic"].language == "ar"
    assert facts["childrens-literature"].pages == 260
    assert (2, "SECTION IV FAIRY STORIES—MODERN FANTASTIC TALES") in headings(
        facts["childrens-literature"]
    )
