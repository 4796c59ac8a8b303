"""Whole chapters, made ones and real ones: split, translated by a faithful script, put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adaptation_tools import LIDAR, chapter, urdu
from glossator.adaptation import recipes, wording
from glossator.adaptation.assembly import Made, assemble
from glossator.adaptation.glossary import Glossary
from glossator.adaptation.protect import Kind, protect
from glossator.adaptation.sizes import RETELLING_TOKENS, TRANSLATION_TOKENS, tokens
from glossator.adaptation.splitting import Part, Rules, Unit, parts
from glossator.adaptation.tongues import TONGUES
from glossator.adaptation.verify import Verifier, translation
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.library.content import CanonicalText
from glossator.library.variants import State
from house_tools import SAMPLE
from real_data import BOOKS
from translators import faithful

UR = TONGUES["ur"]
PIECE_KINDS = (Kind.CODE, Kind.MATH, Kind.LINK, Kind.IMAGE)


def chapters_of(folder: Path, most: int | None = None) -> Iterator[CanonicalText]:
    for source in read_sources([folder], ReadLimits()):
        for number, each in enumerate(source.chapters):
            if most is None or number < most:
                yield each.content


def translated(made: CanonicalText) -> tuple[list[Unit], dict[Unit, Made], list[str]]:
    """All units, what passed of them, and what was found wrong with good texts."""
    rules = urdu()
    verifier = Verifier(translation(UR, "en"))
    results: dict[Unit, Made] = {}
    wrong: list[str] = []
    units: list[Unit] = []
    for part in parts(made.text, made.blocks, rules):
        units += part.units
        reply = wording.read(
            faithful(wording.request(part, "T", Glossary())), len(part.units), additions=False
        )
        wrong += reply.wrong
        if reply.wrong:
            continue
        whole = verifier.part(part.units, reply.texts)
        wrong += [f"part: {each}" for each in whole]
        for unit, said in zip(part.units, reply.texts, strict=True):
            checked = verifier.unit(unit, said)
            results[unit] = Made(checked.text)
            if checked.wrong:
                wrong.append(f"{unit.text[:200]!r}: {checked.wrong}")
    return units, results, wrong


def kept_pieces(text: str) -> list[tuple[Kind, str]]:
    """Code, formulas, images and links' targets, in order."""
    return [
        (piece.kind, piece.text if piece.close is None else piece.close)
        for piece in protect(text).pieces
        if piece.kind in PIECE_KINDS
    ]


def check_chapter(made: CanonicalText) -> tuple[int, list[str]]:
    units, results, wrong = translated(made)
    whole = assemble(made.text, made.blocks, units, results)
    assert len([b for b in whole.blocks if b.state is not State.ADDED]) == len(made.blocks)
    for block, aligned in zip(made.blocks, whole.blocks, strict=True):
        before, after = (
            made.text[block.start : block.end],
            whole.content[aligned.start : aligned.end],
        )
        if aligned.state is not State.ADAPTED:
            assert before == after
        else:
            assert kept_pieces(before) == kept_pieces(after), (before, after)
    return len(units), wrong


@pytest.mark.parametrize(
    ("book", "most"),
    [("sample", None), ("docusaurus-robotics", None), ("mkdocs-cp-algorithms", 40)],
)
def test_real_books_keep_every_piece_and_raise_no_alarm(
    book: str, most: int | None, figures: Callable[[str], None]
):
    if book != "sample" and BOOKS is None:
        pytest.skip("The real books aren't here.")
    folder = SAMPLE if book == "sample" else (BOOKS or SAMPLE) / book
    units, alarms, count = 0, [], 0
    for made in chapters_of(folder, most):
        found, wrong = check_chapter(made)
        units, count = units + found, count + 1
        alarms += wrong
    figures(f"{book}: {count} chapters, {units} blocks, {len(alarms)} false alarms")
    assert len(alarms) < units / 100, "\n".join(alarms[:40])


def test_calls_stay_under_their_limits():
    """Every call of real chapters, into every language, rules and second try included."""
    words = wording.load()
    again = tokens(words.again(["x" * 400]))
    seen = 0
    for made in [*chapters_of(SAMPLE), chapter(LIDAR)]:
        for tongue in TONGUES.values():
            told = words.translating(tongue.name)
            rules, system = recipes.translating(tongue, None, told), tokens(told)
            for part in parts(made.text, made.blocks, rules):
                asked = tokens(wording.request(part, "T" * 150, Glossary()))
                total = system + asked + again + recipes.output(rules, part)
                assert total <= TRANSLATION_TOKENS, total
                seen += 1
        for level in recipes.LEVELS:
            told = words.retelling(level, "jetson")
            rules, system = recipes.retelling(level, None, told), tokens(told)
            for part in parts(made.text, made.blocks, rules):
                asked = tokens(wording.request(part, "T" * 150, Glossary()))
                total = system + asked + again + recipes.output(rules, part)
                assert total <= RETELLING_TOKENS, total
    assert seen > 100


def long_chapter(sections: int) -> str:
    paragraph = (
        "The arm of the robot moves because a motor turns a gear that is fastened to it, and the "
        "controller reads the angle of number {n} many times in a second before it decides again. "
    )
    return "\n\n".join(
        f"## Section {chr(65 + n % 26)}{n}\n\n" + "\n\n".join(
            (paragraph * 3).format(n=n * 10 + k) for k in range(2)
        )
        for n in range(sections)
    )  # fmt: skip


def prints(markdown: str) -> list[str]:
    made = chapter(markdown)
    return [part.fingerprint for part in parts(made.text, made.blocks, urdu())]


def test_an_edited_paragraph_changes_one_part_of_thirty():
    text = long_chapter(30)
    before = prints(text)
    assert len(before) >= 30
    for n in (0, 7, 15, 29):
        edited = text.replace(f"number {n * 10} ", f"number {n * 10} of all of them ", 1)
        after = prints(edited)
        assert len(set(after) - set(before)) == 1, n


def test_a_block_too_large_for_a_call_is_cut_and_put_together_again():
    sentence = "The robot sees the wall and stops before it, because a wall is hard. "
    items = "\n".join(
        f"- The item with `code_{n}` says that a wall is hard to see." for n in range(200)
    )
    rows = "\n".join(f"| a cell of words {n} | `f({n})` and words |" for n in range(150))
    made = chapter(
        f"# Long\n\n{sentence * 200}\n\n{items}\n\n| head of it | tail |\n|---|---|\n{rows}\n"
    )
    units, results, wrong = translated(made)
    assert wrong == []
    assert len(units) > 15
    whole = assemble(made.text, made.blocks, units, results)
    assert whole.completeness == 1.0
    assert [block.kind for block in whole.blocks] == [block.kind for block in made.blocks]
    assert whole.content.count("\n- ") == 200 - 1 + 1
    assert len(re.findall(r"^\|", whole.content, re.MULTILINE)) == 152
    assert kept_pieces(whole.content) == kept_pieces(made.text)


def test_what_failed_stays_and_is_told():
    made = chapter(LIDAR)
    units, results, _ = translated(made)
    failed = units[1]
    results[failed] = Made(None, reason="it is in English")
    whole = assemble(made.text, made.blocks, units, results)
    (told,) = whole.originals
    assert told["reason"] == "it is in English"
    assert made.blocks[1].block_id == told["block_id"]
    assert 0 < whole.completeness < 1
    assert made.text[made.blocks[1].start : made.blocks[1].end] in whole.content


def test_hardware_matters_only_to_parts_with_commands():
    rules = recipes.retelling("beginner", None, "Tell it.")
    (plain,) = _parts(
        chapter("A chair has four legs and stands on the floor of every room."), rules
    )
    (robots,) = _parts(chapter("Start the robot with care and watch what its camera shows."), rules)
    assert recipes.hardware_for(plain, "jetson") == "any"
    assert recipes.hardware_for(robots, "jetson") == "jetson"


def _parts(made: CanonicalText, rules: Rules) -> tuple[Part, ...]:
    return parts(made.text, made.blocks, rules)
