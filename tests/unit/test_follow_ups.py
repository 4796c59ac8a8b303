"""Which readings a question has after another one."""

from __future__ import annotations

import pytest

from glossator.tutor.follow_ups import readings

LIDAR = "How does a lidar measure distance?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why can't it see glass?", "lidar measure distance Why can't it see glass?"),
        ("and why?", "lidar measure distance and why?"),
        ("What about mirrors?", "lidar measure distance What about mirrors?"),
        ("Can you give an example?", "lidar measure distance Can you give an example?"),
        ("In other words?", "lidar measure distance In other words?"),
    ],
)
def test_what_a_question_leaves_out_stands_before_it(question: str, expected: str):
    assert readings(question, [LIDAR]) == (expected,)


@pytest.mark.parametrize(
    "question",
    [
        "How much faster should the inner loop of a cascade be than the outer one?",
        "Back to gimbal lock: how do I avoid it?",
        "Is there a sensor that works in fog and in heavy rain?",
    ],
)
def test_a_question_that_stands_by_itself_is_left_alone(question: str):
    first, *others = readings(question, [LIDAR])
    assert first == question or others == [question]


def test_the_first_question_of_a_session_is_what_it_is():
    assert readings("and why?", []) == ("and why?",)


def test_a_short_question_has_two_readings_its_own_first():
    assert readings("What does tf2 do?", [LIDAR]) == (
        "What does tf2 do?",
        "lidar measure distance What does tf2 do?",
    )


def test_the_topic_may_stand_two_questions_before():
    earlier = ["What is behaviour cloning?", "Why do the errors add up?"]
    assert readings("How can that be fixed?", earlier) == (
        "errors add How can that be fixed?",
        "behaviour cloning errors add How can that be fixed?",
    )


def test_names_with_signs_are_carried_whole():
    assert readings("who invented it?", ["What is A*?"]) == ("A* who invented it?",)
    assert readings("why?", ["What's Moravec's paradox, and isn't it old?"]) == (
        "Moravec paradox old why?",
    )


def test_at_most_twelve_words_are_carried_the_last_ones():
    long = " ".join(f"term{n}" for n in range(40))
    (found,) = readings("and why?", [long])
    assert found.split()[:-2] == [f"term{n}" for n in range(28, 40)]
