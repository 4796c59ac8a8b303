"""Questions answered by a model over HTTP: what is shown, what is kept, what is paid."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import event, select
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts.callers import Guest
from glossator.app import create_app
from glossator.calling.attempts import Attempt
from glossator.gateways.ports import Embedder
from glossator.tutor.answers import Answer
from glossator.tutor.conversations import Owner, is_id
from glossator.tutor.exchange import Asked, Begun, Listener
from glossator.tutor.streaming import Stream
from glossator.tutor.tables import ChatMessage
from glossator.usage import overrides
from glossator.usage.money import Payer
from glossator.usage.tables import BudgetReservation, UsageEntry
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, Reply, model_server, says
from small_books import book

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
ABSENT = "Which monarch signed the treaty of Vienna in winter?"
TRUE = f'It computes depth from the disparity [1 "{QUOTE}"].'
GUEST_A, GUEST_B = "aB3dE5gH7jK9mN1pQ3sT5vX7", "zY8xW6vU4tS2rQ0pO8nM6lK4"
PRICES = "openai:first=1/2,openai:second=1/2,openai:dear=100000/100000"


@pytest.fixture(scope="module")
def provider() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def settings(provider: ModelServer) -> dict[str, object]:
    """Changes to the settings that a test may still change."""
    return {
        "model": "openai:first",
        "openai_api_key": "k",
        "openai_base_url": f"{provider.url}/v1",
        "prices": PRICES,
    }


@pytest.fixture
def made(
    database_url: str, tmp_path: Path, embedder: Embedder, settings: dict[str, object]
) -> Iterator[House]:
    house = build(made_settings(tmp_path, database_url, **settings), embedder=embedder)
    house.pipeline.add_book(book(), "robots")
    yield house
    house.close()


@pytest.fixture
def app(made: House) -> Iterator[TestClient]:
    with TestClient(create_app(house=made)) as opened:
        yield opened


def ask(app: TestClient, question: str = QUESTION, **more: Any) -> dict[str, Any]:
    """An answer as JSON."""
    headers = more.pop("headers", {})
    answer = app.post("/api/chat/ask", json={"question": question, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def parts(answer: Response) -> list[dict[str, Any]]:
    """The parts of a stream; the last event is the end's."""
    events = [line[6:] for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


def ledger(house: House) -> list[UsageEntry]:
    with house.database.reading() as session:
        assert session.scalars(select(BudgetReservation)).all() == []
        return list(session.scalars(select(UsageEntry).order_by(UsageEntry.at)))


def test_a_proven_answer(app: TestClient, made: House, provider: ModelServer):
    provider.answer_with(says(f"{TRUE} The moon is made of cheese."))
    found = ask(app)
    assert (found["mode"], found["grounded"], found["degraded"]) == ("model", True, None)
    assert found["answer"] == (
        "It computes depth from the disparity [1]. The moon is made of cheese."
    )
    assert [item["support"] for item in found["sentences"]] == ["supported", "unsupported"]
    (source,) = found["sources"]
    chapter = app.get(f"/api/chapters/{source['chapter_id']}").json()
    assert chapter["content"][source["start"] : source["end"]] == source["quote"] == QUOTE
    (entry,) = ledger(made)
    usage = found["usage"]
    assert (usage["model"], usage["input_tokens"]) == ("openai:first", provider.bill.input)
    assert (entry.input_tokens, entry.output_tokens) == (provider.bill.input, provider.bill.output)
    assert entry.outcome == "end"
    assert usage["cost_usd"] == pytest.approx(entry.price_nano / 1e9)
    assert provider.bill.requests == 1


def test_the_stream_tells_the_same(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    answer = app.post("/api/chat/ask", json={"question": QUESTION, "stream": True})
    assert answer.headers["x-vercel-ai-ui-message-stream"] == "v1"
    found = parts(answer)
    kinds = [part["type"] for part in found]
    in_order = [kind for kind in dict.fromkeys(kinds) if kind != "data-source"]
    assert in_order == [
        "start", "text-start", "text-delta", "text-end", "source-document", "data-answer", "finish",
    ]  # fmt: skip
    shown = "".join(part["delta"] for part in found if part["type"] == "text-delta")
    (whole,) = [part["data"] for part in found if part["type"] == "data-answer"]
    assert shown == whole["answer"]
    assert whole["message_id"] == found[0]["messageId"]
    early = next(part for part in found if part["type"] == "data-source")
    assert early["data"]["source"] == whole["sources"][0]
    assert kinds.index("data-source") < kinds.index("text-end")


def test_clients_of_the_ai_sdk_are_understood_and_keep_their_session(
    app: TestClient, provider: ModelServer
):
    provider.answer_with(says(TRUE))
    chat = {
        "id": "abc",
        "trigger": "submit-message",
        "messages": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": QUESTION}]},
        ],
    }
    headers = {"accept": "text/event-stream"}
    first = app.post("/api/chat/ask", json=chat, headers=headers)
    second = app.post("/api/chat/ask", json=chat, headers=headers)
    sessions = {part["data"]["session_id"] for answer in (first, second)
                for part in parts(answer) if part["type"] == "data-answer"}  # fmt: skip
    assert len(sessions) == 1
    assert len(provider.bill.bodies[1]["messages"]) == len(provider.bill.bodies[0]["messages"]) + 2
    assert app.post("/api/chat/ask", json={"id": "abc", "messages": []}).status_code == 422


def test_what_search_alone_refuses_costs_nothing(
    app: TestClient, made: House, provider: ModelServer
):
    provider.answer_with(says(TRUE))
    found = ask(app, ABSENT)
    assert (found["mode"], found["degraded"], found["usage"]) == ("refused", None, None)
    assert found["answer"] == "I don't have this information in the book."
    assert provider.bill.requests == 0
    assert ledger(made) == []


def test_the_sentinel_is_the_refusal_with_what_comes_nearest(
    app: TestClient, provider: ModelServer
):
    provider.answer_with(says("I don't have this information in the book."))
    found = ask(app)
    assert (found["mode"], found["grounded"], found["sources"]) == ("refused", False, [])
    assert found["nearest"]
    assert found["usage"]["output_tokens"] > 0


def test_an_answer_with_nothing_proven_is_the_refusal_and_the_stream_takes_it_back(
    app: TestClient, provider: ModelServer
):
    provider.answer_with(says('Bananas ripen in paper bags [1 "bananas ripen in bags"].'))
    answer = app.post("/api/chat/ask", json={"question": QUESTION, "stream": True})
    found = parts(answer)
    assert "data-retracted" in [part["type"] for part in found]
    (whole,) = [part["data"] for part in found if part["type"] == "data-answer"]
    assert (whole["mode"], whole["sources"]) == ("refused", [])
    assert whole["answer"] == "I don't have this information in the book."


@pytest.mark.parametrize(
    "reply",
    [Reply(status=401), Reply(status=404), says("one two three", cut=1), Reply(())],
    ids=["wrong key", "no such model", "cut", "empty"],
)
def test_without_its_model_the_book_still_answers(
    app: TestClient, made: House, provider: ModelServer, reply: Reply
):
    provider.answer_with(reply)
    found = ask(app)
    assert (found["mode"], found["degraded"], found["usage"]) == ("extractive", "provider", None)
    assert found["sources"]
    (entry,) = ledger(made)
    assert (entry.price_nano == 0) == (reply.status != 200)


class TestFallback:
    @pytest.fixture
    def settings(self, provider: ModelServer) -> dict[str, object]:
        return {
            "model": "openai:first, openai:second",
            "openai_api_key": "k",
            "openai_base_url": f"{provider.url}/v1",
            "prices": PRICES,
        }

    def test_the_next_model_answers_and_the_first_is_left_alone(
        self, app: TestClient, made: House, provider: ModelServer
    ):
        provider.answer_with(says(""))
        provider.script = lambda body: Reply(status=401) if body["model"] == "first" else says(TRUE)
        found = ask(app)
        assert (found["mode"], found["degraded"]) == ("model", "provider")
        assert found["usage"]["model"] == "openai:second"
        ask(app)
        assert [body["model"] for body in provider.bill.bodies] == ["first", "second", "second"]
        assert {entry.outcome for entry in ledger(made)} == {"key", "end"}
        assert made.models.outcomes() == {"openai:first": "key", "openai:second": "ok"}


class TestBudget:
    @pytest.fixture
    def settings(self, provider: ModelServer) -> dict[str, object]:
        return {
            "model": "openai:dear",
            "openai_api_key": "k",
            "openai_base_url": f"{provider.url}/v1",
            "prices": PRICES,
        }

    def test_a_spent_budget_still_gives_the_books_own_words(
        self, app: TestClient, made: House, provider: ModelServer
    ):
        provider.answer_with(says(TRUE))
        found = ask(app)
        assert (found["mode"], found["degraded"]) == ("extractive", "budget")
        assert provider.bill.requests == 0
        assert ledger(made) == []


def test_ready_tells_the_models_last_outcome_and_asks_none(app: TestClient, provider: ModelServer):
    def told() -> tuple[int, dict[str, Any]]:
        answer = app.get("/health/ready")
        return answer.status_code, answer.json()["parts"]["model"]

    provider.answer_with(Reply(status=401))
    status, model = told()
    assert (status, model["state"]) == (200, "ok")
    assert (model["kind"], model["models"]) == ("openai:first", {"openai:first": "not asked yet"})
    assert provider.bill.requests == 0
    ask(app)
    status, model = told()
    # The books' own words still answer.
    assert (status, model["state"], model["models"]) == (200, "down", {"openai:first": "key"})
    assert provider.bill.requests == 1


def test_the_share_of_ones_role_holds(app: TestClient, made: House, provider: ModelServer):
    provider.answer_with(says(TRUE))
    mine = bearer(sign_up(app))
    with made.database.writing() as session:
        overrides.override(session, overrides.role("user"), overrides.SHARE, 0)
    found = ask(app, headers=mine)
    assert (found["mode"], found["degraded"]) == ("extractive", "budget")
    assert provider.bill.requests == 0


def test_a_guests_session_is_his_key_holders_alone(
    app: TestClient, made: House, provider: ModelServer
):
    provider.answer_with(says(TRUE))
    first = ask(app, headers={"x-glossator-guest": GUEST_A})
    again = ask(app, "And why?", session_id=first["session_id"],
                headers={"x-glossator-guest": GUEST_A})  # fmt: skip
    assert again["session_id"] == first["session_id"]
    app.cookies.clear()
    for headers in ({"x-glossator-guest": GUEST_B}, {}, bearer(sign_up(app))):
        body = {"question": QUESTION, "session_id": first["session_id"]}
        foreign = app.post("/api/chat/ask", json=body, headers=headers)
        assert foreign.status_code == 400
        seen = app.get(f"/api/chat/messages/{first['message_id']}", headers=headers)
        assert seen.status_code == 404
        app.cookies.clear()
    with made.database.reading() as session:
        assert len(session.scalars(select(ChatMessage)).all()) == 2


def test_a_guest_lists_renames_and_deletes_his_sessions(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    mine, theirs = {"x-glossator-guest": GUEST_A}, {"x-glossator-guest": GUEST_B}
    first = ask(app, headers=mine)
    ask(app, headers=theirs)
    app.cookies.clear()
    here = f"/api/chat/sessions/{first['session_id']}"
    listed = app.get("/api/chat/sessions", headers=mine).json()
    assert [row["session_id"] for row in listed["items"]] == [first["session_id"]]
    assert app.patch(here, json={"title": "Mine"}, headers=mine).json()["title"] == "Mine"
    rated = f"/api/chat/messages/{first['message_id']}/feedback"
    assert app.post(rated, json={"rating": "up"}, headers=mine).status_code == 204
    said = app.get(f"{here}/messages", headers=mine).json()["items"]
    assert [message["rating"] for message in said] == ["up"]
    for method in ("get", "delete"):
        assert getattr(app, method)(here, headers=theirs).status_code == 404
        assert getattr(app, method)(here).status_code == 401
        app.cookies.clear()
    assert app.delete(here, headers=mine).status_code == 204
    assert app.get("/api/chat/sessions", headers=mine).json()["total"] == 0


def test_sessions_of_a_user(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    mine, other = bearer(sign_up(app)), bearer(sign_up(app, "bob@example.org"))
    first = ask(app, headers=mine)
    ask(app, "And what is the baseline?", session_id=first["session_id"], headers=mine)
    ask(app, "What is a lidar?", headers=mine)
    listed = app.get("/api/chat/sessions", headers=mine).json()
    assert (listed["total"], listed["page"], listed["page_size"]) == (2, 1, 20)
    assert [item["title"] for item in listed["items"]][1].startswith("What does a stereo camera")
    here = f"/api/chat/sessions/{first['session_id']}"
    told = app.get(f"{here}/messages?page_size=1&page=2", headers=mine).json()
    assert (told["total"], told["items"][0]["question"]) == (2, "And what is the baseline?")
    renamed = app.patch(here, json={"title": " Eyes "}, headers=mine).json()
    assert renamed["title"] == "Eyes"
    exported = app.get(f"{here}/export", headers=mine)
    assert exported.text.startswith("# Eyes\n\n## What does a stereo camera")
    assert f"\u201c{QUOTE}\u201d" in exported.text
    rating = f"/api/chat/messages/{first['message_id']}/feedback"
    assert app.post(rating, json={"rating": "up"}, headers=mine).status_code == 204
    for method, path, body in (
        ("get", here, None),
        ("get", f"{here}/messages", None),
        ("get", f"{here}/export", None),
        ("patch", here, {"title": "x"}),
        ("delete", here, None),
        ("post", rating, {"rating": "up"}),
    ):
        content = {} if body is None else {"json": body}
        assert app.request(method, path, headers=other, **content).status_code == 404
        assert app.request(method, path, **content).status_code == 401
    assert app.delete(here, headers=mine).status_code == 204
    assert app.get(here, headers=mine).status_code == 404
    assert app.get(f"/api/chat/messages/{first['message_id']}", headers=mine).status_code == 404


def test_a_selection_is_read_first(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    body = {"question": "What is this about?", "selected_text": QUOTE, "book_id": "robots"}
    answer = app.post("/api/chat/selected-text", json=body)
    assert answer.status_code == 200
    sent = provider.bill.bodies[0]["messages"][-1]["content"]
    assert sent.startswith('<passage number="1"')
    assert sent.index(QUOTE) < sent.index('<passage number="2"')
    assert f"<selection>\n{QUOTE}\n</selection>" in sent


def test_only_the_selection_proves_the_answer_where_that_is_asked_for(
    app: TestClient, provider: ModelServer
):
    provider.answer_with(says(TRUE))
    fields = {"book_id": "robots", "chapter_id": "part-1/sensors", "only_selection": True}
    body = {"question": "What is this about?", "selected_text": QUOTE, **fields}
    found = app.post("/api/chat/ask", json=body).json()
    sent = provider.bill.bodies[0]["messages"][-1]["content"]
    assert QUOTE in sent
    assert '<passage number="2"' not in sent
    assert all(QUOTE in source["quote"] or source["quote"] in QUOTE for source in found["sources"])


def test_a_selection_that_stands_nowhere_proves_nothing(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    body = {"question": "What is a lidar?", "selected_text": "Wombats dig holes.",
            "only_selection": True}  # fmt: skip
    found = app.post("/api/chat/ask", json=body).json()
    assert (found["mode"], found["sources"], provider.bill.requests) == ("refused", [], 0)


def test_an_own_document_route_needs_a_token(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    assert app.post("/api/ask", json={"question": QUESTION}).status_code == 401
    token = bearer(sign_up(app))
    assert app.post("/api/ask", json={"question": QUESTION}, headers=token).status_code == 200


def test_a_client_that_leaves_while_money_is_held_pays_nothing(made: House, provider: ModelServer):
    provider.answer_with(says(TRUE))
    held, plain = threading.Event(), made.payments.reserve

    def slow(*asked: Any) -> Attempt:
        attempt = plain(*asked)
        held.set()
        time.sleep(0.2)
        return attempt

    made.payments.reserve = slow  # type: ignore[method-assign]
    guest = Asked(QUESTION, Guest("192.0.2.1"), Owner(guest_key=GUEST_A), Payer("guest:192.0.2.1"))

    async def leave() -> None:
        stream = Stream(lambda listen: made.answering.answer(guest, listen))
        await run_in_threadpool(held.wait, 10)
        await stream.stop()

    asyncio.run(leave())
    (entry,) = ledger(made)
    assert (entry.price_nano, entry.outcome, provider.bill.requests) == (0, "cancelled", 0)


def test_a_question_takes_four_short_transactions(
    app: TestClient, made: House, provider: ModelServer
):
    provider.answer_with(says(TRUE))
    mine = bearer(sign_up(app))
    ask(app, headers=mine)
    begun: list[str] = []

    def note(_: object) -> None:
        begun.append(threading.current_thread().name)

    event.listen(made.database.engine, "begin", note)
    found = ask(app, headers=mine)
    event.remove(made.database.engine, "begin", note)
    assert found["mode"] == "model"
    # Who asks and the unit; the search; the money held; the money settled and the message.
    assert len(begun) == 4
    # The search and the money in one hop.
    assert begun[1] == begun[2]


def test_guests_keep_only_keys_that_nobody_could_guess(app: TestClient, provider: ModelServer):
    provider.answer_with(says(TRUE))
    for key in ("key", "a" * 24, "x" * 200, GUEST_A + "!"):
        app.cookies.clear()
        headers = {"x-glossator-guest": key}
        given = app.post("/api/chat/ask", json={"question": QUESTION}, headers=headers).headers
        assert is_id(given["x-glossator-guest"])
        assert given["x-glossator-guest"] != key
    again = app.post(
        "/api/chat/ask",
        json={"question": QUESTION},
        headers={"x-glossator-guest": given["x-glossator-guest"]},
    )
    assert again.headers["x-glossator-guest"] == given["x-glossator-guest"]


def test_a_question_about_nothing_that_is_here_is_no_error_of_ours(
    app: TestClient, caplog: pytest.LogCaptureFixture
):
    body = {"question": QUESTION, "book_id": "none"}
    assert app.post("/api/chat/ask", json=body).status_code == 400
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_mistake_of_ours_ends_the_stream_in_words_and_is_no_question():
    returned: list[bool] = []

    async def work(listen: Listener) -> Answer:
        listen(Begun("s", "m"))
        raise RuntimeError("secret")

    async def give_back() -> None:
        returned.append(True)

    async def heard() -> list[str]:
        stream = Stream(work)
        await stream.begin()
        stream.on_error(give_back)
        return [part.decode() async for part in stream.parts()]

    told = asyncio.run(heard())
    assert returned == [True]
    assert '"type": "error"' in told[-2]
    assert told[-1] == "data: [DONE]\n\n"
    assert "secret" not in "".join(told)
