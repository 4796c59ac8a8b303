"""Which outside store of vectors a URL names."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import VectorStore

_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_DEFAULT_NAME = "glossator"
_SERVERS = ("qdrant+http", "qdrant+https", "chroma+http", "chroma+https")
_SENTENCE = (
    "vectors are kept in sql:, qdrant+http(s)://[KEY@]HOST[:PORT][/NAME], chroma:, "
    "chroma+http(s)://[TOKEN@]HOST[:PORT][/NAME] or pgvector:; NAME is of lower-case letters, "
    "digits and underscores"
)


def check_vectors_url(url: str) -> str:
    """The URL again; raises `ValueError` with a sentence where it names no store.

    The sentence never holds the URL, which may hold a key.
    """
    try:
        parts = urlsplit(url)
        # A port that is no number shows only when it is asked for.
        server = parts.scheme in _SERVERS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise ValueError(_SENTENCE) from None
    local = url in ("sql:", "chroma:", "pgvector:")
    name = parts.path.strip("/")
    if not (local or server) or (name and server and not _NAME.fullmatch(name)):
        raise ValueError(_SENTENCE)
    return url


def shown(url: str) -> str:
    """The URL without what may be a key."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else url


def open_store(
    url: str, database: Database, folder: Path, key: str | None = None
) -> VectorStore | None:
    """The store that a URL names, None for SQL itself; nothing is reached yet.

    `folder` is where an embedded one lives; `key` goes before one in the URL. Raises
    `Unavailable` where the store can't be had in this installation.
    """
    parts = urlsplit(check_vectors_url(url))
    kind, _, scheme = parts.scheme.partition("+")
    secret = key or unquote(parts.username or "") or unquote(parts.password or "") or None
    name = parts.path.strip("/") or _DEFAULT_NAME
    if kind == "sql":
        return None
    if kind == "pgvector":
        from glossator.gateways.vectors.pgvector import PgvectorStore

        if database.is_sqlite:
            raise Unavailable("pgvector: needs GLOSSATOR_DATABASE_URL=postgresql://…")
        return PgvectorStore(database)
    if kind == "chroma":
        from glossator.gateways.vectors.chroma import ChromaStore

        if not scheme:
            return ChromaStore.embedded(folder)
        port = parts.port or (443 if scheme == "https" else 8000)
        return ChromaStore.served(
            parts.hostname or "", port, tls=scheme == "https", token=secret, name=name
        )
    from glossator.gateways.vectors.qdrant import QdrantStore

    # Qdrant's own port, also for its cloud.
    address = f"{scheme}://{_host(parts.hostname or '')}:{parts.port or 6333}"
    return QdrantStore(address, key=secret, name=name)


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name
