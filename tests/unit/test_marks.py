"""A quote of the canonical Markdown is found, character by character, in what the page shows."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glossator.library.content import Block, BlockKind
from glossator.library.marks import Mark, mark_quote, visible_text
from glossator.library.rendering import render_blocks

P, LIST, TABLE = BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.TABLE


def shown(markdown: str, kind: BlockKind) -> tuple[Block, str]:
    block = Block("b-1", kind, 0, len(markdown))
    return block, visible_text(render_blocks(markdown, [block])[0])


def units(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def marked(markdown: str, quote: str, kind: BlockKind = P) -> Mark:
    block, visible = shown(markdown, kind)
    start = markdown.index(quote)
    [mark] = mark_quote(markdown, [block], start, start + len(quote))
    assert units(visible, mark.start, mark.end) == mark.text
    return mark


CASES = [
    ("Some *emphasis* here. More.", "Some *emphasis* here.", "Some emphasis here."),
    ("**Whole.** After", "**Whole.**", "Whole."),
    ('**"Quoted" start** of it. Next.', '**"Quoted" start** of it.', '"Quoted" start of it.'),
    ("Before _it_.**Strong.** After", "**Strong.**", "Strong."),
    ("cut *in the* middle", "the* middle", "the middle"),
    (
        "A [link *x*](https://a.example/b_c) ends. No",
        "A [link *x*](https://a.example/b_c) ends.",
        "A link x ends.",
    ),
    (
        "See <https://a.example/b> now. No",
        "See <https://a.example/b> now.",
        "See https://a.example/b now.",
    ),
    ("Call `f(*a)` once. Twice.", "Call `f(*a)` once.", "Call f(*a) once."),
    ("`code()` opens. Next", "`code()` opens.", "code() opens."),
    ("So $a_1 * b$ is. Then $c$.", "So $a_1 * b$ is.", "So a_1 * b is."),
    ("So $a_1 * b$ is. Then $c$.", "b$ is.", "a_1 * b is."),
    ("R&amp;D &lt;now&gt; &copy; it. No", "R&amp;D &lt;now&gt; &copy; it.", "R&D <now> © it."),
    ("\\*Not\\* emphasis. No", "\\*Not\\* emphasis.", "*Not* emphasis."),
    ("\\*Not\\* emphasis. No", "*Not\\* emphasis.", "*Not* emphasis."),
    ("😀 one. 😀😀 two 👩‍🔬. three", "😀😀 two 👩‍🔬.", "😀😀 two 👩‍🔬."),
    ("First line\nsecond line. Third", "First line\nsecond line.", "First line\nsecond line."),
    ("(Bracketed, too.) Next", "(Bracketed, too.)", "(Bracketed, too.)"),
    ("Said.[^1] And more.", "Said.[^1]", "Said.1"),
    ("ایک *جملہ* ہے۔ دوسرا", "ایک *جملہ* ہے۔", "ایک جملہ ہے۔"),
    ("~~gone~~ *stays* on", "~~gone~~ *stays*", "gone stays"),
    ("***both*** and", "***both***", "both"),
]


@pytest.mark.parametrize(("markdown", "quote", "words"), CASES)
def test_a_quote_in_a_paragraph_is_marked_exactly(markdown: str, quote: str, words: str) -> None:
    assert marked(markdown, quote).text == words


def test_a_list_item_is_marked_without_its_marker() -> None:
    markdown = "1. one\n2. **two** *three*\n   - inner\n3. four"

    assert marked(markdown, "**two** *three*", LIST).text == "two three"
    assert marked(markdown, "- inner", LIST).text == "inner"
    several = marked(markdown, "2. **two** *three*\n   - inner\n3. four", LIST)
    assert '<ol start="2">' in several.html


def test_a_table_row_is_marked_from_its_first_to_its_last_cell() -> None:
    markdown = "| a | b |\n|---|:-:|\n| c & d | **e** |\n| f | g |"

    row = marked(markdown, "| c & d | **e** |", TABLE)

    assert row.text.split() == ["c", "&", "d", "e"]
    assert row.html.startswith('<div class="table"><table>')
    assert marked(markdown, "**e**", TABLE).html == "<strong>e</strong>"


@pytest.mark.parametrize("fence", ["```python\nx = 1\n\ny *= 2\n```", "~~~\nx = 1\n\ny *= 2\n~~~"])
def test_a_listing_is_marked_without_its_fence(fence: str) -> None:
    assert marked(fence, fence, BlockKind.CODE).text == "x = 1\n\ny *= 2"
    assert marked(fence, "y *= 2", BlockKind.CODE).text == "y *= 2"


def test_a_formula_is_marked_whole() -> None:
    formula = "$$\n\\frac{a}{b} = c\n$$"

    mark = marked(formula, "{a}{b}", BlockKind.MATH)

    assert mark.text == "\\frac{a}{b} = c"
    assert 'data-tex="\\frac{a}{b} = c"' in mark.html


def test_a_heading_is_marked_without_its_hashes() -> None:
    assert marked("## The *big* one", "## The *big* one", BlockKind.HEADING).text == "The big one"


def test_the_html_of_a_mark_keeps_its_markup_and_closes_it() -> None:
    mark = marked("*Here **it is** now* and", "it is** now* and")

    assert mark.html == "<em><strong>it is</strong> now</em> and"


def test_offsets_count_utf16_units() -> None:
    mark = marked("😀 *a* b", "b")

    assert (mark.start, mark.end) == (5, 6)


def test_a_quote_over_several_blocks_has_a_mark_in_each() -> None:
    text = "One two:\n\n## Three\n\nFour. Five."
    blocks = [
        Block("b-1", P, 0, 8),
        Block("b-2", BlockKind.HEADING, 10, 18),
        Block("b-3", P, 20, 31),
    ]

    marks = mark_quote(text, blocks, 4, 25)

    assert [(m.block_id, m.text) for m in marks] == [
        ("b-1", "two:"),
        ("b-2", "Three"),
        ("b-3", "Four."),
    ]
    assert [m.text for m in mark_quote(text, blocks, 8, 18)] == ["Three"]


@pytest.mark.parametrize(
    ("markdown", "quote"),
    [("[a](https://x.example/long)", "x.example"), ("a **b** c", "**"), ("a b", " "), ("a", "")],
)
def test_what_is_not_visible_has_no_mark(markdown: str, quote: str) -> None:
    block, _ = shown(markdown, P)
    start = markdown.index(quote)

    assert mark_quote(markdown, [block], start, start + len(quote)) == []


PIECES = st.sampled_from(
    ["word", "one two", " ", "\n", "*", "**", "_", "`", "`a*b`", "$x^2$", "$", "[l](https://a.b)",
     "[", "]", "(", ")", "&amp;", "&", "<", ">", "😀", "é", "'", '"', ".", "!", "\\", "|", "~~",
     "- ", "1. ", "\ue000"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=14), st.data())
@settings(max_examples=300, deadline=None)
def test_a_mark_always_agrees_with_the_page(pieces: list[str], data: st.DataObject) -> None:
    markdown = "".join(pieces)
    kind = data.draw(st.sampled_from([P, LIST, TABLE]))
    start = data.draw(st.integers(0, len(markdown) - 1))
    end = data.draw(st.integers(start + 1, len(markdown)))
    block, visible = shown(markdown, kind)

    for mark in mark_quote(markdown, [block], start, end):
        assert units(visible, mark.start, mark.end) == mark.text
        assert visible_text(mark.html).split() == mark.text.split()


@given(st.from_regex(r"[A-Za-z\u0600-\u0620\u00df-\u017f0-9 ,.;:'\"()?/%+\u2013\u201c-]{2,60}",
                     fullmatch=True), st.data())  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_plain_words_are_marked_as_the_page_shows_them(markdown: str, data: st.DataObject):
    markdown = markdown.strip()
    assume(markdown)
    start = data.draw(st.integers(0, len(markdown) - 1))
    end = data.draw(st.integers(start + 1, len(markdown)))
    block, visible = shown(markdown, P)
    for mark in mark_quote(markdown, [block], start, end):
        assert units(visible, mark.start, mark.end) == mark.text == markdown[start:end].strip()
        assert visible_text(mark.html) == mark.text
