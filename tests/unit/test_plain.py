"""Markdown to the words a reader sees."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.library.plain import plain


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**Bold** and *slanted* and ~~gone~~", "Bold and slanted and gone"),
        ("a [link text](https://example.com/a_(b)) here", "a link text here"),
        ("![a robot arm](img/arm.png)", "a robot arm"),
        ("[![badge](a.svg)](b.html) text", "badge text"),
        ("see [the guide][1]", "see the guide"),
        ("see <https://example.com/x>", "see"),
        ("use `snake_case_name` now", "use snake_case_name now"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a claim[^1]", "a claim"),
        ("# Heading\n\n- one\n- [ ] two\n1. three", "Heading one two three"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("the sum $\\alpha_{i} + 1$", "the sum alpha _ i + 1"),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("Box\\<T\\>", "Box<T>"),
        ("", ""),
    ],
)
def test_markup_goes_and_words_stay(markdown: str, words: str):
    assert plain(markdown) == words


@given(st.text(max_size=300))
def test_any_text_gives_one_line(text: str):
    result = plain(text)
    assert result == " ".join(result.split())


@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), max_size=30))
def test_plain_words_are_left_alone(words: list[str]):
    assert plain(" ".join(words)) == " ".join(words)


@pytest.mark.parametrize(
    "piece",
    [
        "[a",
        "[a](" + "b" * 50,
        "![",
        "**a",
        "*a ",
        "`",
        "$a",
        "$",
        "](",
        "[a](b(",
        "__a_",
        "\\",
        "<",
    ],
)
def test_time_grows_with_length_alone(piece: str):
    text = piece * (50_000 // len(piece))
    began = time.process_time()
    plain(text)
    assert time.process_time() - began < 3
