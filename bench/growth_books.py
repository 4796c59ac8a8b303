"""A library of any size, made from the sample book: its sentences, other words, vectors nearby.

A made chapter has the sample chapter's text in which most words of four letters and more are
changed for others of the same length, out of the 20,000 English words that the encoder knows as
one piece: nine of ten in the same way in all of a book, the rest in one chapter alone. So a book
has its own subject, and a word stands in some books and not in others. A chunk's vector is the
sample chunk's with its book's topic and some noise of its own added; sentences' and word pieces'
vectors are the sample's. No encoder runs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from bench.corpora import ROOT, add_book, installation
from glossator.gateways.ports import WordEntry
from glossator.library import books
from glossator.library.tables import Document, DocumentBlock, DocumentChunk, DocumentEmbedding, now
from glossator.retrieval.questions import STOP_WORDS
from glossator.wiring import House

BOOK_CHUNKS = 1_200
# Of all chunks, the share that is in one large book.
LARGE = 0.2
_WORD = re.compile(r"\b[A-Za-z][a-z]{3,}\b")
# Of longer words; the others are in all books.
_CHANGED = 0.85
_PIECES = "src/glossator/gateways/embedders/minilm/tokenizer.json"
_TABLES: dict[str, Table] = {
    "documents": Document.__table__,  # type: ignore[dict-item]
    "blocks": DocumentBlock.__table__,  # type: ignore[dict-item]
    "chunks": DocumentChunk.__table__,  # type: ignore[dict-item]
    "embeddings": DocumentEmbedding.__table__,  # type: ignore[dict-item]
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the sample as it is stored: its rows by table."""

    document: Row
    blocks: tuple[Row, ...]
    chunks: tuple[Row, ...]
    embeddings: Mapping[int, Row]


def sample() -> list[Chapter]:
    """The sample book's chapters, read and embedded by the real pipeline."""
    with installation() as house:
        add_book(house, "sample")
        with house.database.reading() as session:
            documents = _rows(session, _TABLES["documents"])
            blocks = _rows(session, _TABLES["blocks"])
            chunks = _rows(session, _TABLES["chunks"])
            vectors = {row["chunk_id"]: row for row in _rows(session, _TABLES["embeddings"])}
    found = []
    for document in documents:
        own = [row for row in chunks if row["document_id"] == document["id"]]
        if own:
            its = tuple(row for row in blocks if row["document_id"] == document["id"])
            found.append(
                Chapter(document, its, tuple(own), {row["id"]: vectors[row["id"]]
                                                    for row in own if row["id"] in vectors})
            )  # fmt: skip
    return found


def sizes(chunks: int) -> dict[str, int]:
    """Chunks of each book of a library: a large one, and others of the usual size.

    A larger library has all books of a smaller one; only the large one grows.
    """
    others = chunks - int(LARGE * chunks) if chunks > BOOK_CHUNKS else chunks
    found = {f"b{n}": BOOK_CHUNKS for n in range(others // BOOK_CHUNKS)} or {"b0": others}
    if chunks > BOOK_CHUNKS:
        found["large"] = chunks - sum(found.values())
    return found


def grow(house: House, chapters: Sequence[Chapter], chunks: int) -> int:
    """Add what a library of so many chunks lacks, chapter by chapter; the chunks added."""
    added, reworded = 0, Rewording()
    for name, size in sizes(chunks).items():
        with house.database.writing() as session:
            collection = books.put(session, name, name, "en", "growth").collection_id
            have = books.chunk_count(session, collection)
            at = _chapters(session, name)
        while have < size:
            chapter = chapters[at % len(chapters)]
            made = _made(chapter, reworded, name, collection, at, size - have)
            with house.database.writing() as session:
                _write(house, session, collection, made)
                books.bump(session, collection)
            have, added, at = have + len(made.chunks), added + len(made.chunks), at + 1
    return added


def _chapters(session: Session, book: str) -> int:
    return len(session.scalars(select(Document.id).where(Document.book_id == book)).all())


def _rows(session: Session, table: Table) -> list[Row]:
    order = list(table.primary_key.columns)
    return [dict(row) for row in session.execute(select(table).order_by(*order)).mappings()]


def _write(house: House, session: Session, collection: str, made: Chapter) -> None:
    session.execute(insert(_TABLES["documents"]), [made.document])
    for table, rows in (("blocks", made.blocks), ("chunks", made.chunks)):
        if rows:
            session.execute(insert(_TABLES[table]), list(rows))
    entries = [
        WordEntry(row["id"], " ".join(row["heading_path"]), row["text"]) for row in made.chunks
    ]
    house.words.add(session, collection, made.document["id"], entries)
    if made.embeddings:
        session.execute(insert(_TABLES["embeddings"]), list(made.embeddings.values()))


def _made(
    chapter: Chapter, reworded: Rewording, book: str, collection: str, at: int, most: int
) -> Chapter:
    """The chapter as number `at` of a book, cut off behind `most` chunks."""
    text = reworded(chapter.document["text"], book, f"{book}/{at}")
    name = f"{chapter.document['chapter_id']}-{at}"
    document = books.document_id(book, name, "en")
    chunks, embeddings, topic = [], {}, _direction(f"book/{book}")
    for row in chapter.chunks[:most]:
        key = f"{document}\x00{row['id']}".encode()
        number = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1
        chunks.append(
            {
                **row,
                "id": number,
                "document_id": document,
                "collection_id": collection,
                "text": text[row["start"] : row["end"]],
                "heading_path": [reworded(part, book) for part in row["heading_path"]],
                "hash": hashlib.sha256(key).hexdigest(),
            }
        )
        if row["id"] in chapter.embeddings:
            known = chapter.embeddings[row["id"]]
            vector = _near(np.frombuffer(known["vector"], dtype="<f4"), topic, number)
            embeddings[number] = {
                **known, "chunk_id": number, "vector": vector.astype("<f4").tobytes(),
            }  # fmt: skip
    head = {
        **chapter.document,
        "id": document,
        "collection_id": collection,
        "book_id": book,
        "chapter_id": name,
        "position": at,
        "text": text,
        "fingerprint": document,
        "last_processed_at": now(),
        "created_at": now(),
    }
    blocks = tuple({**row, "document_id": document} for row in chapter.blocks)
    return Chapter(head, blocks, tuple(chunks), embeddings)


class Rewording:
    """Gives texts other words."""

    def __init__(self) -> None:
        pieces = json.loads((ROOT / _PIECES).read_text("utf-8"))["model"]["vocab"]
        self._words: dict[int, list[str]] = {}
        for piece in pieces:
            if re.fullmatch(r"[a-z]{4,}", piece) and piece not in STOP_WORDS:
                self._words.setdefault(len(piece), []).append(piece)

    def __call__(self, text: str, book: str, chapter: str = "") -> str:
        """The text as it stands in a book's chapter; as long, and each word in its place."""
        known: dict[str, str] = {}

        def other(match: re.Match[str]) -> str:
            word = match[0]
            if word not in known:
                found = self._other(word.lower(), book, chapter)
                known[word] = found.capitalize() if word[0].isupper() else found
            return known[word]

        return _WORD.sub(other, text)

    def _other(self, word: str, book: str, chapter: str) -> str:
        # Whether a word is everybody's, its book's or its chapter's is the same in all books.
        kind, words = _digest(word)[0] / 256, self._words.get(len(word))
        if kind >= _CHANGED or word in STOP_WORDS or words is None:
            return word
        name = chapter if kind < _CHANGED / 10 else book
        return words[int.from_bytes(_digest(f"{name}/{word}")[:4], "big") % len(words)]


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


def _near(
    vector: NDArray[np.float32], topic: NDArray[np.float64], number: int
) -> NDArray[np.float32]:
    found = vector + 0.4 * topic + 0.3 * _direction(f"chunk/{number}")
    near: NDArray[np.float32] = (found / np.linalg.norm(found)).astype(np.float32)
    return near


def _direction(name: str) -> NDArray[np.float64]:
    vector = np.random.default_rng(int.from_bytes(_digest(name)[:8], "big")).normal(size=384)
    direction: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return direction
