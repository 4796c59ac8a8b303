"""What every outside store of vectors must do: the fake, Qdrant, Chroma and pgvector.

Qdrant's client in its local mode stands in for a server; `chroma run` is a real one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chroma_server import running
from glossator.foundation.database import Database
from glossator.gateways.fakes import FakeStore
from glossator.gateways.ports import Hit, Scope, StoreFailed, VectorCopy, VectorEntry, VectorStore
from glossator.gateways.vectors.chroma import ChromaStore
from glossator.gateways.vectors.pgvector import PgvectorStore
from glossator.gateways.vectors.qdrant import QdrantStore
from qdrant_server import local
from server_tools import free_port

# What the client says of its local mode.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]
D = 8
KINDS = ("fake", "qdrant", "chroma", "chroma server", "pgvector")


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.zeros(D, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def chroma_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real Chroma server."""
    with running(tmp_path_factory.mktemp("chroma")) as port:
        yield port


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    """The store under test."""
    made: VectorStore
    database = None
    match request.param:
        case "qdrant":
            pytest.importorskip("qdrant_client", reason="qdrant-client is not installed.")
            made = QdrantStore("http://localhost", opened=local())
        case "chroma":
            pytest.importorskip("chromadb", reason="chromadb is not installed.")
            made = ChromaStore.embedded(tmp_path / "chroma")
        case "chroma server":
            port = request.getfixturevalue("chroma_port")
            made = ChromaStore.served("127.0.0.1", port, name=f"t{secrets.token_hex(4)}")
        case "pgvector":
            database = Database(request.getfixturevalue("postgres_url"))
            made = PgvectorStore(database)
        case _:
            made = FakeStore()
    yield made
    made.close()
    if database is not None:
        database.close()


@pytest.fixture
def copy(store: VectorStore) -> VectorCopy:
    """A copy of two books."""
    made = store.copy("m1_1", D)
    made.put("one", entries({1: ("a", unit(1, 0)), 2: ("a", unit(1, 1)), 3: ("b", unit(0, 1)),
                             4: ("b", unit(-1, 0))}))  # fmt: skip
    made.put("two", entries({11: ("c", unit(1, 0.1)), 12: ("c", unit(0, 0, 1))}))
    return made


def entries(rows: dict[int, tuple[str, NDArray[np.float32]]]) -> list[VectorEntry]:
    return [VectorEntry(chunk, document, vector) for chunk, (document, vector) in rows.items()]


def ids(hits: list[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def test_the_nearest_come_first_with_their_cosine(copy: VectorCopy):
    hits = copy.search(Scope(("one",)), unit(1, 0), 10)
    assert ids(hits) == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == pytest.approx([1, 0.5**0.5, 0, -1], abs=1e-5)
    assert ids(copy.search(Scope(("one",)), unit(1, 0), 2)) == [1, 2]


def test_only_the_scope_is_searched(copy: VectorCopy):
    assert ids(copy.search(Scope(("two",)), unit(1, 0), 9)) == [11, 12]
    assert ids(copy.search(Scope(("one", "two")), unit(1, 0), 3)) == [1, 11, 2]
    for nothing in ((), ("unknown",)):
        assert copy.search(Scope(nothing), unit(1, 0), 9) == []


def test_documents_narrow_the_scope_and_never_widen_it(copy: VectorCopy):
    inside = Scope(("one",), frozenset({"b", "c"}))
    assert ids(copy.search(inside, unit(1, 0), 9)) == [3, 4]
    for nothing in (frozenset[str](), frozenset({"c"}), frozenset({"nowhere"})):
        assert copy.search(Scope(("one",), nothing), unit(1, 0), 9) == []


def test_ids_tell_what_is_held(copy: VectorCopy):
    assert copy.held("one") == {1, 2, 3, 4}
    assert copy.held("unknown") == set()
    assert copy.count() == 6
    copy.remove([2, 3, 999])
    assert copy.held("one") == {1, 4}
    assert ids(copy.search(Scope(("one",)), unit(1, 1), 9)) == [1, 4]
    assert copy.count() == 4


def test_putting_again_changes_nothing(copy: VectorCopy):
    copy.put("two", entries({11: ("c", unit(1, 0.1)), 12: ("c", unit(0, 0, 1))}))
    assert copy.held("two") == {11, 12}
    assert copy.count() == 6
    copy.put("two", [])
    assert ids(copy.search(Scope(("two",)), unit(1, 0), 9)) == [11, 12]


def test_large_ids_come_back_whole(copy: VectorCopy):
    copy.put("large", entries({2**63 - 1: ("a", unit(1)), 2**62 + 1: ("a", unit(0, 1))}))
    assert ids(copy.search(Scope(("large",)), unit(1), 9)) == [2**63 - 1, 2**62 + 1]
    assert copy.held("large") == {2**63 - 1, 2**62 + 1}


def test_copies_are_apart_and_go_whole(copy: VectorCopy, store: VectorStore):
    other = store.copy("m2_1", D)
    assert other.count() == 0
    assert other.held("one") == set()
    assert other.search(Scope(("one",)), unit(1), 9) == []
    other.remove([1])
    other.drop()
    other.put("one", entries({77: ("z", unit(1))}))
    copy.drop()
    assert copy.count() == 0
    assert copy.search(Scope(("one",)), unit(1), 9) == []
    assert other.held("one") == {77}
    copy.put("one", entries({5: ("a", unit(1))}))
    assert copy.held("one") == {5}


@pytest.mark.usefixtures("copy")
def test_a_copy_is_there_for_who_opens_it_later(store: VectorStore):
    again = store.copy("m1_1", D)
    assert again.count() == 6
    assert ids(again.search(Scope(("two",)), unit(1, 0), 1)) == [11]


def test_many_agree_with_a_plain_sort(store: VectorStore):
    numbers = np.random.default_rng(7)
    vectors = numbers.normal(size=(1500, D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    copy = store.copy("m3_1", D)
    for part in range(3):
        copy.put(
            f"part{part}",
            [VectorEntry(n, f"d{n % 5}", vectors[n]) for n in range(1500) if n % 3 == part],
        )
    inside = [n for n in range(1500) if n % 3 == 1 and n % 5 == 2]
    for question in vectors[:10]:
        wanted = sorted(inside, key=lambda n: -float(vectors[n] @ question))[:20]
        found = ids(copy.search(Scope(("part1",), frozenset({"d2"})), question, 20))
        assert len(set(found) & set(wanted)) >= 19


def test_it_answers(store: VectorStore):
    store.ping()
    assert "/" in store.describe or store.describe.isprintable()


def test_nobody_there_is_a_store_that_failed():
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed.")
    pytest.importorskip("chromadb", reason="chromadb is not installed.")
    port = free_port()
    stores: list[VectorStore] = [
        QdrantStore(f"http://127.0.0.1:{port}", key="geheim"),
        ChromaStore.served("127.0.0.1", port, token="geheim"),
    ]
    for store in stores:
        copy = store.copy("m1_1", D)
        for call in (
            store.ping, copy.count, copy.drop,
            lambda copy=copy: copy.search(Scope(("one",)), unit(1), 3),
            lambda copy=copy: copy.put("one", entries({1: ("a", unit(1))})),
        ):  # fmt: skip
            with pytest.raises(StoreFailed) as failed:
                call()
            assert "geheim" not in str(failed.value)
        assert "geheim" not in store.describe
        store.close()


def test_the_embedded_chroma_is_for_one_process(tmp_path: Path):
    pytest.importorskip("chromadb", reason="chromadb is not installed.")
    first, second = (ChromaStore.embedded(tmp_path / "chroma") for _ in range(2))
    first.copy("m1_1", D).put("one", entries({1: ("a", unit(1))}))
    with pytest.raises(StoreFailed):
        second.copy("m1_1", D).count()
    first.close()
    assert second.copy("m1_1", D).count() == 1
    second.close()
