"""An outside store of vectors is a copy: filled from SQL, mended, doubted, done without."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.gateways.fakes import FakeEmbedder, FakeStore
from glossator.gateways.ports import Scope, StoreFailed, VectorEntry
from glossator.gateways.vectors.exact import ExactIndex
from glossator.library import copies
from glossator.library.access import user_collection
from glossator.library.copied import CopiedIndex
from glossator.library.copies import Occupied
from glossator.library.embeddings import SqlVectors
from glossator.library.tables import Collection, CopiedCollection, Document
from glossator.wiring import House, build
from house_tools import made_settings
from small_books import book
from upload_tools import STATES, document, even, long_text, upload, user, work
from vector_tools import copy_all, embedded, found

ARM = "# Arm\n\nThe arm has a wrist and an elbow.\n\n## Motor\n\nA motor turns the joint."
HAND = "# Hand\n\nA hand has five fingers.\n\n## Grip\n\nThe gripper closes its two fingers."
EYE = "# Eye\n\nA camera sees the table.\n\n## Depth\n\nTwo cameras tell how far a cup is."


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def house(database_url: str, tmp_path: Path, store: FakeStore) -> Iterator[House]:
    """A house with an outside store, and two books."""
    settings = made_settings(tmp_path, database_url)
    built = build(settings, embedder=FakeEmbedder(), store=store)
    built.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    built.pipeline.add_book(book({"eye": EYE}), "eyes")
    yield built
    built.close()


def held(store: FakeStore) -> set[int]:
    return {chunk for there in store.copies.values() for chunk in there}


def only(store: FakeStore) -> dict[int, tuple[str, VectorEntry]]:
    (there,) = store.copies.values()
    return there


def test_it_is_filled_from_sql_with_the_same_vectors(house: House, store: FakeStore):
    copy_all(house)
    assert held(store) == embedded(house) != set()
    with house.database.reading() as session:
        truth = SqlVectors(FakeEmbedder.name, 384)
        for name in ("book:robots", "book:eyes"):
            matrix = truth.load(session, name)
            for chunk, owner, vector in zip(
                matrix.chunks.tolist(), matrix.documents, matrix.vectors, strict=True
            ):
                collection, entry = only(store)[chunk]
                assert (collection, entry.document) == (name, owner)
                np.testing.assert_array_equal(entry.vector, vector)
    assert house.copying.step() is False


def test_it_is_what_is_searched(house: House, store: FakeStore):
    scope = ("book:robots",)
    before = found(house, scope, "fingers of a hand")
    copy_all(house)
    assert found(house, scope, "fingers of a hand") == before
    # With vectors swapped in the copy alone, another passage comes first among the vectors.
    ids = [chunk for chunk, (name, _) in only(store).items() if name == "book:robots"]
    vector = FakeEmbedder().encode(["fingers of a hand"])[0].vector
    worst = min(ids, key=lambda chunk: float(only(store)[chunk][1].vector @ vector))
    only(store)[worst] = ("book:robots", VectorEntry(worst, "x", vector))
    with house.database.reading() as session:
        tools = house.index.tools(session)
        assert tools.vectors.search(session, Scope(scope), vector, 1)[0].chunk_id == worst


def test_what_sql_does_not_have_in_the_scope_is_never_given(house: House, store: FakeStore):
    copy_all(house)
    vector = FakeEmbedder().encode(["camera"])[0].vector
    foreign = next(chunk for chunk, (name, _) in only(store).items() if name == "book:eyes")
    mine = [chunk for chunk, (name, _) in only(store).items() if name == "book:robots"]
    only(store)[foreign] = ("book:robots", VectorEntry(foreign, "x", vector))
    for unknown in range(1, 10):
        only(store)[unknown] = ("book:robots", VectorEntry(unknown, "x", vector))
    with house.database.reading() as session:
        index = house.index.tools(session).vectors
        # What isn't true takes nobody's place either.
        hits = index.search(session, Scope(("book:robots",)), vector, len(mine))
    assert {hit.chunk_id for hit in hits} <= set(mine)
    assert hits


def test_what_is_new_is_found_before_it_is_copied(house: House, store: FakeStore):
    copy_all(house)
    before = held(store)
    house.pipeline.add_book(book({"arm": ARM, "hand": HAND, "leg": "# Leg\n\nA knee bends."}),
                            "robots")  # fmt: skip
    new = embedded(house) - before
    assert new
    vector = FakeEmbedder().encode(["Does a knee bend?"])[0].vector
    with house.database.reading() as session:
        hits = house.index.tools(session).vectors.search(
            session, Scope(("book:robots",)), vector, 1
        )
    assert {hit.chunk_id for hit in hits} == new
    copy_all(house)
    assert held(store) == embedded(house)


def test_without_the_store_everything_goes_on(house: House, store: FakeStore):
    copy_all(house)
    before = found(house, ["book:robots", "book:eyes"], "What does a motor turn?")
    ada = user(house)
    with TestClient(create_app(house=house)) as client:
        store.down = True
        assert found(house, ["book:robots", "book:eyes"], "What does a motor turn?") == before
        answer = client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["parts"]["vectors"]["state"] == "down"
        assert answer.json()["parts"]["vectors"]["kind"] == "fake"
        first = upload(house, ada, long_text("velocity", 2))
        until = time.monotonic() + 30
        while document(house, first).status != STATES.READY and time.monotonic() < until:
            time.sleep(0.05)
        assert document(house, first).status == STATES.READY
        assert found(house, [user_collection(ada)], "velocity number 3")
        store.down = False
        house.copying._not_before = 0.0
        copy_all(house)
        assert client.get("/health/ready").json()["parts"]["vectors"]["state"] == "ok"
    assert held(store) == embedded(house)
    assert even(house, ada)


def test_a_scope_too_large_for_sql_is_left_to_its_words(house: House, store: FakeStore):
    copy_all(house)
    truth = SqlVectors(FakeEmbedder.name, 384)
    vector = FakeEmbedder().encode(["motor"])[0].vector
    both = Scope(("book:robots", "book:eyes"))

    def index(most: int) -> CopiedIndex:
        return CopiedIndex(
            store, truth, ExactIndex(truth), model=FakeEmbedder.name, dimensions=384, most=most
        )

    with house.database.reading() as session:
        eyes = truth.count(session, "book:eyes")
        store.down = True
        small = {hit.chunk_id for hit in index(eyes).search(session, both, vector, 99)}
        assert small == set(truth.load(session, "book:eyes").chunks.tolist())
        assert index(0).search(session, both, vector, 99) == []
        assert found(house, ["book:robots"], "motor")
        # Behind but large: what the copy has is better than nothing.
        store.down = False
        session.rollback()
    with house.database.writing() as session:
        session.execute(update(Collection).values(version=Collection.version + 1))
    with house.database.reading() as session:
        assert len(index(0).search(session, both, vector, 99)) == len(held(store))


def test_deletion_reaches_the_copy(house: House, store: FakeStore):
    ada = user(house)
    first, second = (upload(house, ada, long_text(word, 2)) for word in ("torque", "mass"))
    work(house)
    copy_all(house)
    assert held(store) == embedded(house)
    with house.database.writing() as session:
        house.documents.bury(session, session.get_one(Document, first))
    work(house)
    copy_all(house)
    assert {entry.document for name, entry in only(store).values()
            if name == user_collection(ada)} == {second}  # fmt: skip
    house.pipeline.remove_book("robots")
    copy_all(house)
    assert "book:robots" not in {name for name, _ in only(store).values()}
    assert held(store) == embedded(house)
    with house.database.reading() as session:
        noted = set(session.scalars(select(CopiedCollection.collection)))
    assert noted == {"book:eyes", user_collection(ada)}


class Dying(FakeStore):
    """Fails after so many more writes, as a process does that is killed between two."""

    left = 10**9

    def entries(self, name: str) -> dict[int, tuple[str, VectorEntry]]:
        if self.left <= 0:
            raise StoreFailed("killed")
        self.left -= 1
        return super().entries(name)


@pytest.mark.parametrize("left", range(1, 9))
def test_wherever_it_stops_the_next_step_goes_on(left: int, sqlite_url: str, tmp_path: Path):
    store = Dying()
    house = build(made_settings(tmp_path, sqlite_url), embedder=FakeEmbedder(), store=store)
    house.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    house.pipeline.add_book(book({"eye": EYE}), "eyes")
    store.left = left
    with suppress(StoreFailed):
        house.copying.catch_up(everything=True)
        house.pipeline.remove_book("robots")
        house.pipeline.add_book(book({"eye": EYE, "arm": ARM}), "eyes")
        house.copying.catch_up()
    store.left = 10**9
    if "robots" in {name.partition(":")[2] for name in collections(house)}:
        house.pipeline.remove_book("robots")
    house.copying.catch_up()
    assert held(store) == embedded(house)
    house.close()


def collections(house: House) -> Sequence[str]:
    with house.database.reading() as session:
        return session.scalars(select(Collection.id)).all()


def test_a_store_that_lost_something_is_mended_at_the_next_start(house: House, store: FakeStore):
    copy_all(house)
    lost = sorted(held(store))[::2]
    for chunk in lost:
        del only(store)[chunk]
    assert house.copying.step() is False
    house.keep()
    copy_all(house)
    assert held(store) == embedded(house)


def test_two_at_once_don_t_write_to_it(house: House, store: FakeStore):
    house.copying.catch_up()
    with house.database.writing() as session:
        session.execute(update(CopiedCollection).values(version=-1))
    opened = house.copying._in_use(store)
    with copies.claimed(house.database, opened.name):
        assert house.copying.step() is False
    assert house.copying.step() is True
    # Whoever lost the claim meanwhile leaves a mark that all is to be compared again.
    copy_all(house)
    with pytest.raises(Occupied):
        copies.renew(house.database, opened.name, "not mine", "book:eyes")
    assert house.copying.step() is True


def test_a_new_copy_takes_the_place_of_the_old_one(house: House, store: FakeStore):
    copy_all(house)
    (old,) = store.copies
    house.copying.rebuild(FakeEmbedder.name, 384, anew=True)
    (new,) = store.copies
    assert new != old
    assert held(store) == embedded(house)
    before = found(house, ["book:robots"], "wrist and elbow")
    store.down = True
    assert found(house, ["book:robots"], "wrist and elbow") == before
