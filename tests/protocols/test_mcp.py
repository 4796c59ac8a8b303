"""The MCP door, by the official client: over HTTP in both eras of the protocol, and over pipes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from account_tools import PASSWORD
from cli_tools import RUN, environment
from door_tools import ABSENT, ORIGIN, QUESTION, QUOTE, Doors
from glossator.client import AsyncGlossator
from glossator.commands.protocols import ServerDesk
from glossator.protocols.mcp_server import server
from glossator.protocols.tools import DATA, named, resource
from glossator.usage import overrides
from model_server import Reply

HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
ERAS = ("legacy", "auto")
NOT_THERE = "There is no book, chapter or document with this id."


@asynccontextmanager
async def connected(doors: Doors, who: str = "user", era: str = "auto") -> AsyncIterator[Client]:
    token = {"guest": None, "user": doors.token, "other": doors.other}[who]
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(f"{doors.url}/mcp", http_client=http)
        async with Client(transport, mode=era) as client:
            yield client


def calls(doors: Doors, who: str, *wanted: tuple[str, dict[str, Any]]) -> list[Any]:
    """What tools answer, in one session."""

    async def run() -> list[Any]:
        async with connected(doors, who) as client:
            return [await client.call_tool(tool, given) for tool, given in wanted]

    return asyncio.run(run())


def call(doors: Doors, tool: str, who: str = "user", **given: Any) -> Any:
    (answer,) = calls(doors, who, (tool, given))
    return answer


def failed(result: Any) -> str:
    assert result.is_error
    return str(result.content[0].text)


def rpc(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@pytest.mark.parametrize("era", ERAS)
def test_a_session_of_the_official_client(doors: Doors, era: str):
    async def run() -> None:
        async with connected(doors, era=era) as client:
            told = await client.list_tools()
            assert {tool.name for tool in told.tools} == {
                "list_books", "search_books", "read_chapter", "ask_book"
            }  # fmt: skip
            for tool in told.tools:
                assert tool.annotations is not None
                assert tool.annotations.read_only_hint is True
                assert tool.annotations.destructive_hint is False
                assert not {"url", "path", "command", "file"} & set(tool.input_schema["properties"])
            listed = await client.call_tool("list_books", {"book_id": "robots"})
            (book,) = listed.structured_content["books"]
            chapters = [row["chapter_id"] for row in book["chapters"]]
            assert chapters == ["part-1/sensors", "part-1/control"]
            found = await client.call_tool("search_books", {"query": QUESTION, "k": 2})
            assert QUOTE in found.structured_content["passages"][0]["text"]
            answer = await client.call_tool("ask_book", {"question": QUESTION})
            told_answer = answer.structured_content
            assert told_answer["grounded"] is True
            (source,) = told_answer["sources"]
            assert source["quote"] == QUOTE
            assert source["url"].startswith(f"{doors.url}/b/robots/")
            read = await client.read_resource(source["resource"])
            text = read.contents[0].text  # type: ignore[union-attr]
            assert text[source["start"] : source["end"]] == QUOTE

    asyncio.run(run())


def test_results_come_as_data_behind_a_sentence_that_says_so(doors: Doors):
    found = call(doors, "search_books", query=QUESTION)
    sentence, _, told = found.content[0].text.partition("\n\n")
    assert sentence == DATA
    assert json.loads(told) == found.structured_content


def test_an_answer_that_is_not_there(doors: Doors):
    told = call(doors, "ask_book", question=ABSENT).structured_content
    assert (told["grounded"], told["mode"], told["sources"]) == (False, "refused", [])
    assert told["nearest"]


def test_a_chapter_is_read_in_stretches(doors: Doors):
    with doors.asked("guest") as client:
        whole = client.get("/api/chapters/part-1/sensors").json()["content"]
    read, start = "", 0
    while start < len(whole):
        part = call(doors, "read_chapter", book_id="robots", chapter_id="part-1/sensors",
                    start=start, length=300).structured_content  # fmt: skip
        assert (part["start"], part["total"]) == (start, len(whole))
        read, start = read + part["content"], part["end"]
    assert read == whole
    assert "Lidar" in part["headings"]


def test_resources_are_the_chapters_one_may_see(doors: Doors):
    async def run(who: str) -> list[str]:
        async with connected(doors, who) as client:
            (template,) = (await client.list_resource_templates()).resource_templates
            assert template.uri_template == "glossator://{book_id}/{+chapter_id}"
            return [str(each.uri) for each in (await client.list_resources()).resources]

    public = ["glossator://robots/part-1/sensors", "glossator://robots/part-1/control"]
    assert asyncio.run(run("guest")) == public
    assert asyncio.run(run("user")) == ["glossator://koala-book/koala-chapter", *public]


def test_ids_of_all_kinds_have_addresses():
    for ids in (("jest@29.7", "a/b c"), ("بوک", "ü/%2F"), ("a", "?#")):
        assert named(resource(*ids)) == ids
    assert named("glossator://alone") is None
    assert named("file:///etc/passwd") is None


def refused(doors: Doors, who: str, book: str, chapter: str) -> str:
    """What is said to somebody who reads a resource that isn't there."""

    async def run() -> str:
        async with connected(doors, who) as client:
            with pytest.raises(MCPError) as error:
                await client.read_resource(resource(book, chapter))
            return str(error.value)

    return asyncio.run(run())


@pytest.mark.parametrize("who", ["guest", "user"])
def test_what_is_another_s_is_not_there(doors: Doors, who: str):
    hidden = ("wombat-book", "wombat-chapter") if who == "user" else ("koala-book", "koala-chapter")
    told = []
    for book, chapter in (hidden, ("nothing", "nothing")):
        found = calls(
            doors,
            who,
            ("list_books", {"book_id": book}),
            ("search_books", {"query": "lidar", "book_id": book}),
            ("search_books", {"query": "lidar", "chapter_id": chapter}),
            ("read_chapter", {"book_id": book, "chapter_id": chapter}),
            ("ask_book", {"question": QUESTION, "book_id": book}),
            ("ask_book", {"question": QUESTION, "chapter_id": chapter}),
        )
        told.append([*(failed(each) for each in found), refused(doors, who, book, chapter)])
    assert told[0] == told[1]
    seen = call(doors, "search_books", who, query="lidar", k=20).structured_content
    animals = {"wombat"} if who == "user" else {"wombat", "koala"}
    assert not [word for word in animals if word in json.dumps(seen)]


def test_arguments_are_checked_and_never_echoed(doors: Doors):
    wrong = (
        {"query": "x", "user_id": 1}, {"query": ""}, {"query": "x", "k": 1000}, {},
        {"query": "x", "url": "http://169.254.169.254/"}, {"query": "\0secret"}, {"query": ["x"]},
    )  # fmt: skip
    for found in calls(doors, "guest", *(("search_books", given) for given in wrong)):
        told = failed(found)
        assert told.startswith("Mend these arguments")
        assert "169.254" not in told
        assert "secret" not in told


def test_questions_and_searches_are_counted_as_at_the_api(doors: Doors):
    with doors.asked("other") as client:
        user_id = client.get("/api/auth/me").json()["id"]
        with doors.house.database.writing() as session:
            for name in ("questions", "searches"):
                used = client.get("/api/usage").json()["questions"]["used"]
                overrides.override(session, overrides.user(user_id), name, used + 1)
        assert not call(doors, "ask_book", "other", question=QUESTION).is_error
        assert client.get("/api/usage").json()["questions"]["left"] == 0
        assert "questions of this hour" in failed(call(doors, "ask_book", "other", question="x"))
        # Reading takes nothing.
        assert not call(doors, "list_books", "other").is_error
        answer = client.post("/api/chat/ask", json={"question": QUESTION})
        assert answer.status_code == 429
        with doors.house.database.writing() as session:
            for name in ("questions", "searches"):
                overrides.remove_override(session, overrides.user(user_id), name)
        shown = client.get("/api/chat/sessions").json()["items"]
    assert QUESTION[:20] in shown[0]["title"]
    with doors.asked("user") as ada:
        assert ada.get(f"/api/chat/sessions/{shown[0]['session_id']}").status_code == 404


def test_a_bad_token_is_401_before_the_body_is_read(doors: Doors):
    body = rpc("tools/list")
    with doors.asked("guest") as client:
        word = {"email": "ben@example.org", "password": PASSWORD}
        ended = client.post("/api/auth/login", json=word).json()["access_token"]
        bearer = {"authorization": f"Bearer {ended}"}
        assert client.post("/mcp", json=body, headers={**HEADERS, **bearer}).status_code == 200
        assert client.post("/api/auth/logout", headers=bearer).status_code == 204
    for bad in (
        f"Bearer {ended}",
        "Bearer guest",
        "Widget x",
        "Bearer x",
        "Basic x",
        "Bearer",
        f"Bearer {doors.token[:-2]}",
        doors.token,
    ):
        answer = httpx2.post(
            f"{doors.url}/mcp", json=body, headers={**HEADERS, "authorization": bad}
        )
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    huge = httpx2.post(f"{doors.url}/mcp", content=b"[" * 200_000,
                       headers={**HEADERS, "authorization": "Bearer x"})  # fmt: skip
    assert huge.status_code == 401


def test_pages_of_foreign_sites_may_not_come_in(doors: Doors):
    body = rpc("tools/list")
    for origin in (
        "http://evil.test",
        "null",
        "http://127.0.0.1.evil.test",
        "http://[",
        "https://a",
    ):
        answer = httpx2.post(f"{doors.url}/mcp", json=body, headers={**HEADERS, "origin": origin})
        assert (answer.status_code, answer.json()["type"]) == (403, "foreign-origin"), origin
    # A stranger's name that was pointed at this machine.
    for path in ("/mcp", "/v1/models"):
        sent = {**HEADERS, "host": "evil.test", "origin": "http://evil.test"}
        assert httpx2.post(f"{doors.url}{path}", json=body, headers=sent).status_code == 421
    for origin in (ORIGIN, "http://localhost:6274", doors.url):
        answer = httpx2.post(f"{doors.url}/mcp", json=body, headers={**HEADERS, "origin": origin})
        assert answer.status_code == 200, origin


def test_there_are_no_sessions_to_take_over(doors: Doors):
    hello = rpc("initialize", protocolVersion="2025-06-18", capabilities={},
                clientInfo={"name": "x", "version": "1"})  # fmt: skip
    with doors.asked("user") as client:
        begun = client.post("/mcp", json=hello, headers=HEADERS)
        assert "mcp-session-id" not in begun.headers
        for method in ("GET", "DELETE", "PUT"):
            assert client.request(method, "/mcp", headers=HEADERS).status_code == 405
    listing = rpc("tools/call", name="list_books", arguments={})
    forged = httpx2.post(
        f"{doors.url}/mcp", json=listing, headers={**HEADERS, "mcp-session-id": "0" * 32}
    )
    # Whoever sends somebody's session is still who the token says: here a guest.
    assert "koala" not in forged.text
    assert "robots" in forged.text


def test_bodies_that_are_none(doors: Doors):
    for content, status in (
        (b"x" * 300_000, 413),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
    ):
        answer = httpx2.post(f"{doors.url}/mcp", content=content, headers=HEADERS)
        assert answer.status_code == status, content[:10]


def test_a_client_that_leaves_stops_the_model(doors: Doors):
    doors.provider.answer_with(Reply(("It computes ",) * 100, pause=0.1))
    body = rpc("tools/call", name="ask_book", arguments={"question": QUESTION})
    with pytest.raises(httpx2.TimeoutException), doors.asked("user") as client:
        client.post("/mcp", json=body, headers=HEADERS, timeout=1)
    until = time.monotonic() + 5
    while doors.provider.bill.left == 0 and time.monotonic() < until:
        time.sleep(0.02)
    assert doors.provider.bill.left == 1


async def asked_of(server: Any) -> dict[str, Any]:
    """What a session with a server of the command line's finds."""
    async with Client(server) as client:
        books = await client.call_tool("list_books", {})
        answer = await client.call_tool("ask_book", {"question": QUESTION, "book_id": "robots"})
        wrong = await client.call_tool("ask_book", {"question": QUESTION, "book_id": "no"})
        chapter = await client.read_resource("glossator://robots/part-1/sensors")
        return {
            "books": [book["book_id"] for book in books.structured_content["books"]],
            "answer": answer.structured_content,
            "wrong": failed(wrong),
            "chapter": chapter.contents[0].text,  # type: ignore[union-attr]
        }


def over_pipes(home: Path, *arguments: str, **changes: str) -> dict[str, Any]:
    """The same with `glossator mcp` in a process of its own."""
    command, *rest = [*RUN, "mcp", *arguments]
    env = environment(home, **changes)
    return asyncio.run(asked_of(StdioServerParameters(command=command, args=rest, env=env)))


def test_over_pipes_with_a_data_folder(doors: Doors, tmp_path: Path):
    with sqlite3.connect(doors.house.settings.data / "glossator.db") as database:
        database.execute("VACUUM INTO ?", (str(tmp_path / "glossator.db"),))
        before = database.execute("SELECT count(*) FROM chat_messages").fetchone()
    database.close()
    told = over_pipes(tmp_path, "--data", str(tmp_path))
    # The operator has all books in their hands.
    assert told["books"] == ["koala-book", "robots", "wombat-book"]
    assert (told["answer"]["mode"], QUOTE in told["answer"]["answer"]) == ("extractive", True)
    assert told["wrong"] == NOT_THERE
    assert QUOTE in told["chapter"]
    with sqlite3.connect(tmp_path / "glossator.db") as database:
        after = database.execute("SELECT count(*) FROM chat_messages").fetchone()
    database.close()
    assert after == before


def sees_what_the_user_sees(doors: Doors, told: dict[str, Any]) -> None:
    assert told["books"] == ["koala-book", "robots"]
    (source,) = told["answer"]["sources"]
    assert source["quote"] == QUOTE
    assert source["url"].startswith(f"{doors.url}/b/robots/")
    assert told["wrong"] == NOT_THERE


def test_with_a_server_in_place_of_the_folder(doors: Doors):
    async def run() -> dict[str, Any]:
        async with AsyncGlossator(doors.url, doors.token) as client:
            return await asked_of(server(lambda _: ServerDesk(client)))

    sees_what_the_user_sees(doors, asyncio.run(run()))


@pytest.mark.long
def test_over_pipes_with_a_server(doors: Doors, tmp_path: Path):
    told = over_pipes(tmp_path, "--url", doors.url, GLOSSATOR_MCP_TOKEN=doors.token)
    sees_what_the_user_sees(doors, told)
