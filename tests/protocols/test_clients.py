"""The clients for Python and TypeScript against a real server."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from account_tools import PASSWORD
from door_tools import ABSENT, QUESTION, QUOTE, Doors
from glossator.app import create_app
from glossator.client import (
    ApiError,
    AsyncGlossator,
    Begun,
    Cited,
    Finished,
    Glossator,
    GlossatorFault,
    Retracted,
    Text,
    Unreached,
)
from glossator.client.calls import checked
from glossator.client.streams import Parts
from model_server import Reply, says

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "packages/client"


@pytest.fixture
def user(doors: Doors) -> Iterator[Glossator]:
    with Glossator(doors.url, doors.token) as client:
        yield client


def test_books_and_chapters(doors: Doors, user: Glossator):
    assert [book.book_id for book in user.books()] == ["koala-book", "robots"]
    with Glossator(doors.url) as guest:
        assert [book.book_id for book in guest.books()] == ["robots"]
    chapter = user.chapter("part-1/sensors", "robots", html=True)
    assert QUOTE in chapter.content
    assert (chapter.headings[0].text, chapter.next and chapter.next.chapter_id) == (
        "Sensors", "part-1/control"
    )  # fmt: skip
    assert chapter.html is not None
    assert user.book("robots").chapters[0].minutes >= 1


def test_an_answer_its_session_and_its_rating(user: Glossator):
    answer = user.ask(QUESTION, book_id="robots")
    assert (answer.mode, answer.grounded) == ("model", True)
    (source,) = answer.sources
    chapter = user.chapter(source.chapter_id or "", source.book_id)
    assert chapter.content[source.start : source.end] == source.quote == QUOTE
    assert answer.usage is not None
    assert (answer.usage.model, answer.usage.output_tokens > 0) == ("openai:first", True)
    assert answer.session_id is not None
    user.ask("And why?", session_id=answer.session_id)
    first, second = user.messages(answer.session_id)
    assert (first.question, second.question) == (QUESTION, "And why?")
    user.rate(first.message_id or "", "up", "Good.")
    assert user.messages(answer.session_id)[0].rating == "up"
    assert answer.session_id in [each.session_id for each in user.sessions()]
    user.delete_session(answer.session_id)
    assert answer.session_id not in [each.session_id for each in user.sessions()]


def test_a_stream_in_parts(doors: Doors, user: Glossator):
    parts = list(user.stream(QUESTION))
    assert isinstance(parts[0], Begun)
    last = parts[-1]
    assert isinstance(last, Finished)
    assert "".join(part.text for part in parts if isinstance(part, Text)) == last.answer.answer
    assert [part.source.quote for part in parts if isinstance(part, Cited)] == [QUOTE]
    doors.provider.answer_with(says("The moon is made of green cheese and nothing else at all."))
    kinds = [type(part) for part in user.stream(QUESTION)]
    assert kinds.index(Retracted) < kinds.index(Finished)


def test_whoever_stops_listening_stops_the_model(doors: Doors, user: Glossator):
    doors.provider.answer_with(Reply(("It computes ",) * 50, pause=0.1))
    for part in user.stream(QUESTION):
        if isinstance(part, Text):
            break
    until = time.monotonic() + 5
    while doors.provider.bill.left == 0 and time.monotonic() < until:
        time.sleep(0.02)
    assert doors.provider.bill.left == 1


def test_the_same_in_a_loop(doors: Doors):
    async def run() -> None:
        async with AsyncGlossator(doors.url) as client:
            assert await client.log_in("ada@example.org", PASSWORD)
            assert [book.book_id for book in await client.books()] == ["koala-book", "robots"]
            answer, found = await asyncio.gather(client.ask(ABSENT), client.search(QUESTION, k=2))
            assert (answer.mode, answer.sources) == ("refused", ())
            assert (len(found.results), QUOTE in found.results[0].text) == (2, True)
            kinds = [type(part) async for part in client.stream(QUESTION)]
            assert (kinds[0], kinds[-1]) == (Begun, Finished)
            (document,) = await client.upload(("note.md", b"# Emu\n\nAn emu runs."))
            assert document.document_id is not None
            for _ in range(200):
                document = await client.document(document.document_id)
                if document.status in ("ready", "failed"):
                    break
                await asyncio.sleep(0.05)
            assert document.document_id in [each.document_id for each in await client.documents()]
            assert document.document_id is not None
            await client.delete_document(document.document_id)
            left = (await client.usage())["questions"]
            assert left["limit"] == 60

    asyncio.run(run())


def test_both_have_the_same_methods():
    def shape(kind: type) -> dict[str, object]:
        return {
            name: [(e.name, e.default) for e in inspect.signature(method).parameters.values()]
            for name, method in vars(kind).items()
            if inspect.isfunction(method) and not name.startswith("_")
        }  # fmt: skip

    assert shape(Glossator) == shape(AsyncGlossator)


def test_refusals_in_the_servers_words(doors: Doors, user: Glossator):
    with pytest.raises(ApiError, match="There is no book") as refused:
        user.search("x", book_id="wombat-book")
    assert (refused.value.status, refused.value.type) == (400, "unknown-reference")
    with pytest.raises(ApiError) as refused:
        user.ask("")
    assert [each["field"] for each in refused.value.errors] == ["question"]
    with pytest.raises(ApiError) as refused:
        list(user.stream(""))
    assert (refused.value.status, bool(refused.value.request_id)) == (422, True)
    with pytest.raises(Unreached, match=r"No answer from http://127.0.0.1:9\. Is"):
        Glossator("http://127.0.0.1:9").books()
    with pytest.raises(ApiError) as refused, Glossator(doors.url, "x") as bad:
        bad.books()
    assert refused.value.status == 401


def test_what_is_no_answer_of_ours():
    with pytest.raises(ApiError, match="not with JSON"):
        checked(200, {"content-type": "text/html"}, b"<html>")
    with pytest.raises(ApiError, match="answered 502") as refused:
        checked(502, {"content-type": "application/json", "retry-after": "7"}, b"{")
    assert refused.value.retry_after == 7.0
    assert checked(204, {}, b"") is None
    parts = Parts()
    assert list(parts.take('data: {"type":"text-delta","id":"a","delta":"x"}')) == [Text("x")]
    assert [*parts.take(": still here"), *parts.take('data: {"type":"new"}')] == []
    with pytest.raises(GlossatorFault, match="broke off"):
        parts.end()


def test_it_needs_nothing_of_the_rooms():
    loaded = "import sys, glossator.client; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    found = done.stdout.split()
    heavy = ("sqlalchemy", "fastapi", "numpy", "mcp", "openai", "pydantic", "glossator.tutor")
    assert not [name for name in heavy if name in found]


def test_the_types_for_typescript_are_the_servers(doors: Doors):
    spec = importlib.util.spec_from_file_location("types_", ROOT / "scripts/client_types.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wanted = module.made(create_app(house=doors.house).openapi())
    kept = (CLIENT / "src/api.ts").read_text("utf-8")
    assert kept == wanted, "Run scripts/client_types.py."


def test_the_client_for_typescript(doors: Doors, tmp_path: Path):
    node, tools = shutil.which("node"), ROOT / "frontend/node_modules/.bin"
    if node is None or not (tools / "esbuild").exists():
        pytest.skip("Node or its tools aren't installed, so the TypeScript client wasn't tried.")
    built = tmp_path / "client.mjs"
    bundle = [tools / "esbuild", "src/index.ts", "--bundle", "--format=esm", f"--outfile={built}"]
    subprocess.run([*bundle, "--log-level=warning"], cwd=CLIENT, check=True, timeout=60)
    env = {**os.environ, "CLIENT": str(built), "GLOSSATOR_URL": doors.url,
           "GLOSSATOR_TOKEN": doors.token}  # fmt: skip
    done = subprocess.run(
        [node, "--test", "tests/client.test.mjs"],
        cwd=CLIENT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
