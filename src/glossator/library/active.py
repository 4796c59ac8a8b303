"""The embedder that the library is indexed by: SQL says which, whatever the settings say.

Vectors of two embedders can't be compared, so a question is encoded by the one whose vectors
are there. Another one takes over in one transaction, when all of its vectors are there
(`glossator reindex`); whoever had begun to write with the old one then begins again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from glossator.foundation.errors import Unavailable
from glossator.foundation.telemetry import log
from glossator.gateways.ports import Embedder, MayPass, VectorIndex
from glossator.library.chunk_store import ChunkStore
from glossator.library.tables import IndexEmbedder

_PLACE = "active"
_TABLE = IndexEmbedder.__table__.c
_ACTIVE = select(_TABLE.model, _TABLE.choice).where(_TABLE.place == _PLACE)
_ENTER = text(
    "INSERT INTO index_embedders (place, model, choice, dimensions) "
    "VALUES (:place, :model, :choice, :dimensions) ON CONFLICT (place) DO NOTHING"
)


class Switched(MayPass):
    """The library is indexed by another embedder by now: do the step again with that one."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a search works with, all of one embedder."""

    embedder: Embedder
    vectors: VectorIndex
    chunks: ChunkStore


class ActiveIndex:
    """Gives the tools of the active embedder, in any thread.

    `embedder` is the one that the settings name, by `choice`; `opened` opens another one by its
    choice, `tools` makes the rest for it. A library without vectors takes the settings' one.
    """

    def __init__(
        self,
        embedder: Embedder,
        choice: str,
        opened: Callable[[str], Embedder],
        tools: Callable[[Embedder], Tools],
    ) -> None:
        self.configured = embedder
        self.choice = choice
        self._open = opened
        self._make = tools
        self._lock = threading.Lock()
        self._opened: dict[str, Embedder] = {}
        self._tools: Tools | None = None

    def tools(self, session: Session) -> Tools:
        """The tools that fit the vectors of this transaction's state.

        Raises `Unavailable` where the library's embedder can't be had in this installation.
        """
        found = session.connection().execute(_ACTIVE).first()
        kept = self._tools
        model = self.configured.name if found is None else found.model
        if kept is not None and kept.embedder.name == model:
            return kept
        with self._lock:
            if self._tools is None or self._tools.embedder.name != model:
                embedder = (
                    self.configured
                    if model == self.configured.name
                    else self._other(model, found.choice if found else "")
                )
                self._tools = self._make(embedder)
            return self._tools

    def embedder(self, session: Session) -> Embedder:
        """The active embedder; raises as `tools`."""
        return self.tools(session).embedder

    def latest(self) -> Embedder:
        """The embedder of the last search, or the settings' one before the first."""
        return self._tools.embedder if self._tools is not None else self.configured

    def settle(self, session: Session, embedder: Embedder) -> None:
        """Make sure, until this transaction ends, that what `embedder` made is what counts.

        Raises `Switched` otherwise. The first vectors decide for their embedder.
        """
        name = self._named(session)
        if name is None:
            session.execute(_ENTER, self._row(embedder, self._choice_of(embedder)))
            name = self._named(session)
        if name != embedder.name:
            raise Switched(f"the library is indexed by {name}")

    def switch(self, session: Session, embedder: Embedder, choice: str) -> None:
        """Have the library indexed by `embedder`; the caller has seen that its vectors are there.

        Waits for everyone who has settled with the old one.
        """
        row = self._row(embedder, choice)
        session.execute(_ENTER, row)
        session.execute(
            text(
                "UPDATE index_embedders SET model = :model, choice = :choice, "
                "dimensions = :dimensions WHERE place = :place"
            ),
            row,
        )

    def close(self) -> None:
        """Give threads and memory back."""
        self.configured.close()
        for embedder in self._opened.values():
            embedder.close()

    def _named(self, session: Session) -> str | None:
        return session.scalar(
            select(IndexEmbedder.model)
            .where(IndexEmbedder.place == _PLACE)
            .with_for_update(read=True)
        )

    def _choice_of(self, embedder: Embedder) -> str:
        for choice, opened in self._opened.items():
            if opened.name == embedder.name:
                return choice
        return self.choice

    def _other(self, model: str, choice: str) -> Embedder:
        log(__name__).warning(
            "the library is indexed by another embedder than the settings name; "
            "`glossator reindex` changes that", indexed=choice, settings=self.choice,
        )  # fmt: skip
        if choice not in self._opened:
            self._opened[choice] = self._open(choice)
        embedder = self._opened[choice]
        if embedder.name != model:
            raise Unavailable(
                "The library was indexed by an embedder that this version doesn't have. "
                "Run `glossator reindex`."
            )
        return embedder

    @staticmethod
    def _row(embedder: Embedder, choice: str) -> dict[str, str | int]:
        return {
            "place": _PLACE,
            "model": embedder.name,
            "choice": choice,
            "dimensions": embedder.dimensions,
        }
