"""What was asked and not answered, for authors; and how answers went, for administrators.

Questions are grouped where their words are the same after normalising. Grouping by meaning is not
done here. Who asked isn't told, and what looks like personal data is taken out by rule
(`without_personal_data`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from glossator.foundation.web import moment
from glossator.tutor.answers import Mode
from glossator.tutor.tables import ChatMessage

# Looked at for one list: the newest of what wasn't answered.
MOST = 5_000
_UNANSWERED = (Mode.REFUSED.value, Mode.CLOSEST.value)
_LONGEST = 300
# In this order: an address may hold what looks like a number, and a link an address.
_PERSONAL = (
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"), "[email]"),
    (re.compile(r"(?<!\w)@\w{2,}"), "[name]"),
    # Telephones, cards, numbers of students: seven digits and more, however they are divided.
    (re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}"), "[number]"),
)


@dataclass(slots=True)
class Gap:
    """Equal questions about one place: the newest wording, and how often."""

    question: str
    place: dict[str, Any]
    last: datetime
    count: int = 0


def without_personal_data(question: str) -> str:
    """A question without links, e-mail addresses, @names and numbers of seven digits and more.

    A name that somebody writes out stays: no rule tells it from the book's own words.
    """
    for pattern, instead in _PERSONAL:
        question = pattern.sub(instead, question)
    return " ".join(question.split())[:_LONGEST].rstrip()


def normalised(question: str) -> str:
    """What two spellings of one question share: letters and digits, in one case."""
    plain = unicodedata.normalize("NFKC", question).casefold()
    return " ".join(re.findall(r"[^\W_]+", plain))


def missing(
    db: Session, books: Sequence[str], since: datetime, *, page: int, size: int
) -> tuple[list[dict[str, Any]], int]:
    """Questions without an answer about these books, the most frequent first, and how many.

    The place is that of the passage that came closest. A question whose nearest passages are of
    somebody's own document is nobody else's business and isn't told.
    """
    rows = db.execute(
        select(ChatMessage.question, ChatMessage.answer, ChatMessage.asked_at)
        .where(ChatMessage.mode.in_(_UNANSWERED), ChatMessage.asked_at >= since)
        .order_by(ChatMessage.asked_at.desc())
        .limit(MOST)
    )
    known, found = frozenset(books), dict[tuple[str, str, str], Gap]()
    for question, answer, asked_at in rows:
        nearest = answer.get("nearest") or []
        if not nearest or any(each.get("book_id") not in known for each in nearest):
            continue
        place, told = nearest[0], without_personal_data(question)
        key = (normalised(told), place["book_id"], place["chapter_id"])
        gap = found.setdefault(key, Gap(told, place, asked_at))
        gap.count += 1
    ordered = sorted(found.values(), key=lambda gap: (-gap.count, gap.question))
    return [_gap_object(gap) for gap in ordered[(page - 1) * size : page * size]], len(ordered)


def shares(db: Session, since: datetime) -> dict[str, Any]:
    """How many questions since a moment were answered, refused, or answered with less."""
    degraded = ChatMessage.answer["degraded"].as_string()
    rows = db.execute(
        select(ChatMessage.mode, degraded.label("degraded"), func.count().label("n"))
        .where(ChatMessage.asked_at >= since)
        .group_by(ChatMessage.mode, degraded)
    ).all()
    modes = dict.fromkeys((mode.value for mode in Mode), 0)
    reasons: dict[str, int] = {}
    for mode, reason, n in rows:
        modes[mode] = modes.get(mode, 0) + n
        if reason and reason != "null":
            reasons[reason] = reasons.get(reason, 0) + n
    return {"questions": sum(modes.values()), "modes": modes, "degraded": reasons}


def _gap_object(gap: Gap) -> dict[str, Any]:
    return {
        "question": gap.question,
        "count": gap.count,
        "book_id": gap.place["book_id"],
        "chapter_id": gap.place["chapter_id"],
        "title": gap.place.get("title") or "",
        "last_asked_at": moment(gap.last),
    }
