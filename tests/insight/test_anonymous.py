"""Personal data goes out of questions by rule; what the book has stays."""

from __future__ import annotations

import pytest

from glossator.insight import anonymous
from glossator.insight.anonymous import Anonymous

BOOK = frozenset(
    "the gears of robots turn a kalman filter dynamics python harris sensor walks what about "
    "reset motor my controller does is waters mark".split()
)
CLEAN = Anonymous(anonymous.load(), BOOK)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Write to ann.lee+x@school.example please", "Write to [email] please"),
        ("Is https://x.example/a?b=c right?", "Is [link] right?"),
        ("Call me at +92 (300) 123-4567!", "Call me at [number]!"),
        ("My id is 20231107, why?", "My id is [number], why?"),
        ("@ann asks: why 9.81 m/s²?", "[name] asks: why 9.81 m/s²?"),
        ("What is 2.5 x 10^3 in 2026?", "What is 2.5 x 10^3 in 2026?"),
        ("میرا نمبر 03001234567 ہے", "میرا نمبر [number] ہے"),
        ("a " * 400, ("a " * 150).strip()),
    ],
)
def test_addresses_and_numbers(question: str, left: str):
    assert CLEAN.told(question) == left.strip()


@pytest.mark.parametrize(
    ("question", "left"),
    [
        # By what introduces them.
        ("My name is Wibke Oltmanns and I ask", "My name is [name] and I ask"),
        ("my name is wibke, what is a motor?", "my name is [name], what is a motor?"),
        ("Ask Dr. Xu about it", "Ask Dr. [name] about it"),
        ("sir ghazanfar said gears turn", "sir [name] said gears turn"),
        ("my friend zog says a motor turns", "my friend [name] says a motor turns"),
        ("my friend says a motor turns", "my friend says a motor turns"),
        ("Thanks, Qiongjie", "Thanks, [name]"),
        ("What is a gear? - Torvald", "What is a gear? - [name]"),
        ("Hi, Oluwaseun here. What is a gear?", "Hi, [name] here. What is a gear?"),
        ("I'm Svetozar, what is a motor?", "I'm [name], what is a motor?"),
        ("I am stuck with a motor", "I am stuck with a motor"),
        ("Mrs Waters asks about gears", "Mrs [name] asks about gears"),
        # By the list, in any case and script.
        ("does ahmed khan know gears", "does [name] know gears"),
        ("AHMED ASKS WHAT A MOTOR IS", "[name] ASKS WHAT A MOTOR IS"),
        ("فاطمہ نے پوچھا", "[name] نے پوچھا"),
        ("Does Mary-Jane turn?", "Does [name] turn?"),
        ("Tell Mark about gears", "Tell [name] about gears"),
        ("Please mark the gears", "Please mark the gears"),
        # By a capital that neither the book nor enough people have.
        ("What about Whitfield and gears?", "What about [name] and gears?"),
        ("Zubaydah wants gears", "[name] wants gears"),
        # What isn't a name.
        ("What does the Kalman Filter do?", "What does the Kalman Filter do?"),
        ("Is the PWM of a CAN bus a sensor?", "Is the PWM of a CAN bus a sensor?"),
        ("Explain Robots to me", "Explain Robots to me"),
    ],
)
def test_names(question: str, left: str):
    assert CLEAN.told(question) == left


def test_a_word_that_three_people_wrote_is_nobodys():
    asked = [("a", "Why does my Arduino reset?"), ("a", "My Arduino"), ("b", "arduino reset")]
    assert "arduino" not in anonymous.shared(asked)
    shared = anonymous.shared([*asked, ("c", "an Arduino")])
    assert "arduino" in shared
    assert Anonymous(CLEAN.names, BOOK).told("My Arduino does turn") == "My [name] does turn"
    assert Anonymous(CLEAN.names, BOOK | shared).told("My Arduino does turn") == (
        "My Arduino does turn"
    )


def test_a_listed_name_goes_even_if_the_book_and_others_have_it():
    known = BOOK | {"ahmed", "harris"}
    assert Anonymous(CLEAN.names, known).told("Does Ahmed turn?") == "Does [name] turn?"
