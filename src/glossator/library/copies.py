"""The rows of outside copies of the vectors: which there are, who writes to one, what they lack."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.ports import MayPass, VectorEntry, VectorStore
from glossator.library.tables import (
    Collection,
    CopiedCollection,
    DocumentChunk,
    DocumentEmbedding,
    OutsideCopy,
    now,
)

LEASE = timedelta(seconds=30)
# Seconds in which the lease of one who was killed ends.
PATIENCE = LEASE.total_seconds() + 5
_POLL_SECONDS = 0.2
# No collection ever has this version.
NEVER = -1


class Occupied(MayPass):
    """Another process is writing to the copy right now."""


@contextmanager
def claimed(database: Database, name: str, *, patience: float = 0.0) -> Iterator[str]:
    """Be the only one who writes to a copy while the block runs.

    Raises `Occupied` where another one is, for longer than `patience` seconds.
    """
    token, until = secrets.token_hex(8), time.monotonic() + patience
    while not _claim(database, name, token):
        if time.monotonic() >= until:
            raise Occupied(name)
        time.sleep(_POLL_SECONDS)
    mine = (OutsideCopy.name == name) & (OutsideCopy.claim == token)
    try:
        yield token
    finally:
        with database.writing() as session:
            session.execute(update(OutsideCopy).where(mine).values(claim=None, lease_until=None))


def _claim(database: Database, name: str, token: str) -> bool:
    moment = now()
    free = or_(OutsideCopy.lease_until.is_(None), OutsideCopy.lease_until < moment)
    with database.writing() as session:
        done = session.execute(
            update(OutsideCopy)
            .where(OutsideCopy.name == name, free)
            .values(claim=token, lease_until=moment + LEASE)
        )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def renew(database: Database, name: str, token: str, collection: str) -> None:
    """A sign of life; raises `Occupied` where the claim has been lost meanwhile."""
    with database.writing() as session:
        done = session.execute(
            update(OutsideCopy)
            .where(OutsideCopy.name == name, OutsideCopy.claim == token)
            .values(lease_until=now() + LEASE)
        )
        if done.rowcount:  # type: ignore[attr-defined]
            return
        # What was put last came perhaps after another's comparison.
        session.execute(
            update(CopiedCollection)
            .where(CopiedCollection.copy == name, CopiedCollection.collection == collection)
            .values(version=NEVER)
        )
    raise Occupied(name)


def behind(session: Session, name: str) -> list[str]:
    """Collections whose copy is not of their version, or that are no more."""
    copied = CopiedCollection
    this = (copied.collection == Collection.id) & (copied.copy == name)
    changed = session.scalars(
        select(Collection.id)
        .join(copied, this, isouter=True)
        .where(or_(copied.version.is_(None), copied.version != Collection.version))
    ).all()
    gone = session.scalars(
        select(copied.collection)
        .join(Collection, Collection.id == copied.collection, isouter=True)
        .where(copied.copy == name, Collection.id.is_(None))
    ).all()
    return [*changed, *gone]


def free_copies(session: Session) -> None:
    """All claims end: the caller is the only runner, and has only begun."""
    session.execute(update(OutsideCopy).values(claim=None, lease_until=None))


def row_of(session: Session, store: VectorStore, model: str, state: str) -> OutsideCopy | None:
    """A copy's row in a state, None without one."""
    return session.scalar(
        select(OutsideCopy).where(
            OutsideCopy.store == store.describe,
            OutsideCopy.model == model,
            OutsideCopy.state == state,
        )
    )


def new_row(
    session: Session, store: VectorStore, model: str, dimensions: int, state: str
) -> OutsideCopy:
    """A copy's row. Its name is its own for ever: what an old one left can't get into it."""
    digest = hashlib.sha256(f"{store.describe}\x00{model}".encode()).hexdigest()
    row = OutsideCopy(
        name=f"m{digest[:8]}_{secrets.token_hex(3)}",
        store=store.describe,
        model=model,
        dimensions=dimensions,
        state=state,
    )
    session.add(row)
    session.flush()
    return row


def embedded(session: Session, model: str, collection: str) -> set[int]:
    """The chunks of a collection that have a vector of a model."""
    return set(
        session.scalars(
            select(DocumentChunk.id)
            .join(DocumentEmbedding, DocumentEmbedding.chunk_id == DocumentChunk.id)
            .where(DocumentChunk.collection_id == collection, DocumentEmbedding.model == model)
        )
    )


def entries(session: Session, model: str, chunks: Sequence[int]) -> list[VectorEntry]:
    """The vectors of chunks that are still there."""
    rows = session.execute(
        select(DocumentChunk.id, DocumentChunk.document_id, DocumentEmbedding.vector)
        .join(DocumentEmbedding, DocumentEmbedding.chunk_id == DocumentChunk.id)
        .where(DocumentChunk.id.in_(chunks), DocumentEmbedding.model == model)
    )
    return [VectorEntry(row[0], row[1], np.frombuffer(row[2], dtype="<f4")) for row in rows]
