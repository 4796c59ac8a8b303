"""A document that is processed anew is asked as it was, until all of the new one is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from glossator.accounts.callers import Member
from glossator.ingestion.storing import BATCH
from glossator.ingestion.tables import DocumentDraft, DraftEmbedding
from glossator.library import access
from glossator.library.tables import Document, DocumentChunk
from glossator.wiring import House
from house_tools import rows
from upload_tools import Moody, document, even, long_text, process_anew, traces, upload, user, work

OLD = long_text("radar")
NEW = long_text("radar", sections=4) + "\n\n" + long_text("sonar", sections=12)
STILL = "can still be asked."


@pytest.fixture
def embedder() -> Moody:
    """Counts and fails."""
    return Moody()


@pytest.fixture
def ada(house: House) -> int:
    """A user."""
    return user(house)


@pytest.fixture
def known(house: House, ada: int) -> str:
    """A document that is ready."""
    identity = upload(house, ada, OLD)
    work(house)
    return identity


def held(house: House) -> dict[int, tuple[int, int, str]]:
    """Place and text of every chunk, by id."""
    with house.database.reading() as session:
        chunks = session.scalars(select(DocumentChunk)).all()
        return {chunk.id: (chunk.position, chunk.start, chunk.text) for chunk in chunks}


def drafts(house: House) -> tuple[int, int]:
    """How many drafts there are, and how many chunks of them have vectors."""
    with house.database.reading() as session:
        counts = (
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (DocumentDraft, DraftEmbedding)
        )
        return next(counts), next(counts)


def found(house: House, ada: int, question: str) -> list[str]:
    caller = Member(ada, "a@b.c", "A", "beginner", "", "user", "", "password")
    with house.database.reading() as session:
        scope = access.scope(session, caller, own=True)
        return [
            hit.ranked.passage.text for hit in house.search.search(session, scope, question).found
        ]


def test_the_old_text_is_asked_until_all_of_the_new_one_is_there(
    house: House, ada: int, known: str, embedder: Moody
):
    before, old = held(house), document(house, known)
    embedded = len(embedder.embedded)
    process_anew(house, known, NEW)
    assert house.documents.parse()
    steps = 0
    while document(house, known).status == "embedding":
        assert held(house) == before
        assert even(house, ada) == len(before)
        assert document(house, known).words == old.words
        assert "radar number 9" in " ".join(
            found(house, ada, "What does the radar number 9 measure")
        )
        assert house.documents.embed()
        steps += 1
    row = document(house, known)
    assert (row.status, row.error, row.attempts) == ("ready", None, 0)
    assert row.progress_done == row.progress_total == even(house, ada)
    assert steps > 1
    assert drafts(house) == (0, 0)
    after = held(house)
    # What both texts hold kept its vectors, what only the old one held is gone.
    assert after.keys() & before.keys()
    assert len(embedder.embedded) - embedded == len(after.keys() - before.keys()) > BATCH
    assert "sonar number 9" in " ".join(found(house, ada, "What does the sonar number 9 measure"))
    assert not any("radar number 9" in text for _, _, text in after.values())


def test_it_comes_out_as_a_new_document_would(house: House, known: str):
    process_anew(house, known, NEW)
    work(house)
    bob = user(house, "bob@example.org")
    fresh = upload(house, bob, NEW)
    work(house)
    with house.database.reading() as session:
        columns = DocumentChunk.position, DocumentChunk.start, DocumentChunk.text
        both = [
            session.execute(
                select(*columns, DocumentChunk.anchor, DocumentChunk.heading_path)
                .where(DocumentChunk.document_id == identity)
                .order_by(DocumentChunk.position)
            ).all()
            for identity in (known, fresh)
        ]
    assert both[0] == both[1] != []
    one, other = document(house, known), document(house, fresh)
    for name in ("title", "words", "fingerprint", "language", "notes", "pages"):
        assert getattr(one, name) == getattr(other, name)


def test_progress_counts_the_draft(house: House, ada: int, known: str):
    process_anew(house, known, NEW)
    assert house.documents.parse()
    told = []
    while (row := document(house, known)).status == "embedding":
        told.append((row.progress_done, row.progress_total))
        assert house.documents.embed()
    assert told == sorted(told)
    assert len({done for done, _ in told}) == len(told)
    assert {total for _, total in told} == {even(house, ada)}


def test_a_failed_reading_keeps_the_old(house: House, ada: int, known: str):
    before = held(house)
    process_anew(house, known, " \n")
    work(house)
    row = document(house, known)
    assert row.status == "failed"
    assert (row.error or "").startswith("It holds no text")
    assert (row.error or "").endswith(STILL)
    assert held(house) == before
    assert even(house, ada) == len(before)


@pytest.mark.parametrize("batches", [0, 1])
def test_a_failed_embedding_keeps_the_old(
    house: House, ada: int, known: str, embedder: Moody, batches: int
):
    before, old = held(house), document(house, known)
    process_anew(house, known, NEW)
    assert house.documents.parse()
    for _ in range(batches):
        assert house.documents.embed()
    embedder.failing = 5
    for _ in range(5):
        with house.database.writing() as session:
            session.execute(update(Document).values(due_at=None))
        work(house)
    row = document(house, known)
    assert (row.status, (row.error or "").endswith(STILL)) == ("failed", True)
    assert (row.title, row.words, row.fingerprint) == (old.title, old.words, old.fingerprint)
    assert held(house) == before
    assert even(house, ada) == len(before)
    assert found(house, ada, "What does the radar number 9 measure")
    # The next attempt goes on where this one stopped.
    embedded = len(embedder.embedded)
    aside = drafts(house)[1]
    assert aside == batches * BATCH
    process_anew(house, known)
    work(house)
    assert document(house, known).status == "ready"
    assert document(house, known).error is None
    assert len(embedder.embedded) - embedded == len(held(house).keys() - before.keys()) - aside
    assert drafts(house) == (0, 0)


def test_a_failed_first_embedding_says_nothing_of_a_former_text(
    house: House, ada: int, embedder: Moody
):
    identity = upload(house, ada, OLD)
    assert house.documents.parse()
    assert house.documents.embed()
    embedder.failing = 5
    for _ in range(5):
        with house.database.writing() as session:
            session.execute(update(Document).values(due_at=None))
        work(house)
    assert document(house, identity).status == "failed"
    assert STILL not in (document(house, identity).error or "")
    process_anew(house, identity)
    house.documents.parse()
    # The same text goes on in its place.
    assert drafts(house) == (0, 0)
    work(house)
    assert document(house, identity).status == "ready"
    even(house, ada)


def test_a_reading_that_gives_the_old_text_again_drops_the_draft(
    house: House, ada: int, known: str
):
    before = held(house)
    process_anew(house, known, NEW)
    house.documents.parse()
    house.documents.embed()
    assert drafts(house) == (1, BATCH)
    process_anew(house, known, OLD)
    work(house)
    assert drafts(house) == (0, 0)
    assert held(house) == before
    even(house, ada)


def test_another_text_takes_the_place_of_a_draft(house: House, ada: int, known: str):
    process_anew(house, known, NEW)
    house.documents.parse()
    house.documents.embed()
    process_anew(house, known, long_text("lidar"))
    house.documents.parse()
    assert drafts(house) == (1, 0)
    work(house)
    assert document(house, known).title == "The lidar book"
    even(house, ada)


def test_code_alone_is_no_work_that_never_ends(house: House, ada: int, known: str):
    code = "\n\n".join(f"```python\nprint({n})\n```" for n in range(3 * BATCH))
    process_anew(house, known, f"# Code\n\n{code}\n\n## Last\n\nSome words about it.\n")
    work(house)
    row = document(house, known)
    assert (row.status, row.progress_done) == ("ready", even(house, ada))


@pytest.mark.parametrize("how", ["remove", "forget"])
def test_deleting_leaves_nothing_of_a_draft(house: House, known: str, how: str):
    process_anew(house, known, NEW)
    house.documents.parse()
    house.documents.embed()
    assert {"document_drafts", "draft_embeddings"} <= {
        n for n, count in rows(house).items() if count
    }
    removed: dict[str, Callable[[], object]] = {
        "remove": lambda: house.documents.remove(known),
        "forget": lambda: None,
    }
    with house.database.writing() as session:
        if how == "forget":
            house.documents.empty(session, known)
        house.documents.bury(session, session.get_one(Document, known))
    removed[how]()
    assert drafts(house) == (0, 0)
    work(house)
    assert traces(house, known) == []


def test_another_embedder_in_the_middle(house: House, ada: int, known: str):
    """Vectors that a draft has of an embedder that isn't used any more don't count."""
    process_anew(house, known, NEW)
    house.documents.parse()
    house.documents.embed()
    with house.database.writing() as session:
        session.execute(update(DraftEmbedding).values(model="another"))
    work(house)
    assert document(house, known).status == "ready"
    even(house, ada)
    assert drafts(house) == (0, 0)
