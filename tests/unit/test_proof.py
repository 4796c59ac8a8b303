"""What a quote proves: its words, numbers and code; in any language, at its right place."""

from __future__ import annotations

import pytest

from glossator.tutor.proof import Evidence, Prover, Spot
from glossator.tutor.statements import segments, stemmer

TEXT = (
    "One pulse takes 67 nanoseconds to come back from a wall. The scanner turns twelve times a "
    "second. Call `scan.start(rate=12)` before you drive. It is marked as laser “Class 1”. "
    "A Stereo camera computes depth from the disparity between two pictures."
)
OTHER = "A motor turns at 3 rad/s. The wall stands ten metres away."
TEXTS = {"one": TEXT, "two": OTHER}
EVIDENCE = [
    Evidence(number, name, 0, text, tuple(segments(text)))
    for number, (name, text) in enumerate(TEXTS.items(), 1)
]
PULSE = "One pulse takes 67 nanoseconds to come back from a wall."
TWELVE = "The scanner turns twelve times a second."
CALL = "Call `scan.start(rate=12)` before you drive."
CLASS = "It is marked as laser “Class 1”."


@pytest.fixture
def prover() -> Prover:
    return Prover(EVIDENCE, TEXTS, stemmer())


def spot(quote: str) -> Spot:
    document = next(name for name, text in TEXTS.items() if quote in text)
    start = TEXTS[document].index(quote)
    return Spot(document, start, start + len(quote))


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("The echo of a pulse needs 67 ns.", PULSE),
        ("The scanner makes 12 turns a second.", TWELVE),
        ("Before driving, call `scan.start(rate=12)`.", CALL),
        ("Its mark is “Class 1”.", CLASS),
        ("ایک پلس کو واپس آنے میں 67 نینو سیکنڈ لگتے ہیں۔", PULSE),
        ("ایک پلس کو واپس آنے میں ۶۷ نینو سیکنڈ لگتے ہیں۔", PULSE),
        ("Ein Puls braucht 67 Nanosekunden für den Weg zur Wand und zurück.", PULSE),
        ("چلانے سے پہلے `scan.start(rate=12)` بلائیں۔", CALL),
    ],
)
def test_what_a_quote_holds_is_supported(prover: Prover, statement: str, quote: str):
    assert prover.supports(statement, [spot(quote)])


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("The echo of a pulse needs 76 ns.", PULSE),
        ("The scanner makes 13 turns a second.", TWELVE),
        ("A pulse takes 67 nanoseconds, at 3 volts.", PULSE),
        ("Before driving, call `scan.stop(rate=12)`.", CALL),
        ("Before driving, call `scan.start(rate=120)`.", CALL),
        ("Its mark is “Class 4”.", CLASS),
        ("ایک پلس کو واپس آنے میں ۷۶ نینو سیکنڈ لگتے ہیں۔", PULSE),
        ("Ein Puls braucht 76 Nanosekunden für den Weg.", PULSE),
        ("چلانے سے پہلے `rm -rf /` بلائیں۔", CALL),
        ("Octopuses taste with their suckers.", PULSE),
    ],
)
def test_what_it_does_not_hold_is_not(prover: Prover, statement: str, quote: str):
    assert not prover.supports(statement, [spot(quote)])


def test_several_quotes_hold_together_what_neither_holds_alone(prover: Prover):
    said = "A pulse takes 67 ns and the scanner turns 12 times a second."
    assert prover.supports(said, [spot(PULSE), spot(TWELVE)])
    assert not prover.supports(said, [spot(PULSE)])
    assert not prover.supports(said, [])


@pytest.mark.parametrize(
    "quote",
    [
        "One pulse takes\n 67  nanoseconds",
        'marked as laser "Class 1"',
        "A Stereo cam\u00adera computes depth",
        "The scan-\nner turns twelve times",
    ],
)
def test_a_quote_may_be_written_differently(prover: Prover, quote: str):
    found = prover.locate(quote, 1)
    assert found is not None
    assert found.document_id == "one"


def test_a_right_quote_under_a_wrong_number_is_moved(prover: Prover):
    for number in (1, 2, 7, None):
        assert prover.locate(TWELVE, number) == spot(TWELVE)
    assert prover.locate("A motor turns at 3 rad/s.", 1) == spot("A motor turns at 3 rad/s.")


@pytest.mark.parametrize("quote", ["The scanner turns thirteen times", "turns", "a wall", ""])
def test_what_stands_nowhere_or_everywhere_is_no_quote(prover: Prover, quote: str):
    assert prover.locate(quote, 1) is None
