"""LangChain's retriever over a real server and in this process, and the chunker for migrants."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from account_tools import sign_up
from glossator.gateways.fakes import FakeEmbedder
from glossator.library.tables import Document as Row
from glossator.library.tables import DocumentChunk
from glossator.wiring import House, build
from house_tools import made_settings
from server_tools import served
from small_books import book

pytest.importorskip("langchain_core", reason="The extra langchain isn't installed.")

from glossator.in_process import Library
from glossator.langchain import GlossatorRetriever, SearchFailed

ROOT = Path(__file__).parents[2]
QUESTION = "What does a stereo camera compute from the disparity between two pictures?"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    made = build(made_settings(tmp_path, sqlite_url), embedder=FakeEmbedder())
    made.pipeline.add_book(book(), "robots")
    yield made
    made.close()


@pytest.fixture
def server(house: House) -> Iterator[str]:
    with served(house) as port:
        yield f"http://127.0.0.1:{port}"


def text_of(house: House, chapter: str) -> str:
    with house.database.reading() as session:
        wanted = select(Row.text).where(Row.chapter_id == chapter)
        return str(session.scalars(wanted).first())


def test_its_documents_are_stretches_of_the_book(house: House, server: str):
    found = GlossatorRetriever(url=server, k=3).invoke(QUESTION)
    assert len(found) == 3
    assert "disparity" in found[0].page_content
    for item in found:
        facts = item.metadata
        assert set(facts) == {
            "chapter", "document", "book", "title", "section", "page", "url", "start", "end",
            "similarity",
        }  # fmt: skip
        text = text_of(house, facts["chapter"])
        assert text[facts["start"] : facts["end"]] == item.page_content
        assert facts["url"].startswith(f"{server}/b/robots/")
        assert 0 <= facts["similarity"] <= 1
    assert len({item.id for item in found}) == 3


def test_asynchronous_and_narrowed_to_a_chapter(server: str):
    whole = GlossatorRetriever(url=f"{server}/")
    first = asyncio.run(whole.ainvoke(QUESTION))
    assert first == whole.invoke(QUESTION)
    chapter = first[0].metadata["chapter"]
    within = GlossatorRetriever(url=server, book_id="robots", chapter_id=chapter)
    found = asyncio.run(within.ainvoke("motor"))
    assert {item.metadata["chapter"] for item in found} == {chapter}


def test_in_a_chain(server: str):
    from langchain_core.documents import Document
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough

    prompt = ChatPromptTemplate.from_template("{passages}\n\n{question}")

    def joined(docs: list[Document]) -> str:
        return "\n".join(doc.page_content for doc in docs)

    retriever = GlossatorRetriever(url=server, k=1)
    chain = {
        "passages": retriever | RunnableLambda(joined),
        "question": RunnablePassthrough(),
    } | prompt
    said: Any = chain.invoke(QUESTION)
    assert "disparity" in said.to_string()
    assert said.to_string().endswith(QUESTION)


def test_what_goes_wrong_is_said_in_words(server: str):
    for retriever, status, words in (
        (GlossatorRetriever(url=server, token=SecretStr("bad")), 401, "sign in|token"),
        (GlossatorRetriever(url=server, book_id="nobodys"), 400, "There is no book"),
        (GlossatorRetriever(url=f"{server}/nowhere"), 404, "."),
    ):
        for call in (retriever.invoke, lambda q, r=retriever: asyncio.run(r.ainvoke(q))):
            with pytest.raises(SearchFailed, match=f"(?i){words}") as caught:
                call("wheel")
            assert caught.value.status == status
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(SearchFailed, match=f"127.0.0.1:{port}"):
        GlossatorRetriever(url=f"http://127.0.0.1:{port}").invoke("wheel")


def test_a_token_opens_books_for_members(house: House, server: str):
    house.pipeline.add_book(book(), "robots", visibility="members")
    assert GlossatorRetriever(url=server).invoke(QUESTION) == []
    from starlette.testclient import TestClient

    from glossator.app import create_app

    with TestClient(create_app(house=house)) as client:
        token = sign_up(client)
    opened = GlossatorRetriever(url=server, token=SecretStr(token))
    assert opened.invoke(QUESTION)
    assert token not in repr(opened)


def test_one_place_is_needed():
    for wrong in ({}, {"url": "http://x", "searching": dict}):
        with pytest.raises(ValueError, match="either the url"):
            GlossatorRetriever(**wrong)


def test_in_this_process_the_same_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = build(made_settings(tmp_path))
    from glossator.schema import migrate

    migrate(made.database)
    made.pipeline.add_book(book(), "robots", visibility="members")
    made.close()
    with Library(tmp_path) as library:
        retriever = GlossatorRetriever(searching=library.search, book_id="robots", k=2)
        found = retriever.invoke(QUESTION)
        assert len(found) == 2
        assert "disparity" in found[0].page_content
        assert asyncio.run(retriever.ainvoke(QUESTION)) == found


def test_another_chunker_cuts_anew_and_its_citations_hold(sqlite_url: str, tmp_path: Path):
    def added(**settings: object) -> tuple[int, str, list[DocumentChunk]]:
        made = build(made_settings(tmp_path, sqlite_url, **settings), embedder=FakeEmbedder())
        result = made.pipeline.add_book(book(), "robots")
        with made.database.reading() as session:
            chunks = list(session.scalars(select(DocumentChunk)))
            texts = dict(session.execute(select(Row.id, Row.text)).all())
            for item in chunks:
                assert texts[item.document_id][item.start : item.end] == item.text
            answer = made.tutor.ask(session, _scope(), QUESTION)
            for source in (*answer.sources, *answer.nearest):
                text = text_of(made, source.chapter_id or "")
                assert text[source.start : source.end] == source.quote
        made.close()
        return result.chunks_embedded, f"{result.changed}", chunks

    _, _, ours = added()
    embedded, changed, theirs = added(chunker="recursive", chunk_size=400, chunk_overlap=80)
    assert embedded > 0
    assert changed != "0"
    assert max(item.end - item.start for item in theirs) <= 400
    assert {item.id for item in ours}.isdisjoint(item.id for item in theirs)
    again, unchanged, _ = added(chunker="recursive", chunk_size=400, chunk_overlap=80)
    assert (again, unchanged) == (0, "0")
    assert added(chunker="recursive", chunk_size=300, chunk_overlap=80)[0] > 0


def _scope() -> Any:
    from glossator.gateways.ports import Scope

    return Scope(("book:robots",))


def test_the_shown_chain_answers_with_its_places(server: str):
    from langchain_core.language_models import FakeListChatModel

    spec = importlib.util.spec_from_file_location("shown", ROOT / "examples/langchain/ask.py")
    assert spec is not None
    assert spec.loader is not None
    shown = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shown)
    model = FakeListChatModel(responses=["From the disparity [1]."])
    said = shown.chain(GlossatorRetriever(url=server, k=2), model).invoke(QUESTION)
    assert said["answer"] == "From the disparity [1]."
    assert len(said["found"]) == 2
    assert shown.numbered(said["found"]).startswith("[1] Sensors > Cameras\n")
    assert f"[1] Sensors > Cameras: {server}/b/robots/part-1/sensors" in shown.places(said["found"])
