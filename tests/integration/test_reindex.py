"""`glossator reindex`: another embedder takes over in one moment, whatever is killed before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, text

from cli_tools import environment
from glossator.commands.reindexing import carry_out
from glossator.commands.upkeep import all_counts, uneven
from glossator.foundation.errors import Unavailable
from glossator.gateways.fakes import FakeEmbedder, FakeStore
from glossator.gateways.ports import Embedder
from glossator.library.access import user_collection
from glossator.library.active import Switched
from glossator.library.tables import IndexEmbedder
from glossator.wiring import House, build
from house_tools import made_settings, rows
from small_books import book
from upload_tools import STATES, document, even, long_text, upload, user, work
from vector_tools import OtherEmbedder, by_choice, copy_all, embedded, found, models, to_embed

OTHER = "sentence-transformers:other"
ARM = (
    "# Arm\n\nThe arm has a wrist.\n\n```python\nx = 1\n```\n\n## Motor\n\nA motor turns the joint."
)
HAND = "# Hand\n\nA hand has five fingers.\n\n| Part | Torque |\n|---|---|\n| wrist | 12 Nm |"


def opened(url: str, data: Path, choice: str = "bundled", store: FakeStore | None = None) -> House:
    settings = made_settings(data, url, embedder=choice)
    return build(settings, embedder=by_choice(choice), opened=by_choice, store=store)


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A library by the first embedder."""
    house = opened(database_url, tmp_path)
    house.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    yield house
    house.close()


@pytest.fixture
def new(database_url: str, tmp_path: Path, old: House) -> Iterator[House]:
    """Another process on it, whose settings name the second embedder."""
    assert old.reindexing.active() == FakeEmbedder.name
    house = opened(database_url, tmp_path, OTHER)
    yield house
    house.close()


def everything(house: House) -> dict[str, object]:
    return carry_out(house, embed=True, vectors=True, words=True, quiet=True)


def test_the_other_embedder_takes_over_and_no_vector_of_the_first_is_left(old: House, new: House):
    before = rows(old)
    done = everything(new)
    assert (done["before"], done["embedder"]) == (FakeEmbedder.name, OtherEmbedder.name)
    assert done["embedded"] == len(to_embed(old))
    assert (done["rough"], done["too_long"]) == (0, 0)
    assert models(old) == {OtherEmbedder.name}
    assert embedded(new, OtherEmbedder.name) == to_embed(new)
    assert rows(old) == before
    # Both processes search with it from now on, the one that knew only the first too.
    assert found(old, ["book:robots"], "motor joint") == found(new, ["book:robots"], "motor joint")
    with old.database.reading() as session:
        assert old.index.embedder(session).name == OtherEmbedder.name
    # Equal chunks, by the texts as they were cut: their sentences are there as well.
    with old.database.reading() as session:
        empty = session.scalar(text("SELECT count(*) FROM document_embeddings "
                                    "WHERE length(sentences) = 0"))  # fmt: skip
    assert empty == 0
    assert uneven(all_counts(new)) == []


def test_until_then_the_first_one_answers_and_writes(old: House, new: House):
    with new.database.reading() as session:
        assert new.index.embedder(session).name == FakeEmbedder.name
    assert found(new, ["book:robots"], "motor") == found(old, ["book:robots"], "motor")
    new.pipeline.add_book(book({"eye": "# Eye\n\nA camera sees."}), "eyes")
    assert models(new) == {FakeEmbedder.name}
    new.reindexing.embed(new.embedder)
    assert models(new) == {FakeEmbedder.name, OtherEmbedder.name}
    assert found(new, ["book:robots"], "motor") == found(old, ["book:robots"], "motor")


def test_questions_are_answered_all_the_while(old: House, new: House):
    answers: list[int] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            answers.append(len(found(old, ["book:robots"], "How many fingers has a hand?")))

    asking = threading.Thread(target=ask)
    asking.start()
    everything(new)
    ended.set()
    asking.join()
    assert len(answers) > 3
    assert set(answers) == {len(found(new, ["book:robots"], "How many fingers has a hand?"))}


def test_what_comes_meanwhile_is_not_forgotten(old: House, new: House):
    new.reindexing.embed(new.embedder)
    old.pipeline.add_book(book({"eye": "# Eye\n\nA camera sees."}), "eyes")
    assert new.reindexing.switch(new.embedder, OTHER) is False
    assert new.reindexing.active() == FakeEmbedder.name
    everything(new)
    assert embedded(new, OtherEmbedder.name) == to_embed(new)


def test_who_began_with_the_old_one_begins_again(old: House, new: House):
    ada = user(old)
    waiting = upload(old, ada, long_text("torque", 20))
    assert old.documents.parse()
    assert old.documents.embed()
    assert document(old, waiting).status == STATES.EMBEDDING
    everything(new)
    assert document(old, waiting).status == STATES.QUEUED
    work(old)
    assert document(old, waiting).status == STATES.READY
    assert models(old) == {OtherEmbedder.name}
    assert even(new, ada) > 0
    assert found(old, [user_collection(ada)], "torque number 3")
    with pytest.raises(Switched), old.database.writing() as session:
        old.index.settle(session, FakeEmbedder())


def test_a_second_time_there_is_nothing_to_embed(old: House, new: House):
    everything(new)
    assert everything(new)["embedded"] == 0
    added = new.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    # Read again it is cut for the new embedder; equal chunks cost nothing.
    assert added.chunks_embedded == 0
    assert rows(old)["document_embeddings"] == len(to_embed(old))


def test_without_the_first_embedder_its_texts_are_taken_from_the_rows(
    database_url: str, tmp_path: Path, old: House
):
    class Coarse(OtherEmbedder):
        """Counts otherwise, so that it cuts otherwise."""

        def count(self, texts: Sequence[str]) -> list[int]:
            return [9 * pieces for pieces in super().count(texts)]

    def gone(choice: str) -> Embedder:
        raise Unavailable(f"{choice} is not installed")

    old.pipeline.add_book(book({"long": f"# Long\n\n{'A rope is long. ' * 60}"}), "ropes")
    settings = made_settings(tmp_path, database_url, embedder=OTHER)
    house = build(settings, embedder=Coarse(), opened=gone)
    with pytest.raises(Unavailable):
        found(house, ["book:ropes"], "rope")
    done = everything(house)
    assert done["rough"]
    assert embedded(house, OtherEmbedder.name) == to_embed(house)
    assert found(house, ["book:ropes"], "rope")
    house.close()


def test_words_are_entered_anew(old: House):
    with old.database.writing() as session:
        session.execute(text("DELETE FROM chunk_words"))
    assert uneven(all_counts(old)) == ["book robots"]
    before = rows(old)["document_chunks"]
    done = carry_out(old, embed=False, vectors=False, words=True, quiet=True)
    assert done["words"] == before
    assert uneven(all_counts(old)) == []
    with old.database.reading() as session:
        assert session.scalars(select(IndexEmbedder.model)).all() == [FakeEmbedder.name]


def test_an_outside_copy_follows_the_switch(database_url: str, tmp_path: Path):
    store = FakeStore()
    first = opened(database_url, tmp_path, store=store)
    first.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    copy_all(first)
    (old_copy,) = store.copies
    second = opened(database_url, tmp_path, OTHER, store)
    assert everything(second)["copied"] is True
    copy_all(second)
    ((name, held),) = store.copies.items()
    assert name != old_copy
    assert set(held) == embedded(second, OtherEmbedder.name)
    assert {entry.vector.shape for _, entry in held.values()} == {(96,)}
    first.close()
    second.close()


PROCESS = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from vector_tools import OtherEmbedder, by_choice
from glossator.commands.reindexing import carry_out
from glossator.settings import Settings
from glossator.wiring import build
data, url = Path(sys.argv[1]), sys.argv[2]
class Slow(OtherEmbedder):
    def encode_with_spans(self, texts, spans):
        time.sleep(0.2)
        with open(data / "embedded", "a") as file:
            file.write("".join(f"{hash(text)}\\n" for text in texts))
        return super().encode_with_spans(texts, spans)
settings = Settings(_env_file=None, data=data, database_url=url,
                    embedder="sentence-transformers:other", vectors_url=sys.argv[4])
house = build(settings, embedder=Slow(), opened=by_choice)
print("ready", flush=True)
carry_out(house, embed=True, vectors=True, words=True, quiet=True)
house.close()
print("done", flush=True)
"""


def _killed(url: str, data: Path, vectors: str, *, kills: int, sections: int) -> Counter[str]:
    """Reindex in a process that is killed so many times; what was embedded how often."""
    house = opened(url, data)
    ada = user(house)
    for word in ("torque", "mass", "speed"):
        upload(house, ada, long_text(word, sections))
    work(house)
    house.close()
    arguments = [str(data), url, str(Path(__file__).parents[1]), vectors]
    ended = False
    for n in range(kills + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments], stdout=subprocess.PIPE, text=True,
            env={**environment(data), "PYTHONHASHSEED": "1"}, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if n < kills and not ended:
            time.sleep(0.15 + 0.11 * (n % 7))
            os.killpg(process.pid, signal.SIGKILL)
        ended = process.stdout.read().endswith("done\n")
        process.wait(120)
        process.stdout.close()
    assert ended
    return Counter((data / "embedded").read_text().split())


def _agrees(url: str, data: Path, **settings: str) -> None:
    house = build(made_settings(data, url, embedder=OTHER, **settings),
                  embedder=OtherEmbedder(), opened=by_choice)  # fmt: skip
    counts = all_counts(house)
    assert uneven(counts) == []
    assert models(house) == {OtherEmbedder.name}
    assert embedded(house, OtherEmbedder.name) == to_embed(house)
    if settings:
        assert counts["vectors"]["held"] == len(to_embed(house))
    house.close()


def test_kills_in_the_middle_cost_a_batch_each(database_url: str, tmp_path: Path):
    counted = _killed(database_url, tmp_path, "sql:", kills=2, sections=10)
    _agrees(database_url, tmp_path)
    assert max(counted.values()) <= 4
    # What was embedded twice is at most the batch that each kill cut off.
    assert counted.total() - len(counted) <= 2 * 32


def test_kills_while_it_is_copied_outside(postgres_url: str, tmp_path: Path):
    _killed(postgres_url, tmp_path, "pgvector:", kills=2, sections=8)
    _agrees(postgres_url, tmp_path, vectors_url="pgvector:")


@pytest.mark.long
def test_fifty_kills(database_url: str, tmp_path: Path):
    _killed(database_url, tmp_path, "sql:", kills=50, sections=150)
    _agrees(database_url, tmp_path)
