"""Qdrant's client in its local mode: the same calls on the same models, without a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qdrant_client import QdrantClient


def local() -> Callable[[int], QdrantClient]:
    """Opens one client, however often it is asked: it is the server too."""
    from qdrant_client import QdrantClient

    kept: list[QdrantClient] = []

    def opened(_seconds: int) -> QdrantClient:
        if not kept:
            kept.append(QdrantClient(":memory:", force_disable_check_same_thread=True))
        return kept[0]

    return opened
