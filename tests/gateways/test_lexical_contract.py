"""What every index of words must do, on the fake and in both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.fakes import FakeWords
from glossator.gateways.lexical.postgres_fts import PostgresWords
from glossator.gateways.lexical.sqlite_fts import SqliteWords
from glossator.gateways.ports import LexicalIndex, Scope, WordEntry
from postgres_server import PostgresServer

BOTH = Scope(("one", "two"))


@pytest.fixture(params=["fake", "sqlite", "postgres"], scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    """Which implementation."""
    name: str = request.param
    return name


@pytest.fixture
def index(kind: str) -> LexicalIndex:
    """The index under test."""
    made: dict[str, LexicalIndex] = {
        "fake": FakeWords(), "sqlite": SqliteWords(), "postgres": PostgresWords()
    }  # fmt: skip
    return made[kind]


@pytest.fixture(scope="module")
def database(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A migrated database that suits the index; no test commits to it."""
    if kind == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create(request.getfixturevalue("migrated_postgres"))
    else:
        path = tmp_path_factory.mktemp("words") / "words.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        url = f"sqlite:///{path}"
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that is undone in the end."""
    with database.engine.connect() as connection, Session(connection) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _filled(index: LexicalIndex, session: Session) -> None:
    index.add(
        session, "one", "a", [WordEntry(1, "Sensors", "A lidar measures distance by light."),
                              WordEntry(2, "Sensors", "A camera takes pictures.")]
    )  # fmt: skip
    index.add(session, "one", "b", [WordEntry(3, "Control", "The lidar robot turns.")])
    index.add(session, "two", "c", [WordEntry(4, "Lidar", "Ranges of devices.")])


def found(index: LexicalIndex, session: Session, scope: Scope, *words: str, k: int = 9) -> set[int]:
    hits = index.search(session, scope, words, k)
    assert len(hits) == len({hit.chunk_id for hit in hits}) <= k
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    return {hit.chunk_id for hit in hits}


def test_any_of_the_words_in_heading_or_body(index: LexicalIndex, session: Session):
    assert found(index, session, BOTH, "lidar") == {1, 3, 4}
    assert found(index, session, BOTH, "camera", "robot") == {2, 3}
    assert found(index, session, BOTH, "submarine") == set()
    assert found(index, session, BOTH) == set()


def test_more_of_the_words_rank_higher(index: LexicalIndex, session: Session):
    hits = index.search(session, Scope(("one",)), ["lidar", "distance", "light"], 9)
    assert [hit.chunk_id for hit in hits] == [1, 3]
    assert hits[0].score > hits[1].score > 0


def test_only_the_scope_is_searched(index: LexicalIndex, session: Session):
    assert found(index, session, Scope(("two",)), "lidar") == {4}
    assert found(index, session, Scope(()), "lidar") == set()
    assert found(index, session, Scope(("three", "one ", "ONE", "o")), "lidar") == set()


def test_documents_narrow_the_scope_and_never_widen_it(index: LexicalIndex, session: Session):
    assert found(index, session, Scope(("one",), frozenset({"b", "c"})), "lidar") == {3}
    assert found(index, session, Scope(("one",), frozenset({"c"})), "lidar") == set()
    assert found(index, session, Scope(("one",), frozenset()), "lidar") == set()
    # A collection is no document, whatever it is called.
    assert found(index, session, Scope(("one",), frozenset({"one"})), "lidar") == set()


def test_very_many_collections_and_documents(index: LexicalIndex, session: Session):
    many = tuple(f"c{n}" for n in range(1500))
    assert found(index, session, Scope((*many, "two")), "lidar") == {4}
    assert found(index, session, Scope(("one",), frozenset({*many, "b"})), "lidar") == {3}


def test_k_is_a_limit_and_ties_fall_the_same_way(index: LexicalIndex, session: Session):
    index.add(session, "ties", "t", [WordEntry(n, "", "equal words") for n in (90, 12, 55, 30)])
    hits = index.search(session, Scope(("ties",)), ["equal"], 3)
    assert [hit.chunk_id for hit in hits] == [12, 30, 55]


@pytest.mark.parametrize(
    "word",
    [
        '"', '""', "'", "lidar\"", "NEAR", "AND", "OR", "NOT", "*", "^", "NEAR(lidar", "q*",
        "body:", "scope", "{heading}", "(", ")", "-", "+", "--", ";", "\\", "%", "_", "&",
        "|", "!", "<->",
        ":*", "🤖", "👩‍🔬", "روبوٹ", "机器人", "é" * 400, "x" * 10_000, "\x00", "a\x00b",
        "\ud800", " ", "", "\n", "x" * 16, ":words",
    ],
)  # fmt: skip
def test_no_word_can_break_the_search(index: LexicalIndex, session: Session, word: str):
    assert found(index, session, Scope(("one",)), word) <= {1, 3}
    assert found(index, session, Scope(("one",)), word, "camera") >= {2}


@pytest.mark.parametrize("word", ["روبوٹ", "机器人", "робот", "naïve"])
def test_words_of_every_script_are_found(index: LexicalIndex, session: Session, word: str):
    index.add(session, "one", "a", [WordEntry(50, "", f"first {word} last")])
    assert found(index, session, BOTH, word) == {50}


def test_what_is_stored_may_be_odd_or_huge(index: LexicalIndex, session: Session):
    bodies = ["\x00 odd", "\ud800 odd", "odd " + "y" * 5000, '"; DROP TABLE chunk_words; -- odd',
              "odd " + " ".join(f"word{n}" for n in range(300_000)),
              "odd " + "é" * 1_200_000]  # fmt: skip
    index.add(session, "odd", "o", [WordEntry(100 + n, b[:50], b) for n, b in enumerate(bodies)])
    assert found(index, session, Scope(("odd",)), "odd", k=50) == set(range(100, 106))
    assert index.count(session, "odd") == 6


def test_entering_a_chunk_again_replaces_it(index: LexicalIndex, session: Session):
    index.add(session, "two", "c", [WordEntry(1, "Sensors", "A sonar listens.")])
    assert found(index, session, BOTH, "lidar") == {3, 4}
    assert found(index, session, Scope(("two",)), "sonar") == {1}
    assert (index.count(session, "one"), index.count(session, "two")) == (2, 2)


def test_a_removed_chunk_is_gone_and_an_unknown_one_no_error(index: LexicalIndex, session: Session):
    index.remove(session, [1, 3, 999, 2**62])
    index.remove(session, [])
    index.add(session, "one", "a", [])
    assert found(index, session, BOTH, "lidar") == {4}
    assert (index.count(session, "one"), index.count(session, "unknown")) == (1, 0)


def test_ids_of_63_bits(index: LexicalIndex, session: Session):
    index.add(session, "one", "a", [WordEntry(2**63 - 1, "", "enormous")])
    assert found(index, session, BOTH, "enormous") == {2**63 - 1}


def test_a_scope_of_many_collections_is_as_exact_as_one_of_few(
    session: Session, index: LexicalIndex
):
    """However many others have better ones."""
    for n in range(60):
        text = "a wheel turns " + "and turns " * (n % 7)
        index.add(session, f"c{n}", f"d{n}", [WordEntry(1_000 + n, "Wheels", text)])
    every = index.search(session, Scope(tuple(f"c{n}" for n in range(60))), ["wheel", "turns"], 60)
    assert len(every) == 60
    for wanted in (range(20), range(0, 60, 2), range(59)):
        chunks = {1_000 + n for n in wanted}
        scope = Scope(tuple(f"c{n}" for n in wanted))
        for k in (1, 5, 40):
            found = index.search(session, scope, ["wheel", "turns"], k)
            assert found == [hit for hit in every if hit.chunk_id in chunks][:k], (wanted, k)
