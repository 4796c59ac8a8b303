"""Texts to the vectors that search works with."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from anyio import to_thread
from numpy.typing import NDArray

from glossator.foundation.errors import NotFound, Unusable
from glossator.gateways.ports import Embedder
from glossator.protocols.doors import Rooms
from glossator.protocols.openai_bodies import ENCODER, EmbeddingBody

# Texts between which others get the encoder: 64 long ones take most of a second.
_AT_ONCE = 8


async def embedded(rooms: Rooms, body: EmbeddingBody) -> dict[str, Any]:
    """The object of OpenAI's API; its `model` is the encoder's own name.

    Raises `Unusable` for a text that is longer than the encoder reads, and for other dimensions
    than it has: neither is cut in silence.
    """
    embedder = await to_thread.run_sync(_encoder, rooms)
    if body.model not in (ENCODER, embedder.name):
        raise NotFound(f"There is no such model for embeddings. Use {ENCODER}.")
    if body.dimensions not in (None, embedder.dimensions):
        raise Unusable(f"The vectors have {embedder.dimensions} dimensions, no fewer and no more.")
    texts = body.texts
    counts = await to_thread.run_sync(embedder.count, texts)
    for number, count in enumerate(counts):
        if count > embedder.max_pieces:
            raise Unusable(
                f"Text {number} has {count} word pieces, and the encoder reads "
                f"{embedder.max_pieces}. Cut it."
            )
    vectors: list[NDArray[np.float32]] = []
    async with rooms.encoding:
        for begin in range(0, len(texts), _AT_ONCE):
            part = texts[begin : begin + _AT_ONCE]
            vectors += [each.vector for each in await to_thread.run_sync(embedder.encode, part)]
    packed = body.encoding_format == "base64"
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": n, "embedding": _packed(v) if packed else v.tolist()}
            for n, v in enumerate(vectors)
        ],
        "model": embedder.name,
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
    }


def _encoder(rooms: Rooms) -> Embedder:
    with rooms.database.reading() as session:
        return rooms.index.embedder(session)


def _packed(vector: NDArray[np.float32]) -> str:
    """Little-endian 32-bit floats, in base64."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
