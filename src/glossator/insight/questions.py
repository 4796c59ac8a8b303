"""Question sets: what is asked of a book, and where its answer stands; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glossator.foundation.errors import BadRequest

_MARKUP = re.compile(r"[*_`|\\$]+|\s+")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set.

    `chapter` is the id of the chapter that answers it, `heading` the one above the answer.
    `evidence` are alternatives, verbatim from the book; `answers` short answers, `answer` one in
    whole words. `style` tells wordings apart (natural, hard). `line` is where it stands in its
    file, from 1.
    """

    id: str
    question: str
    answerable: bool
    chapter: str | None = None
    evidence: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    style: str = "natural"
    heading: str | None = None
    answer: str | None = None
    line: int = 0


FOREIGN, REMOVED = "foreign", "removed"


class BadQuestions(BadRequest):
    """A file of questions can't be read; the sentence says which line."""

    title = "The questions can't be read"


def parse(text: str) -> list[Question]:
    """The questions of a file in JSON lines; SQuAD's field `passage` serves as `chapter`.

    Raises `BadQuestions` for a line that is none, an id that comes twice, and an empty file.
    """
    found: dict[str, Question] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        question = _question(_row(line, number), number)
        if question.id in found:
            raise BadQuestions(f"Line {number}: the id {question.id} stands twice.")
        found[question.id] = question
    if not found:
        raise BadQuestions("There is no question in the file.")
    return list(found.values())


def foreign(questions: Iterable[Question]) -> list[Question]:
    """Another book's questions, which this one doesn't answer; their ids begin with `foreign:`."""
    return [
        Question(f"{FOREIGN}:{each.id}", each.question, False, style=FOREIGN, line=each.line)
        for each in questions
    ]


def removed(questions: Iterable[Question]) -> list[Question]:
    """Questions to be asked again without their own `chapter`, which is left out of the search."""
    return [
        Question(f"{REMOVED}:{each.id}", each.question, False, each.chapter, style=REMOVED,
                 line=each.line)
        for each in questions
        if each.answerable and each.chapter is not None
    ]  # fmt: skip


def written(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def folded(text: str) -> str:
    """Text with markup and white space reduced, for comparing evidence with a passage."""
    return " ".join(_MARKUP.sub(" ", text).lower().split())


def holds(text: str, parts: Sequence[str]) -> bool:
    """Whether a text holds one of the parts whole, whatever the markup and the line breaks."""
    if not parts:
        return False
    inside = folded(text)
    return any(folded(part) in inside for part in parts)


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadQuestions(f"Line {number} is no JSON object.") from None
    if not isinstance(row, dict):
        raise BadQuestions(f"Line {number} is no JSON object.")
    return row


def _question(row: dict[str, Any], number: int) -> Question:
    text = row.get("question")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise BadQuestions(f"Line {number}: `question` has 1 to 2,000 characters.")
    if not isinstance(row.get("answerable"), bool):
        raise BadQuestions(f"Line {number}: `answerable` is true or false.")
    return Question(
        id=str(row.get("id") or f"line-{number}"),
        question=text,
        answerable=row["answerable"],
        chapter=_text(row, "chapter", number) or _text(row, "passage", number),
        evidence=_several(row, "evidence", number),
        answers=_several(row, "answers", number),
        style=_text(row, "style", number) or "natural",
        heading=_text(row, "heading", number),
        answer=_text(row, "answer", number),
        line=number,
    )


def _text(row: dict[str, Any], name: str, number: int) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadQuestions(f"Line {number}: `{name}` is a text.")
    return value or None


def _several(row: dict[str, Any], name: str, number: int) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str) and p.strip() for p in parts):
        raise BadQuestions(f"Line {number}: `{name}` is a text or a list of texts.")
    return tuple(parts)
