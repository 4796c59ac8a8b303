"""What every index of vectors must do, on the fake and on the exact one."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from glossator.gateways.fakes import FakeVectors
from glossator.gateways.ports import Hit, Scope, StoredMatrix, VectorIndex
from glossator.gateways.vectors.exact import ExactIndex

NO_SESSION = cast("Session", None)
D = 8


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.zeros(D, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def matrix(rows: dict[int, tuple[str, NDArray[np.float32]]]) -> StoredMatrix:
    return StoredMatrix(
        np.array(list(rows), np.int64),
        tuple(document for document, _ in rows.values()),
        np.array([vector for _, vector in rows.values()], np.float32).reshape(-1, D),
    )


@pytest.fixture
def truth() -> FakeVectors:
    """Two books and an empty one."""
    stored = FakeVectors()
    stored.put(
        "one",
        matrix({1: ("a", unit(1, 0)), 2: ("a", unit(1, 1)), 3: ("b", unit(0, 1)),
                4: ("b", unit(-1, 0))}),
    )  # fmt: skip
    stored.put("two", matrix({11: ("c", unit(1, 0.1)), 12: ("c", unit(0, 0, 1))}))
    stored.put("empty", matrix({}))
    return stored


@pytest.fixture(params=["fake", "exact"])
def index(request: pytest.FixtureRequest, truth: FakeVectors) -> VectorIndex:
    """The fake, and the index over it."""
    return truth if request.param == "fake" else ExactIndex(truth)


def ids(hits: list[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def test_the_nearest_come_first_with_their_cosine(index: VectorIndex):
    hits = index.search(NO_SESSION, Scope(("one",)), unit(1, 0), 10)
    assert ids(hits) == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == pytest.approx([1, 0.5**0.5, 0, -1], abs=1e-6)


def test_k_is_a_limit_not_a_promise(index: VectorIndex):
    assert ids(index.search(NO_SESSION, Scope(("one",)), unit(1, 0), 2)) == [1, 2]
    assert len(index.search(NO_SESSION, Scope(("two",)), unit(1, 0), 100)) == 2


def test_only_the_scope_is_searched(index: VectorIndex):
    assert ids(index.search(NO_SESSION, Scope(("two",)), unit(1, 0), 9)) == [11, 12]
    assert ids(index.search(NO_SESSION, Scope(("one", "two")), unit(1, 0), 3)) == [1, 11, 2]
    for nothing in ((), ("empty",), ("unknown",)):
        assert index.search(NO_SESSION, Scope(nothing), unit(1, 0), 9) == []


def test_documents_narrow_the_scope_and_never_widen_it(index: VectorIndex):
    inside = Scope(("one",), frozenset({"b", "c"}))
    assert ids(index.search(NO_SESSION, inside, unit(1, 0), 9)) == [3, 4]
    for nothing in (frozenset[str](), frozenset({"c"}), frozenset({"nowhere"})):
        assert index.search(NO_SESSION, Scope(("one",), nothing), unit(1, 0), 9) == []


def test_equal_scores_stand_in_order_of_chunk_id(index: VectorIndex, truth: FakeVectors):
    rows = {n: ("a", unit(1, 0)) for n in (907, 3, 511, 44, 6)}
    rows |= {n: ("a", unit(0, 1)) for n in range(1000, 1100)}
    truth.put("ties", matrix(rows))
    assert ids(index.search(NO_SESSION, Scope(("ties",)), unit(1, 0), 3)) == [3, 6, 44]
    assert ids(index.search(NO_SESSION, Scope(("ties",)), unit(0, 1), 4)) == [
        1000,
        1001,
        1002,
        1003,
    ]


def test_large_ids_come_back_whole(index: VectorIndex, truth: FakeVectors):
    truth.put("large", matrix({2**63 - 1: ("a", unit(1)), 2**62 + 1: ("a", unit(0, 1))}))
    assert ids(index.search(NO_SESSION, Scope(("large",)), unit(1), 9)) == [2**63 - 1, 2**62 + 1]


def test_a_change_is_seen_at_the_next_search(index: VectorIndex, truth: FakeVectors):
    assert ids(index.search(NO_SESSION, Scope(("two",)), unit(1, 0), 1)) == [11]
    truth.put("two", matrix({13: ("d", unit(1, 0))}))
    assert ids(index.search(NO_SESSION, Scope(("two",)), unit(1, 0), 9)) == [13]


def test_many_agree_with_a_plain_sort(index: VectorIndex, truth: FakeVectors):
    numbers = np.random.default_rng(7)
    vectors = numbers.normal(size=(500, D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    truth.put("many", matrix({n: (f"d{n % 5}", row) for n, row in enumerate(vectors)}))
    wanted = np.argsort(-(vectors @ vectors[42]), kind="stable")[:20].tolist()
    assert ids(index.search(NO_SESSION, Scope(("many",)), vectors[42], 20)) == wanted


def test_the_cache_forgets_what_was_used_longest_ago():
    stored = FakeVectors()
    for n in range(6):
        stored.put(f"c{n}", matrix({n: ("a", unit(1, n))}))
    index = ExactIndex(stored, cache_bytes=3 * D * 4)
    for n in range(6):
        assert ids(index.search(NO_SESSION, Scope((f"c{n}",)), unit(1), 1)) == [n]
    assert list(index._cached) == ["c3", "c4", "c5"]
    assert ids(index.search(NO_SESSION, Scope(tuple(f"c{n}" for n in range(6))), unit(1), 9)) == [
        0, 1, 2, 3, 4, 5
    ]  # fmt: skip
