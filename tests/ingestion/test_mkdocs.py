"""MkDocs sites: their order, their Markdown, and a real one as a whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.ingestion.source_tools import (
    LIMITS,
    blocks_of,
    headings_below_title,
    ids,
    lost_words,
    messages,
    named,
    opened,
    text_of,
    write,
)
from tests.real_data import BOOKS

from glossator.ingestion.readers import mkdocs
from glossator.ingestion.readers.mkdocs_markdown import Dialect, to_neutral
from glossator.ingestion.sources import BookSource
from glossator.library.content import BlockKind, Container

EXPECTED = Path(__file__).parent / "expected" / "mkdocs-cp-algorithms.json"
FEATURES = """
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - pymdownx.details
  - pymdownx.snippets:
      base_path: [parts]
  - pymdownx.keys
"""


def site(root: Path, settings: str, files: dict[str, str]) -> BookSource:
    write(root, {"mkdocs.yml": settings, **files})
    (book,) = mkdocs.read(opened(root), LIMITS)
    return book


def page(root: Path, markdown: str, **files: str) -> BookSource:
    return site(root, f"site_name: S\n{FEATURES}", {"docs/index.md": markdown, **files})


def test_settings_nav_and_addresses(tmp_path: Path) -> None:
    settings = """
site_name: The Book
site_url: https://example.org/book/
theme: {name: material, language: de}
docs_dir: pages
nav:
  - Start: index.md
  - Basics:
      - basics/one.md
      - Deep:
          - The second: basics/two.md
  - Elsewhere: https://example.org
  - Gone: gone.md
"""
    files = {
        "pages/index.md": "Hello there.",
        "pages/basics/one.md": "# One\n\nText.",
        "pages/basics/two.md": "---\ntitle: From metadata\n---\nText.",
        "pages/basics/left-over.md": "Not in nav.",
        "outside.md": "not a page",
    }
    book = site(tmp_path, settings, files)
    assert (book.kind, book.title, book.language) == ("mkdocs", "The Book", "de")
    assert book.site_url == "https://example.org/book/"
    found = [(c.chapter_id, c.title, c.depth, c.part, c.url_path) for c in book.chapters]
    assert found == [
        ("index", "Start", 0, (), ""),
        ("basics/one", "One", 1, ("Basics",), "basics/one/"),
        ("basics/two", "From metadata", 2, ("Basics", "Deep"), "basics/two/"),
        ("basics/left-over", "Left over", 0, (), "basics/left-over/"),
    ]
    assert "gone.md" in messages(book.problems)
    assert {c.source_path for c in book.chapters} == {k for k in files if k.startswith("pages/")}


def test_without_nav_the_folders_give_the_order(tmp_path: Path) -> None:
    names = ["z.md", "a/10.md", "a/9.md", "a/index.md", "index.md", "b.md", "b/README.md"]
    settings = "site_name: S\nuse_directory_urls: false\n"
    book = site(tmp_path, settings, {f"docs/{n}": "text" for n in names})
    assert ids(book) == ["index", "b", "z", "a/index", "a/10", "a/9", "b/README"]
    assert [c.url_path for c in book.chapters][:4] == [
        "index.html",
        "b.html",
        "z.html",
        "a/index.html",
    ]
    assert book.chapters[6].url_path == "b/index.html"
    assert book.chapters[4].part == ("A",)


def test_literate_nav_with_folders_and_wildcards(tmp_path: Path) -> None:
    settings = "plugins:\n  - search\n  - literate-nav:\n      nav_file: navigation.md\n"
    nav = """---
search: {exclude: true}
---
Words before.

- [Home](index.md)
- Maths
    - Numbers
        - [Prime `numbers`](math/primes.md)
    - [Link](https://example.org)
- [Physics](physics/)
- [Loop](physics/)
- Rest
    - *
    - chemistry/*.md
"""
    files = {
        "docs/navigation.md": nav,
        "docs/index.md": "x",
        "docs/math/primes.md": "x",
        "docs/physics/navigation.md": "* [Force](force.md)\n* [Again](../physics/)\n* *.md\n",
        "docs/physics/energy.md": "x",
        "docs/physics/force.md": "x",
        "docs/chemistry/acid.md": "x",
        "docs/about.md": "x",
    }
    book = site(tmp_path, settings, files)
    assert [(c.chapter_id, c.title, c.part) for c in book.chapters] == [
        ("index", "Home", ()),
        ("math/primes", "Prime numbers", ("Maths", "Numbers")),
        ("physics/force", "Force", ("Physics",)),
        ("physics/energy", "Energy", ("Physics",)),
        ("physics/navigation", "Navigation", ("Physics",)),
        ("about", "About", ("Rest",)),
        ("navigation", "Navigation", ("Rest",)),
        ("chemistry/acid", "Acid", ("Rest", "Chemistry")),
    ]


def test_settings_are_inherited_and_tags_and_environment_stay_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK_NAME", "canary-from-environment")
    base = "site_name: Base\nnav:\n  - b.md\n  - a.md\ntheme: {name: material, language: fr}\n"
    settings = """
INHERIT: shared/base.yml
site_name: !ENV [BOOK_NAME, "The default"]
site_url: !ENV BOOK_NAME
extra: &again {x: !!python/object/apply:os.system ["touch executed"]}
more: {<<: *again, hook: !!python/name:os.system , where: !relative $docs_dir}
"""
    book = site(tmp_path, settings, {"shared/base.yml": base, "docs/a.md": "a", "docs/b.md": "b"})
    assert (book.title, book.site_url, book.language) == ("The default", None, "fr")
    assert ids(book) == ["b", "a"]
    assert "canary" not in repr(book)
    assert not list(tmp_path.rglob("executed"))


def test_translations_by_suffix_and_by_folder(tmp_path: Path) -> None:
    plugin = """
plugins:
  - i18n:
      docs_structure: {}
      languages: [{{locale: en, default: true}}, {{locale: ur}}]
"""
    by_suffix = site(
        tmp_path / "s",
        plugin.format("suffix"),
        {"docs/a.md": "# A", "docs/a.ur.md": "# الف", "docs/b.en.md": "# B", "docs/v1.2.md": "v"},
    )
    assert ids(by_suffix) == ["a", "b", "v1.2"]
    (urdu,) = by_suffix.translations
    assert (urdu.chapter_id, urdu.title, urdu.language, urdu.url_path) == (
        "a",
        "الف",
        "ur",
        "ur/a/",
    )
    by_folder = site(
        tmp_path / "f",
        plugin.format("folder"),
        {"docs/en/a.md": "# A", "docs/ur/a.md": "# الف"},
    )
    assert ids(by_folder) == ["a"]
    assert [t.language for t in by_folder.translations] == ["ur"]


def containers(book: BookSource, words: str) -> list[tuple[str, str]]:
    """Kind and title of what wraps the block that holds `words`."""
    content = book.chapters[0].content
    for block in content.blocks:
        if words in content.text[block.start : block.end]:
            return [(c.kind, c.title) for c in block.containers]
    raise AssertionError(f"{words!r} is in no block of:\n{content.text}")


def test_admonitions_folds_and_tabs_become_containers(tmp_path: Path) -> None:
    book = page(
        tmp_path,
        """# T

!!! warning "Mind the *gap*"
    First line.

    ??? note
        Folded words.

        === "C++"
            ```cpp
            !!! not an admonition
            ```
        === "Python"
            Snake words.

!!! Example
Not inside.

- An item

    !!! tip ""
        In the list.

    Still the item.

!!! lemma "With `code` and [a link](https://example.org/x)"

    $a < b$ holds.
???+ question "Why?"
    Because.
""",
    )
    text = book.chapters[0].content.text
    assert containers(book, "First line.") == [("warning", "Mind the gap")]
    fold = [("warning", "Mind the gap"), ("details", "Note")]
    assert containers(book, "Folded words.") == fold
    assert containers(book, "Snake words.") == [*fold, ("tab", "Python")]
    assert containers(book, "not an admonition") == [*fold, ("tab", "C++")]
    assert containers(book, "Not inside.") == []
    assert containers(book, "holds.") == [("note", "With code and a link")]
    assert containers(book, "Because.") == [("details", "Why?")]
    for words in ("In the list.", "Still the item."):
        assert words in text
    prose = "\n".join(blocks_of(book.chapters[0], code=False))
    assert not re.search(r"^\s*(?:!!!|\?\?\?|===|:::)", prose, re.MULTILINE)


def test_attributes_abbreviations_toc_and_headings(tmp_path: Path) -> None:
    book = page(
        tmp_path,
        """# Title { #top .wide data-toc-label='It is <b>x</b> {1}' }
[TOC]

##No blank
## Two {: #second }

The HTML word[^1], a [link](a.md){ .md-button target="_blank" } and `{: .kept }`.
{: .lead }

A set {1, 2} and $\\{a\\}{ b }$ stay. Press ++ctrl+alt+del++.

*[HTML]: Hyper Text

First line
second line
---
After the rule.

[^1]: The note.
""",
    )
    chapter = book.chapters[0]
    found = [(h.text, h.depth, h.anchor) for h in chapter.content.headings]
    assert found == [
        ("Title", 1, "top"),
        ("No blank", 2, "no-blank"),
        ("Two", 2, "second"),
    ]
    text = chapter.content.text
    for gone in ("[TOC]", "md-button", ".lead", "Hyper Text", "data-toc"):
        assert gone not in text
    for kept in ("`{: .kept }`", "{1, 2}", "$\\{a\\}{ b }$", "Ctrl+Alt+Del", "The note.", "HTML"):
        assert kept in text
    assert "First line\nsecond line" in text


def test_lists_nested_by_four_and_wide_markers(tmp_path: Path) -> None:
    book = page(
        tmp_path,
        """Intro:

  * one
    * two

        para of two

  * three

-     wide marker, no code

1. first
    - nested
        - deeper

            deepest words

    back in first
""",
    )
    content = book.chapters[0].content
    kinds = {content.text[b.start : b.end].split("\n")[0]: b.kind for b in content.blocks}
    assert BlockKind.CODE not in kinds.values(), content.text
    for words in ("para of two", "wide marker, no code", "deepest words", "back in first"):
        assert words in content.text


def test_definitions_html_and_templates_stay_as_text(tmp_path: Path) -> None:
    book = page(
        tmp_path,
        """Term
:   What it *means*.

    More of it.

<div markdown="1" class="x">
Inside **bold** and Box<T> stays.
</div>

{% include 'secret' %} and {{ 7 * 7 }} and {{ config.site_name }}
""",
    )
    text = book.chapters[0].content.text
    assert "**Term**\n\nWhat it *means*.\n\nMore of it." in text
    assert "Inside **bold** and Box<T> stays." in text
    assert "<div" not in text
    assert "{% include 'secret' %} and {{ 7 * 7 }} and {{ config.site_name }}" in text


def test_snippets_are_taken_in_and_missing_ones_leave_a_sentence(tmp_path: Path) -> None:
    parts = "one\ntwo\n# --8<-- [start:mid]\nthree\n# --8<-- [end:mid]\nfour\n"
    book = page(
        tmp_path,
        """--8<-- "whole.txt"

```py
--8<-- "whole.txt:mid"
--8<-- "whole.txt:1:2"
```

--8<--
nested.md
--8<--

--8<-- "../../secret.txt"

--8<-- "gone.txt"

;--8<-- "escaped.txt"
""",
        **{
            "parts/whole.txt": parts,
            "parts/nested.md": '--8<-- "inner.md"',
            "parts/inner.md": "Deep.",
        },
    )
    text = book.chapters[0].content.text
    assert text.startswith("one\ntwo\nthree\nfour\n")
    assert "```py\nthree\none\ntwo\n```" in text
    assert "Deep." in text
    assert "Not included: ../../secret.txt (it lies outside the book's folder)." in text
    assert "Not included: gone.txt (there is no such file in the book's folder)." in text
    assert '--8<-- "escaped.txt"' in text
    assert len(book.problems) == 2


def test_without_the_extension_snippets_are_text(tmp_path: Path) -> None:
    book = site(tmp_path, "markdown_extensions: [toc]", {"docs/index.md": '--8<-- "x.md"'})
    assert text_of(book, "index") == '--8<-- "x.md"'
    assert book.problems == ()


def test_deep_nesting_ends_and_long_blanks_cost_nothing() -> None:
    deep = "\n".join("    " * n + "!!! note" for n in range(400))
    blanks = "x " + " " * 200_000 + "y {" + "\n## " + "#" * 100_000 + " a\n" + "{: " * 50_000
    dashes = "-" * 200_000 + "\n" + "`" * 100_000 + "\n" + "$x" * 50_000 + "\n" + "++a" * 50_000
    for text in (deep, blanks, dashes):
        assert to_neutral(text, Dialect(keys=True))


@pytest.fixture(scope="module")
def cp_algorithms() -> BookSource:
    """The whole of a real site: 170 pages, 257,000 words."""
    if BOOKS is None:
        pytest.skip("The folder of real books isn't here.")
    (book,) = mkdocs.read(opened(BOOKS / "mkdocs-cp-algorithms"), LIMITS)
    return book


def test_contents_titles_and_headings_are_the_sites_own(cp_algorithms: BookSource) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert cp_algorithms.title == expected["title"]
    assert cp_algorithms.site_url == "https://cp-algorithms.com"
    found = [
        {
            "chapter_id": chapter.chapter_id,
            "title": chapter.title,
            "depth": chapter.depth,
            "headings": headings_below_title(chapter),
        }
        for chapter in cp_algorithms.chapters
    ]
    assert found == expected["chapters"]
    assert all(c.url_path == f"{c.chapter_id}.html" for c in cp_algorithms.chapters)


def test_no_markup_is_left_in_prose(cp_algorithms: BookSource) -> None:
    marks = re.compile(r"(?m)^\s*(?:!!!|\?\?\?|={3} |:::)|--8<--|\{[:#.][^}]*\}|</?div|<center")
    for chapter in cp_algorithms.chapters:
        for prose in blocks_of(chapter, code=False):
            assert not marks.search(prose), (chapter.chapter_id, prose)


def test_templates_are_neither_run_nor_lost(cp_algorithms: BookSource) -> None:
    assert text_of(cp_algorithms, "index") == "{% include 'index_body' %}"


def test_no_sentence_is_lost(cp_algorithms: BookSource) -> None:
    assert BOOKS is not None
    source_words = lost = 0
    for chapter in cp_algorithms.chapters:
        source = (BOOKS / "mkdocs-cp-algorithms" / chapter.source_path).read_text("utf-8")
        words = re.findall(r"\w+", without_markup(source))
        result = re.findall(r"\w+", chapter.content.text)
        source_words += len(words)
        lost += lost_words(words, result).total()
    assert source_words > 268_000
    # All twenty are markup that `without_markup` leaves: comments, attributes, entities,
    # the number of a list's second "1.".
    assert lost <= 20, lost


def test_admonitions_and_tabs_are_containers(cp_algorithms: BookSource) -> None:
    chapter = named(cp_algorithms, "graph/hungarian-algorithm")
    kinds = {c.kind for block in chapter.content.blocks for c in block.containers}
    assert {"info", "details"} <= kinds
    fractions = named(cp_algorithms, "algebra/continued-fractions")
    titles = {c.title for block in fractions.content.blocks for c in block.containers}
    assert {"Python", "C++", "Solution", "Definition"} <= titles


def test_offsets_cut_the_blocks_out(cp_algorithms: BookSource) -> None:
    for chapter in cp_algorithms.chapters:
        content = chapter.content
        joined = "\n\n".join(content.text[b.start : b.end] for b in content.blocks)
        assert joined == content.text
        assert all(isinstance(c, Container) for b in content.blocks for c in b.containers)


def without_markup(source: str) -> str:
    """A page's source without what no reader sees: metadata, tags, attributes, fence labels."""
    for pattern in (
        r"\A---[ \t]*\n.*?\n---[ \t]*\n",
        r"<script src.*?</script>\n<script.*?</script>",
        r"\{[ \t]*(?=[#.]|data-toc)(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\n\"'}])*\}(?=[ \t]*$)",
        r"<img[^>]*?alt=\"(?P<keep>[^\"]*)\"[^>]*>",
        r"</?(?:a|b|br|button|center|div|figcaption|figure|form|hr|i|img|meta|sup|textarea|tt)\b[^>]*>",
        r"(?<=\]\()https?://[^\s)]*(?=\)\"$)",
        r"&nbsp;",
        r"^[ \t]*(?:!!!|\?\?\?\+?)[ \t]*\w+(?=[ \t]+\")",
        r"(?<=```)[ \t]*\{[^}\n]*\}",
    ):
        flags = re.MULTILINE | (re.DOTALL if "script" in pattern or "A---" in pattern else 0)
        source = re.sub(pattern, lambda m: m.groupdict().get("keep") or " ", source, flags=flags)
    return source
