"""Which store a URL names, what is shown of it, and what goes over the wire to Qdrant."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from glossator.commands.upkeep import shown_setting
from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorEntry
from glossator.gateways.vectors.choosing import check_vectors_url, open_store, shown
from glossator.gateways.vectors.qdrant import QdrantStore
from house_tools import made_settings

KEY = "geheim-7"


@pytest.mark.parametrize(
    "url",
    ["sql:", "chroma:", "pgvector:", "qdrant+http://localhost", "qdrant+https://k@q.example:6333/a_b",
     "chroma+http://[::1]:8000", "chroma+https://c.example/robots"],
)  # fmt: skip
def test_urls_of_stores(url: str):
    assert check_vectors_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "qdrant:", "qdrant://h", "sql://h", f"qdrant+http://{KEY}@", f"qdrant+http://{KEY}@h:x",
     f"qdrant+http://{KEY}@h/Up", f"qdrant+http://{KEY}@h/a/b", "pgvector://h", "chroma:/tmp",
     f"redis+http://{KEY}@h"],
)  # fmt: skip
def test_other_urls_are_refused_without_being_repeated(url: str, tmp_path: Path):
    with pytest.raises(ValueError, match="vectors are kept in") as refused:
        check_vectors_url(url)
    assert KEY not in str(refused.value)
    if url:
        with pytest.raises(ValidationError) as error:
            made_settings(tmp_path, vectors_url=url)
        assert KEY not in error.value.errors()[0]["msg"]


def test_a_key_is_never_shown(tmp_path: Path, sqlite_url: str):
    url = f"qdrant+https://{KEY}@q.example/books"
    settings = made_settings(tmp_path, vectors_url=url, vectors_key=KEY)
    assert shown(url) == "qdrant+https://q.example/books"
    assert KEY not in repr(settings)
    for name in ("vectors_url", "vectors_key"):
        assert KEY not in str(shown_setting(name, getattr(settings, name)))
    database = Database(sqlite_url)
    store = open_store(url, database, tmp_path)
    assert store is not None
    assert store.describe == "qdrant at https://q.example:6333/books"
    with pytest.raises(Unavailable, match="GLOSSATOR_DATABASE_URL"):
        open_store("pgvector:", database, tmp_path)
    with pytest.raises(ValidationError, match="GLOSSATOR_DATABASE_URL"):
        made_settings(tmp_path, vectors_url="pgvector:")
    assert open_store("sql:", database, tmp_path) is None
    database.close()


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [("qdrant+http://localhost", "qdrant_client.http.exceptions", "qdrant"),
     ("chroma:", "chromadb.errors", "chroma")],
)  # fmt: skip
def test_a_missing_extra_says_how_to_get_it(
    url: str, module: str, extra: str, tmp_path: Path, sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setitem(sys.modules, module, None)
    database = Database(sqlite_url)
    store = open_store(url, database, tmp_path)
    assert store is not None
    with pytest.raises(Unavailable, match=rf"pip install 'glossator\[{extra}\]'"):
        store.ping()
    database.close()


class Wire:
    """What a server was asked, and its answers: not Qdrant, only the shape of its protocol."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, object]]] = []
        self.keys: set[str | None] = set()
        self.status = 200


@pytest.fixture
def wire() -> Iterator[tuple[Wire, str]]:
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed.")
    seen = Wire()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size) or "{}")
            seen.asked.append((self.command, self.path, body))
            seen.keys.add(self.headers.get("api-key"))
            result: object = {"operation_id": 1, "status": "completed"}
            if self.path.endswith("/exists"):
                result = {"exists": False}
            elif "/points/query" in self.path:
                result = {"points": [{"id": 2**63 - 1, "version": 1, "score": 0.5}]}
            elif "/points" not in self.path and "/index" not in self.path:
                result = True
            data = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(seen.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield seen, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_qdrant_is_told(wire: tuple[Wire, str]):
    seen, address = wire
    store = QdrantStore(address, key=KEY)
    copy = store.copy("m1_1", 4)
    copy.put("one", [VectorEntry(7, "a", np.array([1, 0, 0, 0], np.float32))])
    copy.remove([7, 8])
    hits = copy.search(Scope(("one",), frozenset({"a"})), np.ones(4, np.float32), 3)
    assert hits == [Hit(2**63 - 1, 0.5)]
    assert seen.keys == {KEY}
    told = {(method, path.partition("?")[0]): (path, body) for method, path, body in seen.asked}
    _, made = told["PUT", "/collections/glossator_m1_1"]
    assert made["vectors"] == {"size": 4, "distance": "Cosine"}
    indexes = [body for _, path, body in seen.asked if "/index" in path]
    assert indexes[0] == {
        "field_name": "collection",
        "field_schema": {"type": "keyword", "is_tenant": True},
    }
    path, put = told["PUT", "/collections/glossator_m1_1/points"]
    assert "wait=true" in path
    assert put["points"] == [
        {"id": 7, "vector": [1, 0, 0, 0], "payload": {"collection": "one", "document": "a"}}
    ]
    path, removed = told["POST", "/collections/glossator_m1_1/points/delete"]
    # By ids, never by a filter.
    assert removed == {"points": [7, 8]}
    assert "wait=true" in path
    _, asked = told["POST", "/collections/glossator_m1_1/points/query"]
    assert asked["params"] == {"hnsw_ef": 256}
    assert asked["filter"] == {
        "must": [
            {"key": "collection", "match": {"any": ["one"]}},
            {"key": "document", "match": {"any": ["a"]}},
        ]
    }
    seen.status = 500
    with pytest.raises(StoreFailed, match="500") as failed:
        copy.count()
    assert KEY not in str(failed.value)
    store.close()
