"""Two runs of one question set: what got better or worse, and which edit of the book did it; pure.

A baseline keeps each question's outcome and the hashes of all chapters and sections. A question
is blamed on an edit where the edit touches the section that should answer it, or one that is
found or cited now and wasn't before, or the other way round. Where no edit touches it, the book
is not the reason: the program, its model, its settings or the question itself changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glossator.foundation.errors import BadRequest
from glossator.insight import editions
from glossator.insight.editions import SEPARATOR, Chapter, Edit
from glossator.insight.outcomes import CLOSEST, REFUSED, Outcome
from glossator.insight.questions import Question

FORMAT = 1
_PLACES = (1, 5, 10)
_LEVELS = ("refused", "another chapter cited", "left open", "right chapter cited",
           "right heading cited", "evidence quoted")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """What a baseline keeps of a question."""

    question: str
    standing: tuple[int, int]
    said: str
    sections: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier run: which program and encoder, its figures, questions and the book's state."""

    made_by: Mapping[str, Any]
    figures: Mapping[str, Any]
    questions: Mapping[str, Kept]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A question that got better or worse, and the edits that touch it, the likeliest first."""

    id: str
    question: str
    better: bool
    before: str
    after: str
    edits: tuple[Edit, ...]

    @property
    def reason(self) -> str:
        """The likeliest edit in words."""
        if self.edits:
            return self.edits[0].sentence()
        return "no edit of the book touches it: the program, its settings or the question changed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs from a baseline; `program` are facts of the run that differ."""

    changes: tuple[Change, ...]
    edits: tuple[Edit, ...]
    program: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def worse(self) -> tuple[Change, ...]:
        """Those that got worse."""
        return tuple(change for change in self.changes if not change.better)

    @property
    def better(self) -> tuple[Change, ...]:
        """Those that got better."""
        return tuple(change for change in self.changes if change.better)


class BadBaseline(BadRequest):
    """A file holds no baseline."""

    title = "The baseline can't be read"


def baseline_object(
    made_by: Mapping[str, Any],
    figures: Mapping[str, Any],
    outcomes: Iterable[Outcome],
    chapters: Sequence[Chapter],
) -> dict[str, Any]:
    """A run as `--save` writes it."""
    kept = {each.id: kept_of(each) for each in outcomes}
    return {
        "format": FORMAT,
        "made_by": dict(made_by),
        "figures": figures,
        "questions": {
            name: {
                "question": each.question,
                "standing": list(each.standing),
                "said": each.said,
                "sections": [list(section) for section in each.sections],
            }
            for name, each in kept.items()
        },
        "chapters": editions.as_objects(chapters),
    }


def read_baseline(text: str) -> Baseline:
    """The way back; raises `BadBaseline`."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise BadBaseline(
                f"The baseline has format {raw['format']}, this program reads {FORMAT}. Save it "
                "anew with --save."
            )
        return Baseline(
            raw["made_by"],
            raw["figures"],
            {
                name: Kept(
                    row["question"],
                    (int(row["standing"][0]), int(row["standing"][1])),
                    row["said"],
                    tuple((str(a), str(b)) for a, b in row["sections"]),
                )
                for name, row in raw["questions"].items()
            },
            tuple(editions.from_objects(raw["chapters"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise BadBaseline("The file holds no baseline. Write one with --save FILE.") from None


def kept_of(outcome: Outcome) -> Kept:
    """An outcome as a baseline keeps it."""
    places = tuple(dict.fromkeys((each.chapter or "", each.section) for each in outcome.cited))
    return Kept(outcome.question, standing(outcome), said(outcome), places)


def standing(outcome: Outcome) -> tuple[int, int]:
    """How well a question fares; a larger one is better. The second part is search's alone."""
    if not outcome.answerable:
        return ({REFUSED: 2, CLOSEST: 1}.get(outcome.mode, 0), 0)
    place = outcome.place
    found = 0 if place is None else sum(place <= n for n in _PLACES)
    if outcome.mode == REFUSED:
        return (0, found)
    if outcome.mode == CLOSEST:
        return (2, found)
    if outcome.evidence:
        return (5, found)
    if outcome.heading:
        return (4, found)
    # A set without chapters can't say that another one was cited.
    return (1 if outcome.chapter is False else 3, found)


def said(outcome: Outcome) -> str:
    """The same in words."""
    level, _ = standing(outcome)
    if not outcome.answerable:
        return ("answered", "left open", "refused")[level]
    where = "nowhere" if outcome.place is None else f"in place {outcome.place}"
    return f"{_LEVELS[level]}, found {where}" if outcome.judged else _LEVELS[level]


def compare(
    baseline: Baseline,
    outcomes: Sequence[Outcome],
    questions: Sequence[Question],
    chapters: Sequence[Chapter],
    made_by: Mapping[str, Any],
) -> Comparison:
    """What differs from the baseline; questions are known again by id and wording."""
    edits = editions.edits(baseline.chapters, chapters)
    asked = {question.id: question for question in questions}
    changes, fresh = [], []
    for outcome in outcomes:
        before = baseline.questions.get(outcome.id)
        if before is None or before.question != outcome.question:
            fresh.append(outcome.id)
            continue
        now = kept_of(outcome)
        if now.standing != before.standing:
            touching = _touching(asked[outcome.id], before, now, edits)
            better = now.standing > before.standing
            changes.append(
                Change(outcome.id, outcome.question, better, before.said, now.said, tuple(touching))
            )
    program = [
        f"{name}: {baseline.made_by.get(name)} then, {made_by.get(name)} now"
        for name in sorted({*baseline.made_by, *made_by} - {"when"})
        if baseline.made_by.get(name) != made_by.get(name)
    ]
    gone = [name for name in baseline.questions if name not in asked]
    return Comparison(tuple(changes), tuple(edits), tuple(program), tuple(fresh), tuple(gone))


def _touching(question: Question, before: Kept, now: Kept, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that may have moved a question, the likeliest first."""
    own = [edit for edit in edits if _is_of(edit, question)]
    swapped = {*now.sections} ^ {*before.sections}
    moved = [edit for edit in edits if any(_is_at(edit, place) for place in swapped)]
    same = [edit for edit in edits if edit.chapter_id == question.chapter]
    kept = {*now.sections} & {*before.sections}
    still = [edit for edit in edits if any(_is_at(edit, place) for place in kept)]
    return list(dict.fromkeys([*own, *moved, *still, *same]))


def _is_of(edit: Edit, question: Question) -> bool:
    if edit.chapter_id != question.chapter:
        return False
    return edit.heading is None or question.heading in (edit.heading, edit.now)


def _is_at(edit: Edit, place: tuple[str, str]) -> bool:
    chapter, section = place
    if edit.chapter_id != chapter:
        return False
    last = section.rpartition(SEPARATOR)[2]
    return edit.heading is None or last in (edit.heading, edit.now)
