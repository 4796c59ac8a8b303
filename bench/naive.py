"""The recipe that tutorials give, on the same books and questions: what our search has to beat.

Each chapter's text is cut every 200 word pieces, between words and wherever that falls; the
built-in encoder's vectors and the BM25 of an SQLite FTS5 table each rank the pieces, and
reciprocal rank fusion joins the two. No headings, no sentences, no second stage.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Self

import numpy as np

from glossator.gateways.ports import Embedder
from glossator.insight.measuring import chapter_texts
from glossator.insight.questions import Question, holds
from glossator.library import books
from glossator.retrieval.context import BUDGET, tokens
from glossator.wiring import House

PIECES = 200
# The first of either ranking that are joined; 60 is the constant of Cormack, Clarke and Büttcher,
# "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", 2009.
_FIRST, _K = 50, 60
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a chapter."""

    chapter: str
    text: str


def cut(text: str, embedder: Embedder, pieces: int = PIECES) -> Iterator[str]:
    """A text in parts of at most `pieces` word pieces; a longer word is a part of its own."""
    start = end = size = 0
    words = list(re.finditer(r"\S+", text))
    for word, count in zip(words, embedder.count([w.group() for w in words]), strict=True):
        if size and size + count > pieces:
            yield text[start:end]
            start, size = word.start(), 0
        elif not size:
            start = word.start()
        end, size = word.end(), size + count
    if size:
        yield text[start:end]


def fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    """Numbers by the sum of 1 / (60 + rank), ranks from 1; of equal ones the smaller first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (_K + rank)
    return sorted(scores, key=lambda number: (-scores[number], number))


class Naive:
    """A book's pieces, all in memory. A context manager, for its SQLite table."""

    def __init__(self, embedder: Embedder, chapters: Sequence[tuple[str, str]]) -> None:
        self._embedder = embedder
        self.pieces = [Piece(id_, part) for id_, text in chapters for part in cut(text, embedder)]
        encoded = embedder.encode([piece.text for piece in self.pieces])
        self._vectors = np.array([each.vector for each in encoded])
        self._words = sqlite3.connect(":memory:")
        self._words.execute("CREATE VIRTUAL TABLE pieces USING fts5(text)")
        self._words.executemany(
            "INSERT INTO pieces (rowid, text) VALUES (?, ?)",
            [(n, piece.text) for n, piece in enumerate(self.pieces)],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._words.close()

    def search(self, question: str) -> list[Piece]:
        """The pieces found, best first."""
        (encoded,) = self._embedder.encode([question])
        near = np.argsort(-(self._vectors @ encoded.vector), kind="stable")[:_FIRST]
        words = " OR ".join(f'"{word}"' for word in _WORD.findall(question))
        with closing(self._words.cursor()) as cursor:
            rows = cursor.execute(
                "SELECT rowid FROM pieces WHERE pieces MATCH ? ORDER BY bm25(pieces) LIMIT ?",
                (words, _FIRST),
            ).fetchall()
        return [self.pieces[n] for n in fused([near.tolist(), [row for (row,) in rows]])]


def of_book(house: House, book_id: str) -> Naive:
    """The chapters of a book of the house, cut anew."""
    with house.database.reading() as session:
        texts = chapter_texts(session, books.get(session, book_id))
    return Naive(house.embedder, [(text.chapter_id, text.text) for text in texts])


def place(question: Question, found: Sequence[Piece]) -> int | None:
    """As `glossator.insight.measuring.place`: from 1; by chapters where no evidence is named."""
    if question.evidence:
        hits = [holds(piece.text, question.evidence) for piece in found]
    else:
        hits = [name == question.chapter for name in dict.fromkeys(p.chapter for p in found)]
    return hits.index(True) + 1 if True in hits else None


def in_context(question: Question, found: Sequence[Piece], budget: int = BUDGET) -> bool:
    """Whether the evidence is in the first pieces that fit the budget, in tokens."""
    spent = accumulate(tokens(piece.text) for piece in found)
    read = takewhile(lambda pair: pair[1] <= budget, zip(found, spent, strict=True))
    return any(holds(piece.text, question.evidence) for piece, _ in read)
