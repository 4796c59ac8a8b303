"""Short ways to users, uploads and what is left of them."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text

from glossator.accounts.tables import Account
from glossator.foundation.multipart import Received
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Encoded, MayPass
from glossator.library import access, uploads
from glossator.library.embeddings import SqlVectors
from glossator.library.tables import Document, DocumentChunk
from glossator.wiring import House
from glossator.worker import jobs
from small_books import SENSORS


class Moody(FakeEmbedder):
    """An embedder that counts what it embeds and fails when told."""

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self.failing = 0

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[tuple[Encoded, NDArray[np.float32]]]:
        if self.failing:
            self.failing -= 1
            raise MayPass("the provider is down")
        self.embedded += texts
        return super().encode_with_spans(texts, spans)


def long_text(seed: str, sections: int = 12) -> str:
    """A Markdown text of some pages whose words depend on `seed`."""
    return f"# The {seed} book\n\n" + "\n\n".join(
        f"## Section {n}\n\n" + " ".join(
            f"The {seed} number {n} in row {m} measures {n * m} units of {seed}{m}."
            for m in range(12)
        )
        for n in range(sections)
    )  # fmt: skip


def user(house: House, email: str = "ada@example.org") -> int:
    """A new user's id."""
    with house.database.writing() as session:
        account = Account(email=email, email_key=email, name="A", password_hash="x")
        session.add(account)
        session.flush()
        return account.id


def received(content: str | bytes, filename: str = "paper.md") -> Received:
    """A file as a form would have left it."""
    data = content.encode() if isinstance(content, str) else content
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(data)
    return Received("files", filename, Path(file.name), len(data), hashlib.sha256(data).hexdigest())


def upload(
    house: House, user_id: int, content: str | bytes = SENSORS, filename: str = "paper.md"
) -> str:
    """Take a file in; the document's id."""
    item = received(content, filename)
    try:
        return house.intake.take(user_id, item).document.id
    finally:
        item.path.unlink()


def work(house: House) -> None:
    """Run all jobs until nothing waits."""
    busy = True
    while busy:
        done = [step() for step in jobs(house).values()]
        busy = any(done)


def run_until(house: House, stop: threading.Event) -> threading.Thread:
    """The house's own queue at work in a thread."""
    thread = threading.Thread(target=house.queue.run, args=(jobs(house), stop))
    thread.start()
    return thread


def process_anew(house: House, identity: str, content: str | None = None) -> None:
    """Queue a document again, with `content` as what its file gives from now on.

    Files never change; a newer reader gives another text of the same file.
    """
    if content is not None:
        path = document(house, identity).raw_path or ""
        house.files.put(path, [content.encode()], most=10_000_000)
    with house.database.writing() as session:
        house.documents.enqueue(session, session.get_one(Document, identity))


def document(house: House, identity: str) -> Document:
    """A document's row."""
    with house.database.reading() as session:
        return session.get_one(Document, identity)


def statuses(house: House) -> dict[str, str]:
    """The status of every upload."""
    with house.database.reading() as session:
        rows = session.execute(
            select(Document.id, Document.status).where(Document.user_id.is_not(None))
        )
        return dict(rows.all())


def even(house: House, user_id: int) -> int:
    """How many chunks a user has; vectors and words are as many, and all are where they say."""
    collection = access.user_collection(user_id)
    stored = SqlVectors(house.embedder.name, house.embedder.dimensions)
    with house.database.reading() as session:
        chunks = session.scalars(
            select(DocumentChunk).where(DocumentChunk.collection_id == collection)
        ).all()
        code = sum(chunk.kind == "code" for chunk in chunks)
        assert stored.count(session, collection) == len(chunks) - code
        assert house.words.count(session, collection) == len(chunks)
        texts = {
            row.id: row.text for row in session.execute(select(Document.id, Document.text)).all()
        }
        for chunk in chunks:
            assert texts[chunk.document_id][chunk.start : chunk.end] == chunk.text
        for owner in {chunk.document_id for chunk in chunks}:
            places = sorted(chunk.position for chunk in chunks if chunk.document_id == owner)
            assert places == list(range(len(places)))
        return len(chunks)


def traces(house: House, identity: str) -> list[str]:
    """Where in the database and among the files anything of a document is left."""
    found = [name for name in house.files.names("documents") if identity in name]
    with house.database.reading() as session:
        for table, column in (
            ("documents", "id"), ("document_blocks", "document_id"),
            ("document_chunks", "document_id"), ("document_drafts", "document_id"),
            ("draft_embeddings", "document_id"),
        ):  # fmt: skip
            query = text(f"SELECT count(*) FROM {table} WHERE {column} = :id")  # noqa: S608
            if session.scalar(query, {"id": identity}):
                found.append(table)
    return found


def all_own(house: House, user_id: int) -> list[str]:
    """The ids of a user's visible documents."""
    with house.database.reading() as session:
        return list(
            session.scalars(
                select(Document.id).where(
                    Document.user_id == user_id, Document.deleted_at.is_(None)
                )
            )
        )


STATES = uploads.Status
