"""A second embedder, and looks at both sides of an outside copy of the vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Embedder, Encoded
from glossator.library.tables import DocumentChunk, DocumentEmbedding
from glossator.wiring import House


class OtherEmbedder(FakeEmbedder):
    """Another name, another length, other places for the words."""

    name = "fake-2"
    dimensions = 96

    def _one(self, text: str, tokens: bool) -> Encoded:
        found = super()._one(text, tokens)
        vector = np.zeros(self.dimensions, np.float32)
        for start, end in found.spans.tolist():
            digest = hashlib.sha256(text[start:end].lower().encode("utf-8", "replace")).digest()
            vector[int.from_bytes(digest[4:6], "big") % self.dimensions] += 1.0
        if not vector.any():
            vector[0] = 1.0
        return Encoded(vector / np.linalg.norm(vector), found.tokens, found.token_ids, found.spans)


def by_choice(choice: str) -> Embedder:
    """The fakes as settings would name them."""
    return {"bundled": FakeEmbedder, "sentence-transformers:other": OtherEmbedder}[choice]()


def embedded(house: House, model: str = FakeEmbedder.name) -> set[int]:
    """The chunks that have a vector of a model in SQL."""
    with house.database.reading() as session:
        return set(
            session.scalars(
                select(DocumentEmbedding.chunk_id).where(DocumentEmbedding.model == model)
            )
        )


def to_embed(house: House) -> set[int]:
    """The chunks that should have one."""
    with house.database.reading() as session:
        return set(session.scalars(select(DocumentChunk.id).where(DocumentChunk.kind != "code")))


def models(house: House) -> set[str]:
    """Whose vectors there are."""
    with house.database.reading() as session:
        return set(session.scalars(select(DocumentEmbedding.model).distinct()))


def copy_all(house: House, most: int = 500) -> None:
    """Take the job's steps until none finds work."""
    for _ in range(most):
        # A step among other jobs may have let a collection rest.
        house.copying._resting.clear()
        if not house.copying.step():
            return
    raise AssertionError("the copy never came to an end")


def found(house: House, collections: Sequence[str], question: str) -> list[int]:
    """The ids of the chunks that a search finds, best first."""
    from glossator.gateways.ports import Scope

    with house.database.reading() as session:
        result = house.search.search(session, Scope(tuple(collections)), question)
        return [item.ranked.passage.chunk_id for item in result.found]
