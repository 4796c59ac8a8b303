"""Texts made to keep regular expressions busy: from questions, selections, books and models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from glossator.library.links import text_fragment
from glossator.library.plain import plain
from glossator.library.sentences import item_spans, sentence_spans
from glossator.retrieval.questions import language_of, question_words
from glossator.tutor import statements, verbatim
from glossator.tutor.follow_ups import readings
from glossator.tutor.markers import MarkReader

CPU_SECONDS = 0.2
# Characters: what the API takes at most, and what a model, a passage and a page may bring.
QUESTION, ANSWER, PASSAGE, PAGE = 2_000, 8_000, 6_000, 100_000
UNITS = (
    "a", " ", "\n", "\t\n", ".", "!", "(", "[", "![", "](", "[1", "[1 \"", "[1, ", "【", "<", "<a ",
    "&", "&amp", "\\", "`", "```\n", "~~~", "*", "**a", "_", "$", "$$", "|", "| - ", "- ", "1. ",
    "#", "> ", "\"", "'", "“", "http://", "https://a", "a@", "::", "{", "{{", "%", "0", "0.",
    "1,000", "aA1", "a-", "a b ", "what ", "who ", "and it ", "e.g. ", "Dr. ", "\u0301", "\u202e",
    "ﷺ", "۔", "का ", "的", "[^", "[^a]", "((a+)+)+$", "=", "/", ";", "-----\n", "<img ",
    "<!--", "]]>",
)  # fmt: skip


def marked(text: str) -> None:
    reader = MarkReader()
    # In pieces, as models send it: what is held back must not be read anew each time.
    for at in range(0, len(text), 7):
        list(reader.feed(text[at : at + 7]))
    list(reader.finish())


def found(text: str) -> None:
    folded = verbatim.fold("The quick brown fox. " * 50)
    folded.find(verbatim.folded_quote(text))


MATCHERS: Mapping[str, tuple[int, Callable[[str], Any]]] = {
    "the words of a question": (QUESTION, question_words),
    "the language of a question": (QUESTION, language_of),
    "what a question leaves out": (QUESTION, lambda text: readings(text, [text, text])),
    "a quote's address": (QUESTION, text_fragment),
    "a quote that is looked for": (QUESTION, found),
    "citations in an answer": (ANSWER, marked),
    "statements of an answer": (ANSWER, statements.segments),
    "numbers of an answer": (ANSWER, statements.numbers.__wrapped__),
    "code in an answer": (ANSWER, statements.code),
    "quotes in an answer": (ANSWER, statements.quoted),
    "sentences of a page": (PAGE, sentence_spans),
    "items of a page": (PAGE, item_spans),
    "a page without markup": (PAGE, plain),
    "a passage in one form": (PASSAGE, verbatim.fold),
}


def seconds(call: Callable[[str], Any], text: str) -> float:
    """CPU of this thread, the best of three tries: the first may build something that is kept."""
    taken = []
    for _ in range(3):
        began = time.thread_time()
        call(text)
        taken.append(time.thread_time() - began)
        if taken[-1] < CPU_SECONDS / 10:
            break
    return min(taken)


@pytest.mark.parametrize("name", MATCHERS)
def test_no_text_keeps_it_busy(name: str):
    """At a tenth of the size; what grows with the square there is seen long before it hurts."""
    size, call = MATCHERS[name]
    slow = {}
    for unit in UNITS:
        text = (unit * size)[: size // 10]
        taken = seconds(call, text)
        if taken > CPU_SECONDS / 10:
            quarter = max(seconds(call, text[: size // 40]), 0.0002)
            if taken > 8 * quarter:
                slow[unit] = (quarter, taken)
    assert not slow


@pytest.mark.long
@pytest.mark.parametrize("name", MATCHERS)
def test_no_text_keeps_it_busy_at_full_size(name: str):
    size, call = MATCHERS[name]
    slow = {}
    for unit in UNITS:
        for text in ((unit * size)[:size], (unit * size)[: size - 1] + "!"):
            taken = seconds(call, text)
            if taken > CPU_SECONDS:
                slow[unit] = taken
    assert not slow
