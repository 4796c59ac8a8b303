# ruff: noqa: E501 (a source reads best in one piece)
"""Neutral Markdown -> canonical text: nothing lost, everything in its place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossator.ingestion.canonical import build, plain
from glossator.ingestion.slugs import github_slugger, mdbook_slugger, python_markdown_slugger
from glossator.library.content import BlockKind, CanonicalText


def made(markdown: str, *, indented_code: bool = True) -> CanonicalText:
    return build(markdown, slug=github_slugger(), indented_code=indented_code)[0]


def texts(content: CanonicalText) -> list[str]:
    return [content.text[block.start : block.end] for block in content.blocks]


def kinds(content: CanonicalText) -> list[str]:
    return [block.kind.value for block in content.blocks]


def assert_sound(content: CanonicalText) -> None:
    """Blocks cover the text but for one blank line between two, and headings lie in them."""
    end = -2
    for block in content.blocks:
        assert block.start == end + 2
        assert content.text[max(end, 0) : block.start] in ("", "\n\n")
        text = content.text[block.start : block.end]
        assert text
        assert text == text.strip("\n")
        end = block.end
    assert len(content.text) == max(end, 0)
    assert len({block.block_id for block in content.blocks}) == len(content.blocks)
    starts = [heading.start for heading in content.headings]
    assert starts == sorted(starts)
    for heading in content.headings:
        assert content.text[heading.start :].startswith("#" * heading.depth + " ")


def test_blocks_have_their_kinds_and_no_prefixes() -> None:
    content = made(
        "# Title\n\nText.\n\n- a\n- b\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n"
        "```PY {1,3}\nx = 1\n```\n\n$$\nx\n$$\n\n![A cat](cat.png)\n\n> quoted\n"
    )
    assert kinds(content) == [
        "heading", "paragraph", "list", "table", "code", "math", "figure", "paragraph",
    ]  # fmt: skip
    assert texts(content)[3] == "| a | b |\n| --- | ---: |\n| 1 | 2 |"
    assert content.blocks[4].language == "py"
    assert texts(content)[4] == "```py\nx = 1\n```"
    assert texts(content)[-1] == "quoted"
    assert content.blocks[-1].containers[0].kind == "quote"
    assert_sound(content)


def test_containers_are_flattened_and_named() -> None:
    content = made(
        ":::warning\nHot.\n:::tip My *tip*\nInner.\n:::\n:::\n\n"
        ":::tabs\n:::tab A\none\n:::\n:::tab B\ntwo\n:::\n:::\n\n::::note[In *brackets*]\nx\n::::\n"
    )
    assert texts(content) == [
        "**Warning**", "Hot.", "**My *tip***", "Inner.",
        "**A**", "one", "**B**", "two", "**In *brackets***", "x",
    ]  # fmt: skip
    inner = content.blocks[3].containers
    assert [(item.kind, item.title) for item in inner] == [
        ("warning", "Warning"),
        ("tip", "My tip"),
    ]
    one, two = content.blocks[5].containers[0], content.blocks[7].containers[0]
    assert one.kind == two.kind == "tab"
    assert one.group == two.group != content.blocks[9].containers[0].group


def test_a_container_may_be_closed_from_inside_a_list() -> None:
    content = made(":::note\n- item\n  :::\n\nafter\n")
    assert texts(content) == ["**Note**", "- item", "after"]
    assert [len(block.containers) for block in content.blocks] == [1, 1, 0]


def test_neighbouring_containers_can_be_told_apart() -> None:
    content = made(":::note\na\n:::\n:::note\nb\n:::\n\n> c\n\n<!-- -->\n\n> d\n")
    groups = [block.containers[-1].group for block in content.blocks]
    assert len(set(groups)) == 4


def test_angle_brackets_of_prose_survive_and_tags_go() -> None:
    source = (
        "Box<T> and vector<int>, a < b, Vec<i> and Option<B>, Map<string, number>, a <b and c> d, "
        "<project> the <title> H<sub>2</sub>O <b>bold</b>&nbsp;text &lt;div&gt; &amp;lt; \\u0026lt;X &#123; `&lt;<b>`"
        "<br>next <img src='a.png' alt='A cat'> $a<b>c$ <https://a.example/x>"
    )
    assert made(source).text == (
        "Box<T> and vector<int>, a < b, Vec<i> and Option<B>, Map<string, number>, a <b and c> d, "
        "<project> the <title> H2O bold text <div> < <X { `&lt;<b>`\n"
        "next ![A cat](a.png) $a<b>c$ <https://a.example/x>"
    )


def test_raw_html_blocks_keep_their_words() -> None:
    content = made(
        "<div>\n  <p>One <b>two</b></p>\n  <script>evil()</script><!-- gone -->\n"
        "  <table>\n    <tr><th>A</th><th>B</th></tr>\n\n    <tr><td>1</td><td>x | y</td></tr>\n"
        "  </table>\n</div>\n\n<details>\n<summary>The <code>a</code> fold</summary>\n\nInner.\n\n"
        "</details>\n\n<pre><code class='language-js'>a &lt; b;\n\nc</code></pre>\n"
    )
    assert texts(content) == [
        "One two",
        "| A | B |\n| --- | --- |\n| 1 | x \\| y |",
        "**The `a` fold**",
        "Inner.",
        "```js\na < b;\n\nc\n```",
    ]
    assert content.blocks[3].containers[0].kind == "details"


def test_headings_have_plain_text_and_the_sites_anchor() -> None:
    content = made("# The `x` *way*\n\n## A {#own}\n\n## B &amp; C\n\n## B & C\n\nD\n---\n")
    found = [(heading.text, heading.depth, heading.anchor) for heading in content.headings]
    assert found == [
        ("The x way", 1, "the-x-way"), ("A", 2, "own"),
        ("B & C", 2, "b--c"), ("B & C", 2, "b--c-1"), ("D", 2, "d"),
    ]  # fmt: skip
    assert "{#own}" not in content.text


def test_heading_inside_a_list_item_is_found_where_it_lies() -> None:
    content = made("1. first\n\n   ## Inside\n\n   text\n\n2. second\n")
    assert kinds(content) == ["list"]
    assert [heading.text for heading in content.headings] == ["Inside"]
    assert content.text[content.headings[0].start :].startswith("## Inside")


def test_lists_stay_whole_with_the_code_in_them() -> None:
    content = made("1. a\n   ```js\n   x\n\n   y\n   ```\n2. b\n   - c\n")
    assert texts(content) == ["1. a\n   ```js\n   x\n\n   y\n   ```\n2. b\n   - c"]


def test_references_and_footnotes_stay_understandable() -> None:
    content = made(
        "See [the page][p], [P] and this.[^1]\n\n[^1]: A note.\n\n[p]: http://a.example/\n"
    )
    assert texts(content) == [
        "See [the page](http://a.example/), [P](http://a.example/) and this.[^1]",
        "[^1]: A note.",
    ]


def test_formulas_in_every_notation() -> None:
    content = made(
        "Where\n$$ x = 1 $$\nthen \\(y^2\\) but \\(not this\\):\n\\[\na_b\n\\]\n\n```math\nz\n```\n"
    )
    assert texts(content) == [
        "Where", "$$\nx = 1\n$$", "then $y^2$ but \\(not this\\):", "$$\na_b\n$$", "$$\nz\n$$",
    ]  # fmt: skip


def test_code_titles_and_fences_inside_code() -> None:
    content = made('````md title="a b.md"\n```js\nx\n```\n````\n')
    assert texts(content) == ["**a b.md**", "````md\n```js\nx\n```\n````"]


def test_an_unclosed_fence_is_code_to_the_end_and_a_warning() -> None:
    content, warnings = build("Text\n\n```js\ncode\n", slug=github_slugger())
    assert texts(content) == ["Text", "```js\ncode\n```"]
    assert warnings == ["The code fence opened on line 3 is never closed; add a line ```."]
    assert build("> ```\n> x\n> ```\n\n- ~~~\n  y\n  ~~~\n", slug=github_slugger())[1] == []


def test_indentation_makes_no_code_where_it_must_not() -> None:
    assert kinds(made("a\n\n    b\n")) == ["paragraph", "code"]
    content = made(
        "a\n\n    b\n    ```js\n    c\n    ```\n    :::note\n    d\n    :::\n", indented_code=False
    )
    assert texts(content) == ["a", "b", "```js\nc\n```", "**Note**", "d"]


def test_ids_stay_when_other_blocks_come_and_go() -> None:
    before = made("One.\n\nTwo.\n\nTwo.\n")
    after = made("# New\n\nOne.\n\nInserted.\n\nTwo.\n\nTwo.\n")
    ids = [block.block_id for block in before.blocks]
    assert [block.block_id for block in after.blocks if block.block_id in ids] == ids
    assert ids[1] != ids[2]


def test_sluggers_count_as_their_sites_do() -> None:
    github, python, mdbook = github_slugger(), python_markdown_slugger(), mdbook_slugger()
    assert [github(text) for text in ("A  b!", "A  b!", "Ünï_x", "🎯 Go")] == [
        "a--b", "a--b-1", "ünï_x", "-go",
    ]  # fmt: skip
    assert [python(text) for text in ("A  b!", "A b", "Ünï_x", "日本")] == [
        "a-b", "a-b_1", "uni_x", "_1",
    ]  # fmt: skip
    assert [mdbook(text) for text in ("A  b!", "A  b?", "Ünï_x")] == ["a--b", "a--b-1", "ünï_x"]


def test_plain_text_keeps_its_paragraphs() -> None:
    content = plain("# no heading\r\nline\r\n\r\n \r\nnext\r\n", slug=github_slugger())
    assert texts(content) == ["# no heading\nline", "next"]
    assert content.headings == ()


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# H", "text", "*a* `b", "```", "~~~js", ":::note", ":::tab A", ":::", "::::", "> q",
            "- item", "  1. sub", "    deep", "| a | b |", "|---|---|", "<div>", "</div>", "<table>",
            "<tr><td>x", "</table>", "<details><summary>s</summary>", "</details>", "$$", "$x", "\\[",
            "[a]: /u", "[a][a]", "[^n]: note", "<!--", "-->", "![i](j)", "&lt;T&gt;", "Box<T>", "",
            "", "---", "===", "\u2028", "\x00", "\t", "{#id}", "## H {#id}", "<pre>", "\ud800",
        ]
    )
    | st.text(max_size=12),
    max_size=40,
).map("\n".join)  # fmt: skip


@given(MARKDOWN, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_markdown_gives_a_sound_text(markdown: str, indented_code: bool) -> None:
    assert_sound(made(markdown, indented_code=indented_code))


@given(MARKDOWN, st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_another_paragraph_leaves_the_ids_of_the_others(markdown: str, place: int) -> None:
    blocks = texts(made(markdown))
    if any(text.startswith("[^") for text in blocks):
        return
    first = plain("\n\n".join(blocks), slug=github_slugger())
    parts = texts(first)
    parts.insert(min(place, len(parts)), "Inserted 7c1f paragraph.")
    second = plain("\n\n".join(parts), slug=github_slugger())
    ids = [block.block_id for block in first.blocks]
    assert [each.block_id for each in second.blocks if each.block_id in set(ids)] == ids


@pytest.mark.parametrize(
    "source",
    [
        "word " * 60_000, ">" * 100_000, "- " * 50_000, "[" * 200_000, "[a](" * 50_000,
        "<" * 200_000, '<a b="' * 30_000, "$a " * 60_000, "$$\n" * 60_000, "<!-- " * 40_000, "\\[\n\n" * 40_000,
        "<table>\n\n" * 20_000, "<div>" * 40_000, ":::note\n" * 20_000, ":::\n" * 30_000,
        "&amp;" * 40_000, "\\(" * 60_000, "`a``b" * 30_000, "*a_" * 50_000, "![" * 60_000,
        "<details><summary>" * 10_000, "|a" * 40_000 + "\n" + "|-" * 40_000,
        "\n".join("  " * depth + "- x" for depth in range(400)),
    ],
    ids=lambda source: source[:12],
)  # fmt: skip
def test_hostile_markdown_takes_time_in_proportion(source: str) -> None:
    start = time.process_time()
    content = made(source)
    assert_sound(content)
    # A quadratic step over 200,000 characters takes minutes.
    assert time.process_time() - start < 8


def test_too_deep_a_nest_is_kept_as_plain_text() -> None:
    content, warnings = build("> " * 400 + "the words\n\nnext", slug=github_slugger())
    assert "the words" in content.text
    assert "nested too deeply" in warnings[0]
    assert {block.kind for block in content.blocks} == {BlockKind.PARAGRAPH}
