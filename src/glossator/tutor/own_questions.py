"""What somebody has asked about: by chapter, and in which of the book's own words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.foundation.web import moment
from glossator.tutor.tables import ChatMessage, ChatSession

# Looked at for one list: the newest questions.
MOST = 2_000
_SHOWN = 12
_SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")
# Words of questions rather than of what they are about.
_PLAIN = frozenset(
    "about after again also answer because been before being between book both chapter could does "
    "doing done down each else even ever every example explain find from give given have help here "
    "into just know like made main make many mean means more most much must need only other over "
    "part please point said same section should show simple since some such tell than that their "
    "them then there these they thing this those through under used uses using very want well were "
    "what when where which while will with word words work would your".split()
)


def overview(db: Session, user_id: int, since: datetime | None) -> dict[str, Any]:
    """A user's questions since a moment, by chapter the most asked first, and words in them.

    A question belongs to the chapter that its first source stands in, or came closest. The words
    are those of questions that stand in their answers' quotes too: the book's own.
    """
    wanted = select(ChatMessage.question, ChatMessage.answer, ChatMessage.asked_at).join(
        ChatSession
    ).where(ChatSession.user_id == user_id)  # fmt: skip
    if since is not None:
        wanted = wanted.where(ChatMessage.asked_at >= since)
    rows = db.execute(wanted.order_by(ChatMessage.asked_at.desc()).limit(MOST)).all()
    chapters: dict[tuple[str, str], dict[str, Any]] = {}
    words: Counter[str] = Counter()
    for question, answer, asked_at in rows:
        sources = answer.get("sources") or []
        words.update(_shared(question, " ".join(str(each.get("quote", "")) for each in sources)))
        place: dict[str, Any] = next(iter(sources or answer.get("nearest") or ()), {})
        if not place.get("book_id") or not place.get("chapter_id"):
            continue
        key = (place["book_id"], place["chapter_id"])
        row = chapters.setdefault(
            key,
            {
                "book_id": key[0],
                "chapter_id": key[1],
                "title": place.get("title") or "",
                "questions": 0,
                "last_asked_at": moment(asked_at),
            },
        )
        row["questions"] += 1
    return {
        "questions": len(rows),
        "chapters": sorted(chapters.values(), key=lambda row: -row["questions"]),
        "words": [
            {"word": word, "questions": n}
            for word, n in sorted(words.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]
        ],
    }


def _shared(question: str, quotes: str) -> set[str]:
    there = set(_words(quotes))
    return {word for word in _words(question) if word in there and word not in _PLAIN}


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if len(word) >= _SHORTEST]
