"""What the books lack, for their authors: questions without a good answer, grouped by meaning.

Who asked isn't told: what tells it is taken out first (`anonymous`), and only what is left is
encoded, grouped, named and shown.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from glossator.insight import anonymous, aside, grouping
from glossator.insight.anonymous import Anonymous
from glossator.insight.lacking import Lacking
from glossator.insight.unanswered import Asked, Whose, unanswered
from glossator.library.active import ActiveIndex
from glossator.retrieval.questions import STOP_WORDS
from glossator.tutor.statements import stemmer

# So many different wordings are grouped: those asked most often, the newest of equal ones.
DIFFERENT = 1_500
_KEPT_VECTORS = 6_000
_WORD = re.compile(r"[^\W\d_]{2,}[\w+#-]*")
_MARK = re.compile(r"\[(?:name|email|number|link)\]")
# Words of questions rather than of what they are about.
_PLAIN = STOP_WORDS | frozenset(
    "please thanks thank hi hello book chapter question difference work works way ways thing "
    "things good best better want know think possible example name email number link kind kinds "
    "happen happens start begin take takes today dear sir much long".split()
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Questions that differ in case and marks alone, as one of them may be shown."""

    question: str
    sought: str
    asked: tuple[Asked, ...]

    @property
    def mark(self) -> aside.Mark:
        """By what it is put aside."""
        return aside.mark(self.asked[0].place["book_id"], normalised(self.question))


@dataclass(frozen=True, slots=True)
class Group:
    """Wordings of one subject, the most central first, and the words that name it."""

    name: tuple[str, ...]
    wordings: tuple[Wording, ...]

    @property
    def asked(self) -> list[Asked]:
        """All its questions."""
        return [asked for wording in self.wordings for asked in wording.asked]


class Gaps:
    """Makes the report; `whose` questions may be told, `most_days` back."""

    def __init__(self, index: ActiveIndex, whose: Whose = "all", most_days: int = 366) -> None:
        self._index = index
        self._whose = whose
        self.most_days = most_days
        self._vectors: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    def groups(
        self, session: Session, books: Sequence[str], since: datetime
    ) -> tuple[list[Group], Lacking]:
        """The questions about these books since a moment, the most asked subject first.

        Also what the books' chapters have of their words.
        """
        asked = unanswered(session, frozenset(books), since, self._whose)
        lacking = Lacking(session, {each.place["book_id"] for each in asked})
        away = aside.of(session, books)
        wordings = [each for each in _wordings(asked, lacking) if each.mark not in away]
        return self._grouped(session, wordings, lacking), lacking

    def subject(
        self, session: Session, books: Sequence[str], question: str, since: datetime
    ) -> list[aside.Mark]:
        """By what a question's group is put aside: all wordings that stand in it.

        Also of what is put aside already. Empty where the books have no such question.
        """
        asked = unanswered(session, frozenset(books), since, self._whose)
        lacking = Lacking(session, {each.place["book_id"] for each in asked})
        wanted = normalised(question)
        for group in self._grouped(session, _wordings(asked, lacking), lacking):
            if any(normalised(each.question) == wanted for each in group.wordings):
                return [each.mark for each in group.wordings]
        return []

    def _grouped(
        self, session: Session, wordings: Sequence[Wording], lacking: Lacking
    ) -> list[Group]:
        if not wordings:
            return []
        vectors = self._meanings(session, [each.sought for each in wordings], lacking)
        grouped = grouping.groups(vectors)
        words = [[words_of(wordings[n].question) for n in members] for members in grouped]
        named = grouping.names(words, stemmer(), _PLAIN, lacking.rarity)
        counts = [len(each.asked) for each in wordings]
        found = [
            Group(
                tuple(name), tuple(wordings[n] for n in grouping.central(vectors, members, counts))
            )
            for members, name in zip(grouped, named, strict=True)
        ]
        return sorted(found, key=lambda group: (-len(group.asked), group.name))

    def _meanings(
        self, session: Session, texts: Sequence[str], lacking: Lacking
    ) -> grouping.Vectors:
        """Vectors [n, d]: of the whole question and of its telling words, added.

        Words that most chapters have ("robot" in a book on robots) and those of any question tell
        nothing of the subject.
        """
        telling = [lacking.telling(text, _PLAIN) or text for text in texts]
        every = self._encoded(session, [*texts, *telling])
        summed: grouping.Vectors = every[: len(texts)] + every[len(texts) :]
        return summed

    def _encoded(self, session: Session, texts: Sequence[str]) -> grouping.Vectors:
        """Vectors [n, d] of texts; those of earlier reports are kept in memory."""
        encoder = self._index.embedder(session)
        keys = [(encoder.name, text) for text in texts]
        with self._lock:
            known = {key: self._vectors[key] for key in keys if key in self._vectors}
        new = list(dict.fromkeys(key for key in keys if key not in known))
        encoded = encoder.encode([text for _, text in new])
        known |= {key: each.vector for key, each in zip(new, encoded, strict=True)}
        with self._lock:
            self._vectors.update((key, known[key]) for key in new)
            while len(self._vectors) > _KEPT_VECTORS:
                self._vectors.popitem(last=False)
        return np.array([known[key] for key in keys], np.float32)


def normalised(question: str) -> str:
    """What two spellings of one question share: letters and digits, in one case."""
    plain = unicodedata.normalize("NFKC", question).casefold()
    return " ".join(re.findall(r"[^\W_]+", plain))


def words_of(question: str) -> list[str]:
    """A question's words in lower case, without our own marks for what was taken out."""
    return _WORD.findall(_MARK.sub(" ", question).casefold())


def _hidden(told: str) -> int:
    return told.count(anonymous.NAME)


def _wordings(asked: Sequence[Asked], lacking: Lacking) -> list[Wording]:
    """Different wordings without personal data, those asked most often first."""
    shared = anonymous.shared((each.asker, each.question) for each in asked)
    clean = Anonymous(anonymous.load(), lacking.words | shared)
    equal: dict[str, list[Asked]] = {}
    for each in asked:
        equal.setdefault(normalised(anonymous.without_numbers(each.question)), []).append(each)
    found: dict[str, list[tuple[str, Asked]]] = {}
    for same_words in equal.values():
        # One in capitals hides fewer names than the same in small letters.
        told = max((clean.told(each.question) for each in same_words), key=_hidden)
        # Of some nothing is left.
        if words_of(told):
            found.setdefault(normalised(told), []).extend((told, each) for each in same_words)
    wordings = [
        Wording(
            same[0][0],
            _MARK.sub(" ", clean.told(same[0][1].sought)).strip() or same[0][0],
            tuple(each for _, each in same),
        )
        for same in found.values()
    ]
    return sorted(wordings, key=lambda item: -len(item.asked))[:DIFFERENT]
