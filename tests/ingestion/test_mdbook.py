"""mdBook: contents, includes, hidden lines, and a real book as a whole."""

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
    opened,
    text_of,
    write,
)
from tests.real_data import BOOKS

from glossator.ingestion.readers import mdbook
from glossator.ingestion.readers.mdbook_markdown import Settings, to_neutral_markdown
from glossator.ingestion.readers.mdbook_summary import parse_summary
from glossator.ingestion.sources import BookSource

EXPECTED = Path(__file__).parent / "expected" / "mdbook-guide.json"


def book(root: Path, files: dict[str, str], settings: str = '[book]\ntitle = "B"\n') -> BookSource:
    write(root, {"book.toml": settings, **files})
    (found,) = mdbook.read(opened(root), LIMITS)
    return found


def one(
    root: Path, markdown: str, files: dict[str, str] | None = None, more: str = ""
) -> BookSource:
    pages = {"src/SUMMARY.md": "- [One](one.md)", "src/one.md": markdown, **(files or {})}
    return book(root, pages, f'[book]\ntitle = "B"\n{more}')


SUMMARY = """# Summary

[Preface](README.md)

# Part `one`

- [First](a/README.md)
    - [Nested *deep*](a/b.md)
        - [Draft]()
            - [Under the draft](a/c.md)
* [With space](d%20e.md)

---

# Part two

1. [Numbered](f.md)
   - [Away](https://example.org)

<!-- [Hidden](hidden.md) -->

[Suffix](g.md)
"""


def test_the_summary_gives_order_depth_and_parts() -> None:
    found = [(c.title, c.target, c.depth, c.part) for c in parse_summary(SUMMARY)]
    assert found == [
        ("Preface", "README.md", 0, ()),
        ("First", "a/README.md", 0, ("Part one",)),
        ("Nested deep", "a/b.md", 1, ("Part one",)),
        ("Under the draft", "a/c.md", 3, ("Part one", "Draft")),
        ("With space", "d e.md", 0, ("Part one",)),
        ("Numbered", "f.md", 0, ("Part two",)),
        ("Suffix", "g.md", 0, ()),
    ]


def test_chapters_have_the_sites_ids_addresses_and_titles(tmp_path: Path) -> None:
    names = ["README.md", "a/README.md", "a/b.md", "a/c.md", "d e.md", "f.md", "unlisted.md"]
    files = {f"text/{name}": f"Words of {name}." for name in names}
    files |= {"text/SUMMARY.md": SUMMARY, "text/a/b.md": "# Own title\n\nWords."}
    settings = (
        '[book]\ntitle = "B"\nlanguage = "de"\nsrc = "text"\n[output.html]\ncname = "b.org"\n'
    )
    found = book(tmp_path / "in/two", files, settings)
    again = mdbook.read(opened(tmp_path), LIMITS)[0]
    assert [c.content for c in again.chapters] == [c.content for c in found.chapters]
    assert (found.kind, found.language, found.site_url) == ("mdbook", "de", "https://b.org/")
    assert ids(found) == ["index", "a/index", "a/b", "a/c", "d e", "f"]
    assert [c.title for c in found.chapters][:3] == ["Preface", "First", "Own title"]
    assert found.chapters[1].url_path == "a/index.html"
    assert "g.md, which isn't there" in messages(found.problems)


PADDLE = """/* ANCHOR: all */
// ANCHOR: component
struct Paddle {
    hello: f32,
}
// ANCHOR_END: component
// ANCHOR: system
impl System { }
// ANCHOR_END: system
/* ANCHOR_END: all */
"""


@pytest.mark.parametrize(
    ("helper", "shown"),
    [
        ("include p.rs:component", "struct Paddle {\n    hello: f32,\n}"),
        ("include p.rs:system", "impl System { }"),
        ("include p.rs:all", "struct Paddle {\n    hello: f32,\n}\nimpl System { }"),
        ("rustdoc_include p.rs:system", "impl System { }"),
        ("include p.rs:3", "struct Paddle {"),
        ("include p.rs:3:5", "struct Paddle {\n    hello: f32,\n}"),
        ("rustdoc_include p.rs:4:4", "    hello: f32,"),
        ("include p.rs::1", "/* ANCHOR: all */"),
        ("include p.rs:10:", "/* ANCHOR_END: all */"),
        ("include p.rs:none", "Not included: p.rs:none (the file has no anchor none)."),
    ],
)
def test_parts_of_files_are_included(tmp_path: Path, helper: str, shown: str) -> None:
    found = one(tmp_path, f"```c\n{{{{#{helper}}}}}\n```\n", {"src/p.rs": PADDLE})
    assert text_of(found, "one") == f"```c\n{shown}\n```"


def test_includes_nest_from_the_included_files_folder(tmp_path: Path) -> None:
    files = {"src/sub/a.md": "A {{#include b.md}}", "src/sub/b.md": "B {{#title x}}end"}
    found = one(tmp_path, "# T\n\n{{ #include sub/a.md }}", files)
    assert text_of(found, "one") == "# T\n\nA B end"


def test_escaped_and_unknown_helpers_are_text(tmp_path: Path) -> None:
    markdown = r"`\{{#include a.rs}}` {{#toc}} {{ mdbook-version }} {{#include}} `{{ #include }}`"
    found = one(tmp_path, markdown)
    assert text_of(found, "one") == markdown.replace("\\", "")
    assert found.problems == ()


def test_playground_makes_a_listing(tmp_path: Path) -> None:
    found = one(
        tmp_path, "{{#playground e.rs editable}}", {"src/e.rs": "# fn main() {\nlet x;\n# }\n"}
    )
    assert text_of(found, "one") == "```rust\nlet x;\n```"


def test_missing_outside_and_circular_includes_leave_sentences(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "canary-51d3"})
    markdown = "{{#include gone.md}}\n\n{{#include ../../secret.txt}}\n\n{{#include one.md}}\n"
    found = one(tmp_path / "book", markdown)
    text = text_of(found, "one")
    assert "Not included: gone.md (there is no such file in the book's folder)." in text
    assert "Not included: ../../secret.txt (it lies outside the book's folder)." in text
    assert "Not included: one.md (it takes in itself)." in text
    assert len(found.problems) == 3
    assert "canary" not in repr(found)


def test_hidden_lines_are_hidden_where_mdbook_hides_them(tmp_path: Path) -> None:
    markdown = """```rust,ignore
# use std::io;
#
#hidden too
#[derive(Debug)]
#![allow(unused)]
## kept
let x = 5; // # kept
```

> ```rust
> # gone
> let quoted = 1;
> ```

```python
~gone()
kept()
```

```python,hidelines=!!!
!!!gone()
~kept()
```

```bash
# a comment
```
"""
    found = one(tmp_path, markdown, more='[output.html.code.hidelines]\npython = "~"\n')
    assert blocks_of(found.chapters[0], code=True) == [
        "```rust\n#[derive(Debug)]\n#![allow(unused)]\n# kept\nlet x = 5; // # kept\n```",
        "```rust\nlet quoted = 1;\n```",
        "```python\nkept()\n```",
        "```python\n~kept()\n```",
        "```bash\n# a comment\n```",
    ]


def test_formulas_definitions_alerts_and_hidden_elements(tmp_path: Path) -> None:
    markdown = r"""# T

Inline \\( x_1 \\\\ y \\) and `\\( code \\)`.

\\[ \mu = \frac{1}{N} \\]

term
  : first meaning
  : second meaning

> [!WARNING]
> Take care.

> ## A quoted heading
>
> Its words.

<div class="hidden">Nobody sees this.</div>

Vec<T> stays.
"""
    found = one(tmp_path, markdown, more="[output.html]\nmathjax-support = true\n")
    chapter = found.chapters[0]
    text = chapter.content.text
    assert r"$x_1 \\ y$ and `\\( code \\)`" in text
    assert "$$\n\\mu = \\frac{1}{N}\n$$" in text
    assert "**term**\n\nfirst meaning\n\nsecond meaning" in text
    assert "Nobody" not in text
    assert "Vec<T> stays." in text
    assert [h.text for h in chapter.content.headings] == ["T", "A quoted heading"]
    wrapped = [block for block in chapter.content.blocks if block.containers]
    assert [block.containers[0].kind for block in wrapped] == [
        "warning",
        "warning",
        "quote",
        "quote",
    ]


def test_broken_settings_are_a_problem_and_the_book_is_read(tmp_path: Path) -> None:
    files = {"src/SUMMARY.md": "- [One](one.md)", "src/one.md": "Words."}
    for number, settings in enumerate(("[book\ntitle", "a = " + "[" * 5_000, "\x00", "src = 5")):
        found = book(tmp_path / str(number), files, settings)
        assert text_of(found, "one") == "Words."
    assert "book.toml" in messages(book(tmp_path / "x", files, "[book").problems)


def test_without_contents_the_files_are_read_by_name(tmp_path: Path) -> None:
    files = {"src/SUMMARY.md": "Nothing yet.", "src/10.md": "x", "src/9.md": "y"}
    found = book(tmp_path, files)
    assert ids(found) == ["9", "10"]
    assert "names no chapters" in messages(found.problems)


def test_long_runs_cost_nothing() -> None:
    settings = Settings(mathjax=True)
    runs = (
        "\\\\(" * 100_000,
        "{{#a " * 100_000,
        "<div class='" * 50_000,
        "> " * 100_000,
        ": " * 9_999,
    )
    for run in runs:
        assert to_neutral_markdown(run, settings)


@pytest.fixture(scope="module")
def guide() -> BookSource:
    """mdBook's own guide: 31 chapters."""
    if BOOKS is None:
        pytest.skip("The folder of real books isn't here.")
    (found,) = mdbook.read(opened(BOOKS / "mdbook-guide"), LIMITS)
    return found


def test_guide_has_the_sites_contents_and_headings(guide: BookSource) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert guide.title == expected["title"]
    found = [
        {
            "chapter_id": chapter.chapter_id,
            "title": chapter.title,
            "depth": chapter.depth,
            "headings": headings_below_title(chapter),
        }
        for chapter in guide.chapters
    ]
    assert found == expected["chapters"]


def test_guide_has_no_helper_left_in_prose(guide: BookSource) -> None:
    for chapter in guide.chapters:
        for prose in blocks_of(chapter, code=False):
            words = re.sub(r"`[^`]*`", "", prose)
            assert not re.search(r"\{\{ ?#\w+ ", words), (chapter.chapter_id, prose)
    assert sum("is not included" in problem.message for problem in guide.problems) == 3
    assert len(guide.problems) == 3


def test_guide_loses_no_sentence(guide: BookSource) -> None:
    assert BOOKS is not None
    total = lost = 0
    for chapter in guide.chapters:
        source = (BOOKS / "mdbook-guide" / chapter.source_path).read_text("utf-8")
        # What readers don't see: styles, hidden lines and elements, tags, link definitions
        # (put where they are used), alert marks, fence labels, the included files' names.
        for pattern in (
            r"(?ms)^<style>.*?</style>",
            r"(?m)^<div class=\"hidden\">.*$",
            r"(?m)^\[[^\]^]+\]: .*$",
            r"(?m)^> \[!\w+\]",
            r"(?<=```)rust.*|\bhidelines=\S+|(?<=```)\w+,.*",
            r"(?<!\\)\{\{#(?:include|rustdoc_include|playground) [^}]*\}\}",
            r"</?(?:a|code|details|div|i|img|kbd|span|summary)\b[^>]*>",
            r"\]\[[^\]]+\]",
        ):
            source = re.sub(pattern, " ", source)
        words = re.findall(r"\w+", source)
        total += len(words)
        gone = lost_words(words, re.findall(r"\w+", chapter.content.text))
        lost += gone.total()
        assert gone.total() <= 16, (chapter.chapter_id, gone)
    assert total > 15_000
    assert lost <= 40, lost
