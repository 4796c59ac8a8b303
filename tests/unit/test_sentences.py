"""Sentences end where a reader says they end."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.library.sentences import item_spans, row_spans, sentence_spans


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


def test_full_stops_questions_and_exclamations_end_sentences():
    assert cut("It moves. Does it stop? Yes! It does.") == [
        "It moves.", "Does it stop?", "Yes!", "It does."
    ]  # fmt: skip


@pytest.mark.parametrize(
    "whole",
    [
        "Use a sensor, e.g. a lidar, to see.",
        "See Fig. 3 for the loop.",
        "The result of Dr. Smith holds.",
        "It weighs 3.14 kg in air.",
        "J. R. Smith built it.",
        "Call `robot.move()` and `x.y. z` at once.",
        "The value $a. b$ is small.",
        "Read [the guide. Really](https://example.com/a. b) first.",
        "Wait ... and then go on.",
        "Version 1.2.3 is out",
    ],
)
def test_a_dot_that_ends_nothing(whole: str):
    assert cut(whole) == [whole]


def test_an_abbreviation_at_the_very_end_still_ends_the_sentence():
    assert cut("Cameras, lidars, etc.") == ["Cameras, lidars, etc."]


def test_closing_quotes_and_emphasis_belong_to_the_sentence_before():
    assert cut("He said **stop.** Then it stopped.") == ["He said **stop.**", "Then it stopped."]


def test_bold_across_sentences_leaves_no_half_marks():
    assert cut("**First one. Second one.** Third.") == ["First one.", "Second one.", "Third."]


def test_the_number_of_an_exercise_belongs_to_it():
    assert cut("1. What does it do? It moves.") == ["1. What does it do?", "It moves."]


def test_other_scripts_end_their_sentences_in_their_own_way():
    assert cut("یہ روبوٹ ہے۔ یہ چلتا ہے۔") == ["یہ روبوٹ ہے۔", "یہ چلتا ہے۔"]
    assert cut("这是机器人。它会走。") == ["这是机器人。", "它会走。"]


def test_list_items_are_sentences_without_their_markers():
    text = "- First thing. It has two.\n- [x] Second thing\n  goes on\n1. Third"
    assert [text[a:b] for a, b in item_spans(text)] == [
        "First thing.", "It has two.", "Second thing\n  goes on", "Third"
    ]  # fmt: skip


def test_table_rows_are_sentences_and_the_rule_is_none():
    text = "| a | b |\n|---|:-:|\n| 1 | 2 |\n|   |   |"
    assert [text[a:b] for a, b in row_spans(text)] == ["| a | b |", "| 1 | 2 |"]


@given(st.text(alphabet=st.sampled_from("ab .!?\n`$[](*_\\|-1。۔"), max_size=200))
def test_sentences_are_in_order_trimmed_and_lose_no_word(text: str):
    for spans in (sentence_spans(text), item_spans(text)):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(b <= c for (_, b), (c, _) in itertools.pairwise(spans))
        assert all(text[a:b] == text[a:b].strip() for a, b in spans)
    outside = list(text)
    for a, b in sentence_spans(text):
        outside[a:b] = [" "] * (b - a)
    assert not any(char.isalnum() for char in outside)


@pytest.mark.parametrize(
    "piece", ["[a", "\\( a ", "\\[ a ", "[x](", "`a", "$$a\\", "a. ", "$a", "![", "*a.", "."]
)
def test_time_grows_with_length_alone(piece: str):
    text = piece * (100_000 // len(piece)) + "x"
    began = time.process_time()
    sentence_spans(text)
    assert time.process_time() - began < 3
