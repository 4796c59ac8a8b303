"""Taking out and putting back gives the very same text, whatever the text is."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glossator.adaptation.protect import Kind, protect, restore

_WORDS = (
    "` `` $ $$ \\( \\[ \\] [ ] ( ) ![ ](x) < > <x1/> <a2> </a2> <b1> <!-- --> { } \\ * _ | word "
    "foo_bar 12 http://a.b/c a@b.cd &lt; [^1] [@x] اردو ۳ % --flag f() 🙂"
)
_LINES = ["```\n", "~~~", "< x 3 / >", "\n", "\n\n", "- ", "1. ", "  ", "5 km", "<div a='b'>"]
_SCRAPS = st.sampled_from([*_WORDS.split(), *_LINES])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(_SCRAPS, max_size=40).map("".join)))
# A fence of tildes that is none was taken for code without an end, for ever.
@example("[````\n{\n(> 12````\nfoo](x)")
@example("<$$~~~_\\[```\n")
def test_any_text_comes_back(text: str):
    protected = protect(text)
    assert restore(protected.text, protected.pieces) == (text, [])
    assert [piece.number for piece in protected.pieces] == list(range(1, len(protected.pieces) + 1))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("`code`", Kind.CODE), ("``a ` b``", Kind.CODE), ("```py\nx = 1\n```", Kind.CODE),
        ("$x^2$", Kind.MATH), ("$$\na\n$$", Kind.MATH), ("\\(a\\)", Kind.MATH),
        ("![alt *text*](a.png)", Kind.IMAGE), ("<https://a.example>", Kind.LINK),
        ("https://a.example/b_c", Kind.LINK), ("[`f`](x.md)", Kind.LINK),
        ("[![alt](a.png)](b.html)", Kind.LINK), ("<Tabs a={1}>", Kind.TAG),
        ("<!-- no -->", Kind.TAG),
        ("{props.name}", Kind.TAG), ("[^note]", Kind.NOTE), ("[@smith2020]", Kind.NOTE),
        ("max_range", Kind.NAME), ("--verbose", Kind.NAME), ("main.py", Kind.NAME),
        ("16 GB", Kind.QUANTITY), ("50%", Kind.QUANTITY), ("-3.5 °C", Kind.QUANTITY),
    ],
)  # fmt: skip
def test_it_is_taken_out_whole(text: str, kind: Kind):
    protected = protect(text)
    assert (protected.text, [piece.kind for piece in protected.pieces]) == ("<x1/>", [kind])


@pytest.mark.parametrize(
    "text",
    ["It costs $5 and $10 more.", "a < b and c > d", "Use [brackets] so.", "5 metres", "3 * 4 * 5"],
)
def test_plain_words_stay(text: str):
    assert protect(text).pieces == ()


def test_a_link_gives_its_words_and_keeps_its_target():
    protected = protect('See [the **guide** to `f`](a_(b).md "T") now.')
    assert protected.text == "See <a1>the **guide** to <x2/></a1> now."
    text, wrong = restore("اب <a1>**کتاب** <x2/></a1> دیکھیں۔", protected.pieces)
    assert (text, wrong) == ('اب [**کتاب** `f`](a_(b).md "T") دیکھیں۔', [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("See <a1>the guide</a1> <x2/>", "another link"),
        ("See <a1>the guide <x2/>", "missing"),
        ("See <a1><x2/></a1><a1></a1>", "more than once"),
        ("See <x1/> <x2/>", "doesn't stand"),
        ("</a1>See <a1> <x2/>", "closes"),
    ],
)
def test_marks_out_of_place_are_told(said: str, reason: str):
    protected = protect("See [the guide `f`](a.md)")
    assert any(reason in each for each in restore(said, protected.pieces)[1])


def test_a_listing_in_an_item_needs_its_line():
    protected = protect("- Do\n  ```sh\n  ls\n  ```\n- Then")
    assert protected.text == "- Do\n  <x1/>\n- Then"
    assert "line for itself" in restore("- Do <x1/>\n- Then", protected.pieces)[1][0]
