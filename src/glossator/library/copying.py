"""Keep the outside copy of the vectors what SQL says, whatever was killed in between.

SQL's transaction changes a collection's version; a copy notes which version it holds. Where the
two differ, the ids on both sides are compared, and what is missing is put and what is too much
removed: the same step fills a new copy, follows an upload or a deletion, and mends. It begins
with a note that the collection may be in the copy, so that nothing stays there unknown.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.telemetry import log
from glossator.gateways.ports import MayPass, StoreFailed, VectorCopy, VectorEntry, VectorStore
from glossator.library.active import ActiveIndex
from glossator.library.embeddings import SqlVectors
from glossator.library.tables import (
    Collection,
    CopiedCollection,
    DocumentChunk,
    DocumentEmbedding,
    OutsideCopy,
    now,
)

# The job's name, as queues know it.
COPY = "vectors.copy"
LEASE = timedelta(seconds=30)
# Seconds in which the lease of one who was killed ends.
PATIENCE = LEASE.total_seconds() + 5
_BATCH = 256
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# A collection that keeps changing is compared again only after so many times what that took.
_REST = 5.0
_POLL_SECONDS = 0.2
# No collection ever has this version.
_NEVER = -1

Report = Callable[[int, int], None]


class Occupied(MayPass):
    """Another process is writing to the copy right now."""


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """The copy in use: its name in the store, and how many chunks it holds of how many."""

    name: str
    held: int
    wanted: int
    behind: int


@dataclass(frozen=True, slots=True)
class _Open:
    """A copy as it stands in the database, with the store's own part."""

    name: str
    model: str
    dimensions: int
    copy: VectorCopy


class Copying:
    """Fills and mends copies in one store; without a store there is nothing to do."""

    def __init__(self, database: Database, store: VectorStore | None, index: ActiveIndex) -> None:
        self._database = database
        self._store = store
        self._index = index
        self._pause, self._not_before = _FIRST_PAUSE, 0.0
        self._resting: dict[str, float] = {}
        # Where a server starts, all is compared once: a copy may have lost what it had.
        self._check = threading.Event()
        self._check.set()

    @property
    def store(self) -> VectorStore | None:
        """The store, None where SQL's own vectors are all there is."""
        return self._store

    def step(self) -> bool:
        """Bring one collection of the copy in use up to date; whether there was one."""
        if self._store is None or time.monotonic() < self._not_before:
            return False
        try:
            return self._stepped(self._store)
        except Occupied:
            return False
        except StoreFailed as error:
            log(__name__).warning("the copy of the vectors waits", reason=str(error))
            self._not_before = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            return False

    def recheck(self) -> None:
        """Have the counts on both sides compared at the next step."""
        self._check.set()

    def catch_up(
        self,
        *,
        everything: bool = False,
        patience: float = 0.0,
        report: Report = lambda *_: None,
    ) -> None:
        """Bring the copy in use up to date now; with `everything` compare all, changed or not.

        Raises `StoreFailed`, and `Occupied` while another process is at it, for longer than
        `patience` seconds.
        """
        if self._store is not None:
            opened = self._in_use(self._store)
            self._fill(opened, everything=everything, patience=patience, report=report)
            self._drop_leaving(self._store)

    def rebuild(
        self, model: str, dimensions: int, *, anew: bool, report: Report = lambda *_: None
    ) -> None:
        """Fill a copy beside the one in use, and put it in its place; goes on after a kill.

        Without `anew` one that is there for the embedder is only brought up to date. The caller
        is the only one who does this. Raises `StoreFailed`; what was copied by then is kept.
        """
        if self._store is None:
            return
        with self._database.writing() as session:
            row = _row(session, self._store, model, "building")
            if row is None and not anew:
                row = _row(session, self._store, model, "active")
            if row is None:
                row = _new(session, self._store, model, dimensions, "building")
            if row.state == "building":
                row.claim = row.lease_until = None
        opened = self._opened(self._store, row)
        self._fill(opened, everything=False, patience=PATIENCE, report=report)
        with self._database.writing() as session:
            session.execute(
                update(OutsideCopy)
                .where(
                    OutsideCopy.store == self._store.describe,
                    OutsideCopy.model == model,
                    OutsideCopy.state == "active",
                    OutsideCopy.name != row.name,
                )
                .values(state="leaving")
            )
            session.get_one(OutsideCopy, row.name).state = "active"
        self._drop_leaving(self._store)

    def leave(self, session: Session, model: str) -> None:
        """Let the copies of all other embedders go, in any store."""
        session.execute(
            update(OutsideCopy).where(OutsideCopy.model != model).values(state="leaving")
        )

    def counts(self) -> CopyCounts | None:
        """What the copy in use holds; None without a store. Raises `StoreFailed`."""
        if self._store is None:
            return None
        opened = self._in_use(self._store)
        with self._database.reading() as session:
            wanted = SqlVectors(opened.model, opened.dimensions).total(session)
            behind = len(self._behind(session, opened.name))
        return CopyCounts(opened.name, opened.copy.count(), wanted, behind)

    def held(self, collection: str) -> int:
        """How many chunks of a collection the copy in use holds. Raises `StoreFailed`."""
        if self._store is None:
            return 0
        return len(self._in_use(self._store).copy.held(collection))

    def _stepped(self, store: VectorStore) -> bool:
        opened = self._in_use(store)
        if self._check.is_set():
            self._check_counts(opened)
        self._drop_leaving(store)
        with self._database.reading() as session:
            behind = self._behind(session, opened.name)
        moment = time.monotonic()
        for collection in behind:
            if self._resting.get(collection, 0.0) <= moment:
                with self._claimed(opened.name) as token:
                    self._bring(opened, collection, token)
                took = time.monotonic() - moment
                self._resting = {
                    name: until for name, until in self._resting.items() if until > moment
                } | {collection: time.monotonic() + _REST * took}
                self._pause = _FIRST_PAUSE
                return True
        return False

    def _check_counts(self, opened: _Open) -> None:
        """Where the sums differ although all versions are equal, everything is compared."""
        with self._database.reading() as session:
            wanted = SqlVectors(opened.model, opened.dimensions).total(session)
            behind = self._behind(session, opened.name)
        if not behind and opened.copy.count() != wanted:
            log(__name__).warning("the copy of the vectors has other counts; comparing all")
            self._doubt(opened.name)
        self._check.clear()

    def _doubt(self, name: str) -> None:
        with self._database.writing() as session:
            session.execute(
                update(CopiedCollection).where(CopiedCollection.copy == name).values(version=_NEVER)
            )

    def _fill(self, opened: _Open, *, everything: bool, patience: float, report: Report) -> None:
        if everything:
            self._doubt(opened.name)
        with self._claimed(opened.name, patience=patience) as token:
            while True:
                with self._database.reading() as session:
                    behind = self._behind(session, opened.name)
                    total = SqlVectors(opened.model, opened.dimensions).total(session)
                if not behind:
                    return
                for collection in behind:
                    self._bring(opened, collection, token)
                    report(opened.copy.count(), total)

    def _bring(self, opened: _Open, collection: str, token: str) -> None:
        """Make the copy hold what SQL has of a collection."""
        with self._database.writing() as session:
            session.execute(
                text(
                    "INSERT INTO vector_copy_collections (copy, collection, version) "
                    "VALUES (:copy, :collection, -1) ON CONFLICT DO NOTHING"
                ),
                {"copy": opened.name, "collection": collection},
            )
        with self._database.reading() as session:
            version = session.scalar(select(Collection.version).where(Collection.id == collection))
            wanted = _embedded(session, opened.model, collection)
        held = opened.copy.held(collection)
        if gone := sorted(held - wanted):
            opened.copy.remove(gone)
        missing = sorted(wanted - held)
        for at in range(0, len(missing), _BATCH):
            self._renew(opened.name, token, collection)
            with self._database.reading() as session:
                entries = _entries(session, opened.model, missing[at : at + _BATCH])
            opened.copy.put(collection, entries)
        self._renew(opened.name, token, collection)
        noted = (CopiedCollection.copy == opened.name) & (CopiedCollection.collection == collection)
        with self._database.writing() as session:
            if version is None:
                session.execute(delete(CopiedCollection).where(noted))
            else:
                session.execute(update(CopiedCollection).where(noted).values(version=version))

    def _behind(self, session: Session, name: str) -> list[str]:
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

    def _in_use(self, store: VectorStore) -> _Open:
        with self._database.reading() as session:
            embedder = self._index.embedder(session)
            row = _row(session, store, embedder.name, "active")
        if row is None:
            with self._database.writing() as session:
                row = _row(session, store, embedder.name, "active") or _new(
                    session, store, embedder.name, embedder.dimensions, "active"
                )
        return self._opened(store, row)

    def _opened(self, store: VectorStore, row: OutsideCopy) -> _Open:
        return _Open(row.name, row.model, row.dimensions, store.copy(row.name, row.dimensions))

    def _drop_leaving(self, store: VectorStore) -> None:
        with self._database.reading() as session:
            rows = session.scalars(
                select(OutsideCopy).where(
                    OutsideCopy.store == store.describe, OutsideCopy.state == "leaving"
                )
            ).all()
        for row in rows:
            store.copy(row.name, row.dimensions).drop()
            with self._database.writing() as session:
                session.execute(delete(OutsideCopy).where(OutsideCopy.name == row.name))

    @contextmanager
    def _claimed(self, name: str, *, patience: float = 0.0) -> Iterator[str]:
        """Be the only one who writes to a copy while the block runs.

        Raises `Occupied` where another one is, for longer than `patience` seconds.
        """
        token, until = secrets.token_hex(8), time.monotonic() + patience
        while not self._claim(name, token):
            if time.monotonic() >= until:
                raise Occupied(name)
            time.sleep(_POLL_SECONDS)
        mine = (OutsideCopy.name == name) & (OutsideCopy.claim == token)
        try:
            yield token
        finally:
            with self._database.writing() as session:
                session.execute(
                    update(OutsideCopy).where(mine).values(claim=None, lease_until=None)
                )

    def _claim(self, name: str, token: str) -> bool:
        moment = now()
        free = or_(OutsideCopy.lease_until.is_(None), OutsideCopy.lease_until < moment)
        with self._database.writing() as session:
            done = session.execute(
                update(OutsideCopy)
                .where(OutsideCopy.name == name, free)
                .values(claim=token, lease_until=moment + LEASE)
            )
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def _renew(self, name: str, token: str, collection: str) -> None:
        """A sign of life; raises `Occupied` where the claim has been lost meanwhile."""
        with self._database.writing() as session:
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
                .values(version=_NEVER)
            )
        raise Occupied(name)


def free_copies(session: Session) -> None:
    """All claims end: the caller is the only runner, and has only begun."""
    session.execute(update(OutsideCopy).values(claim=None, lease_until=None))


def _row(session: Session, store: VectorStore, model: str, state: str) -> OutsideCopy | None:
    return session.scalar(
        select(OutsideCopy).where(
            OutsideCopy.store == store.describe,
            OutsideCopy.model == model,
            OutsideCopy.state == state,
        )
    )


def _new(
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


def _embedded(session: Session, model: str, collection: str) -> set[int]:
    return set(
        session.scalars(
            select(DocumentChunk.id)
            .join(DocumentEmbedding, DocumentEmbedding.chunk_id == DocumentChunk.id)
            .where(DocumentChunk.collection_id == collection, DocumentEmbedding.model == model)
        )
    )


def _entries(session: Session, model: str, chunks: Sequence[int]) -> list[VectorEntry]:
    """The vectors of chunks that are still there."""
    rows = session.execute(
        select(DocumentChunk.id, DocumentChunk.document_id, DocumentEmbedding.vector)
        .join(DocumentEmbedding, DocumentEmbedding.chunk_id == DocumentChunk.id)
        .where(DocumentChunk.id.in_(chunks), DocumentEmbedding.model == model)
    )
    return [VectorEntry(row[0], row[1], np.frombuffer(row[2], dtype="<f4")) for row in rows]
