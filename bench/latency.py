"""What one search costs: CPU per query at the size of a book and at 100,000 chunks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import text

from bench.corpora import SQUAD, load_questions
from glossator.gateways.lexical.sqlite_fts import scope_token
from glossator.gateways.ports import Scope
from glossator.wiring import House


@dataclass(frozen=True, slots=True)
class Latency:
    """CPU and wall-clock milliseconds of one search."""

    cpu_p50: float
    cpu_p95: float
    wall_p50: float
    wall_p95: float


def latency(house: House, book: str, questions: Sequence[str]) -> Latency:
    """Measured after ten warm-up queries."""
    cpu, wall = [], []
    with house.database.reading() as session:
        for n, question in enumerate((*questions[:10], *questions)):
            began, used = time.perf_counter(), time.process_time()
            house.search.search(session, Scope((f"book:{book}",)), question)
            if n >= 10:
                wall.append(time.perf_counter() - began)
                cpu.append(time.process_time() - used)
    points = [float(np.percentile(part, q)) * 1000 for part in (cpu, wall) for q in (50, 95)]
    return Latency(*points)


def squad_questions(count: int) -> list[str]:
    """Questions of natural length."""
    questions = load_questions(SQUAD / "questions.jsonl")
    return [question.question for question in questions if question.answerable][:count]


def multiply(house: House, book: str, copies: int) -> int:
    """Copy a book's rows `copies` times under other ids, vectors and words too; total chunks."""
    with house.database.writing() as session:
        for n in range(copies):
            other = f"{book}-{n}"
            values = {
                "book": book,
                "other": other,
                "c": f"book:{book}",
                "oc": f"book:{other}",
                "suffix": f"-{n}",
                "shift": (n + 1) * 1_000_003,
                "token": scope_token("c", f"book:{other}"),
            }
            for statement in _COPIES:
                session.execute(text(statement), values)
        return int(session.scalar(text("SELECT count(*) FROM document_chunks")) or 0)


_COPIES = (
    "INSERT INTO collections (id, version) VALUES (:oc, 1)",
    "INSERT INTO books SELECT :other, :oc, title, own_title, language, url, visibility, kind, "
    "created_at, updated_at FROM books WHERE id = :book",
    "INSERT INTO documents SELECT id || :suffix, :oc, :other, chapter_id, language, title, "
    "position, depth, part, url_path, source_path, '', headings, words, fingerprint, status, "
    "error, created_at, last_processed_at FROM documents WHERE book_id = :book",
    "INSERT INTO document_chunks SELECT id + :shift, document_id || :suffix, :oc, position, kind, "
    'heading_path, anchor, page, start, "end", text, hash FROM document_chunks '
    "WHERE collection_id = :c",
    "INSERT INTO document_embeddings SELECT e.chunk_id + :shift, e.model, e.vector, e.sentences, "
    "e.spans, e.tokens, e.token_ids, e.token_sentences FROM document_embeddings e "
    "JOIN document_chunks d ON d.id = e.chunk_id WHERE d.collection_id = :c",
    "INSERT INTO chunk_words (rowid, scope, heading, body) SELECT w.rowid + :shift, :token, "
    "w.heading, w.body FROM chunk_words w JOIN document_chunks d ON d.id = w.rowid "
    "WHERE d.collection_id = :c",
)
