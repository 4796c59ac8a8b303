"""Whether a book still holds what a question set says of it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from glossator.insight.editions import ChapterText, stretches
from glossator.insight.questions import Question, folded

Kind = Literal["chapter missing", "heading missing", "evidence missing", "evidence elsewhere"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A place that a question names and the book hasn't any more."""

    question: str
    line: int
    kind: Kind
    chapter: str
    heading: str | None
    sentence: str


def damages(questions: Iterable[Question], chapters: Sequence[ChapterText]) -> list[Damage]:
    """What is missing, by question; empty where the set fits the book."""
    texts = {chapter.chapter_id: chapter for chapter in chapters}
    inside = {chapter.chapter_id: folded(chapter.text) for chapter in chapters}
    found: list[Damage] = []
    for question in questions:
        if question.answerable and question.chapter is not None:
            found += _of(question, question.chapter, texts, inside)
    return found


def _of(
    question: Question, chapter_id: str, texts: dict[str, ChapterText], inside: dict[str, str]
) -> list[Damage]:
    chapter = texts.get(chapter_id)
    wanted = [folded(part) for part in question.evidence]
    if chapter is None:
        elsewhere = _holding(wanted, inside)
        hint = f" Its evidence stands in chapter {elsewhere}." if elsewhere else ""
        said = f"the book has no chapter {chapter_id}.{hint}"
        return [_damage(question, "chapter missing", chapter_id, said)]
    found = []
    held = any(part in inside[chapter_id] for part in wanted)
    if wanted and not held:
        elsewhere = _holding(wanted, inside)
        where = f", “{question.heading}”" if question.heading else ""
        place = f"chapter {chapter_id} ({chapter.title}){where}"
        if elsewhere:
            said = f"the evidence stands in chapter {elsewhere}, no longer in {place}."
            found.append(_damage(question, "evidence elsewhere", chapter_id, said))
        else:
            said = f"evidence not found in the book; it stood in {place}."
            found.append(_damage(question, "evidence missing", chapter_id, said))
    named = {folded(heading) for _, heading, _, _ in stretches(chapter)} | {folded(chapter.title)}
    if question.heading and folded(question.heading) not in named:
        now = _above(wanted, chapter) if held else None
        hint = f" The evidence stands under “{now}” now." if now else ""
        said = f"chapter {chapter_id} ({chapter.title}) has no heading “{question.heading}”.{hint}"
        found.append(_damage(question, "heading missing", chapter_id, said))
    return found


def _damage(question: Question, kind: Kind, chapter: str, said: str) -> Damage:
    sentence = f"Question {question.id} (line {question.line}): {said}"
    return Damage(question.id, question.line, kind, chapter, question.heading, sentence)


def _holding(wanted: Sequence[str], inside: dict[str, str]) -> str | None:
    return next(
        (name for name, text in inside.items() if any(part in text for part in wanted)), None
    )


def _above(wanted: Sequence[str], chapter: ChapterText) -> str | None:
    for _, heading, start, end in stretches(chapter):
        text = folded(chapter.text[start:end])
        if any(part in text for part in wanted):
            return heading
    return None
