"""Keep the outside copy of the vectors what SQL says, whatever was killed in between.

SQL's transaction changes a collection's version; a copy notes which version it holds. Where the
two differ, the ids on both sides are compared, and what is missing is put and what is too much
removed: the same step fills a new copy, follows an upload or a deletion, and mends. It begins
with a note that the collection may be in the copy, so that nothing stays there unknown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.telemetry import log
from glossator.gateways.ports import StoreFailed, VectorCopy, VectorStore
from glossator.library import copies
from glossator.library.active import ActiveIndex
from glossator.library.embeddings import SqlVectors
from glossator.library.tables import (
    Collection,
    CopiedCollection,
    OutsideCopy,
)

# The job's name, as queues know it.
COPY = "vectors.copy"
_BATCH = 256
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# A collection that keeps changing is compared again only after so many times what that took.
_REST = 5.0

Report = Callable[[int, int], None]


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
        except copies.Occupied:
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
            row = copies.row_of(session, self._store, model, "building")
            if row is None and not anew:
                row = copies.row_of(session, self._store, model, "active")
            if row is None:
                row = copies.new_row(session, self._store, model, dimensions, "building")
            if row.state == "building":
                row.claim = row.lease_until = None
        opened = self._opened(self._store, row)
        self._fill(opened, everything=False, patience=copies.PATIENCE, report=report)
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
            behind = len(copies.behind(session, opened.name))
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
            behind = copies.behind(session, opened.name)
        moment = time.monotonic()
        for collection in behind:
            if self._resting.get(collection, 0.0) <= moment:
                with copies.claimed(self._database, opened.name) as token:
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
            behind = copies.behind(session, opened.name)
        if not behind and opened.copy.count() != wanted:
            log(__name__).warning("the copy of the vectors has other counts; comparing all")
            self._doubt(opened.name)
        self._check.clear()

    def _doubt(self, name: str) -> None:
        with self._database.writing() as session:
            session.execute(
                update(CopiedCollection)
                .where(CopiedCollection.copy == name)
                .values(version=copies.NEVER)
            )

    def _fill(self, opened: _Open, *, everything: bool, patience: float, report: Report) -> None:
        if everything:
            self._doubt(opened.name)
        with copies.claimed(self._database, opened.name, patience=patience) as token:
            while True:
                with self._database.reading() as session:
                    behind = copies.behind(session, opened.name)
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
            wanted = copies.embedded(session, opened.model, collection)
        held = opened.copy.held(collection)
        if gone := sorted(held - wanted):
            opened.copy.remove(gone)
        missing = sorted(wanted - held)
        for at in range(0, len(missing), _BATCH):
            copies.renew(self._database, opened.name, token, collection)
            with self._database.reading() as session:
                entries = copies.entries(session, opened.model, missing[at : at + _BATCH])
            opened.copy.put(collection, entries)
        copies.renew(self._database, opened.name, token, collection)
        noted = (CopiedCollection.copy == opened.name) & (CopiedCollection.collection == collection)
        with self._database.writing() as session:
            if version is None:
                session.execute(delete(CopiedCollection).where(noted))
            else:
                session.execute(update(CopiedCollection).where(noted).values(version=version))

    def _in_use(self, store: VectorStore) -> _Open:
        with self._database.reading() as session:
            embedder = self._index.embedder(session)
            row = copies.row_of(session, store, embedder.name, "active")
        if row is None:
            with self._database.writing() as session:
                row = copies.row_of(session, store, embedder.name, "active") or copies.new_row(
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
