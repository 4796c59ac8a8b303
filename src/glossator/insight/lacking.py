"""Which words of a group of questions a book has, and where: what is missing, in its own terms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.library.tables import Document
from glossator.tutor.statements import stemmer

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_TOKEN = re.compile(r"[\w+*#-]+")
_MOST = 5
# A word in so large a part of the chapters is of the whole book's subject.
_EVERYWHERE = 0.7


class Lacking:
    """The words of books' chapters; reads the chapters' texts once."""

    def __init__(self, session: Session, book_ids: Collection[str]) -> None:
        rows = session.execute(
            select(Document.book_id, Document.chapter_id, Document.title, Document.text)
            .where(Document.book_id.in_(book_ids))
            .order_by(Document.position, Document.language)
        ).all()
        self._stem = stemmer()
        self._titles: dict[tuple[str, str], str] = {}
        self._stems: dict[tuple[str, str], set[str]] = {}
        words: set[str] = set()
        for book_id, chapter_id, title, text in rows:
            key = (book_id or "", chapter_id or "")
            own = {word.lower() for word in _WORD.findall(f"{title}\n{text}")}
            parts = {part for word in own for part in word.split("-")}
            words |= own | parts
            self._titles.setdefault(key, title)
            self._stems.setdefault(key, set()).update(self._stem(word) for word in own | parts)
        # All words of the books, in lower case.
        self.words = frozenset(words)
        self._having = Counter(stem for stems in self._stems.values() for stem in stems)

    def telling(self, question: str, plain: Collection[str]) -> str:
        """The question's words but the plain ones and those that most chapters have."""
        return " ".join(
            word
            for word in _TOKEN.findall(question)
            if word.lower() not in plain and not self._is_everywhere(self._stem(word.lower()))
        )

    def rarity(self, stem: str) -> float:
        """1 for a stem that no chapter has, 0.1 for one that all have, by logarithms."""
        count = len(self._stems) + 1
        return 0.1 + 0.9 * math.log(count / (1 + self._having[stem])) / math.log(max(2, count))

    def _is_everywhere(self, stem: str) -> bool:
        # Of two chapters one can't tell.
        return len(self._stems) > 2 and self._having[stem] >= _EVERYWHERE * len(self._stems)

    def chapters(self, counted: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
        """Chapters with how many questions were asked from each; an unknown one is left out."""
        return [
            {"book_id": key[0], "chapter_id": key[1], "title": self._titles[key], "count": n}
            for key, n in counted.most_common(_MOST)
            if key in self._titles
        ]

    def told(self, book_id: str, chapter_id: str, words: Sequence[str]) -> dict[str, Any]:
        """`absent`: words that no chapter has; `elsewhere`: those that the nearest one lacks."""
        absent: list[str] = []
        elsewhere: list[dict[str, Any]] = []
        for word in words:
            stem = self._stem(word)
            having = [
                key for key, stems in self._stems.items() if key[0] == book_id and stem in stems
            ]
            if not having:
                absent.append(word)
            elif (book_id, chapter_id) not in having:
                chapters = [{"chapter_id": key[1], "title": self._titles[key]} for key in having]
                elsewhere.append({"word": word, "chapters": chapters[:_MOST]})
        return {"absent": absent, "elsewhere": elsewhere}
