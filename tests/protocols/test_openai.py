"""OpenAI's protocol, by its official client and by LangChain, over a real server."""

from __future__ import annotations

import asyncio
import base64
import re
import struct
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion
from sqlalchemy import select

from door_tools import ABSENT, QUESTION, QUOTE, Doors
from glossator.tutor.tables import ChatMessage
from glossator.usage import overrides
from model_server import Reply, says

BOOK = "glossator/robots"
ASKED = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def user(opened: Doors) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{opened.url}/v1", api_key=opened.token, max_retries=0, timeout=30
    ) as client:
        yield client


def complete(client: openai.OpenAI, **changes: Any) -> ChatCompletion:
    return client.chat.completions.create(**{"model": BOOK, "messages": ASKED, **changes})


def cited(content: str, annotations: list[dict[str, Any]]) -> list[str]:
    """The numbers that the annotations name, in the content."""
    places = [each["url_citation"] for each in annotations]
    return [content[place["start_index"] : place["end_index"]] for place in places]


def test_an_answer_is_a_completion_with_its_citations(doors: Doors, user: openai.OpenAI):
    found = complete(user)
    (choice,) = found.choices
    content = choice.message.content or ""
    said, _, below = content.partition("\n\n")
    assert said == "It computes depth from the disparity [1]."
    assert below.startswith(f"[1] Sensors > Cameras: “{QUOTE}” <{doors.url}/b/robots/")
    told = choice.message.model_dump()["annotations"]
    assert cited(content, told) == ["[1]"]
    place = told[0]["url_citation"]
    assert (place["quote"], place["chapter_id"]) == (QUOTE, "part-1/sensors")
    with doors.asked("guest") as client:
        chapter = client.get("/api/chapters/part-1/sensors").json()["content"]
    assert chapter[place["start"] : place["end"]] == QUOTE
    assert (choice.finish_reason, choice.message.refusal) == ("stop", None)
    assert found.usage is not None
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens
    assert found.model_dump()["glossator"]["mode"] == "model"


def test_what_is_not_in_the_book_is_a_refusal(doors: Doors, user: openai.OpenAI):
    before = doors.provider.bill.requests
    found = complete(user, messages=[{"role": "user", "content": ABSENT}])
    message = found.choices[0].message
    assert message.refusal == "I don't have this information in the book."
    assert (message.content or "").startswith(message.refusal)
    assert message.model_dump()["annotations"] == []
    assert found.usage is not None
    assert (found.usage.total_tokens, doors.provider.bill.requests) == (0, before)


@pytest.mark.usefixtures("doors")
def test_a_stream_says_the_same(user: openai.OpenAI):
    whole = complete(user).choices[0].message
    content, notes, finish, usage = "", [], [], []
    for part in complete(user, stream=True, stream_options={"include_usage": True}):  # type: ignore[attr-defined]
        usage += [part.usage] if part.usage else []
        for choice in part.choices:
            content += choice.delta.content or ""
            notes += choice.delta.model_dump().get("annotations") or []
            finish += [choice.finish_reason] if choice.finish_reason else []
    assert content == whole.content
    assert notes == whole.model_dump()["annotations"]
    assert (finish, len(usage), usage[0].total_tokens > 0) == (["stop"], 1, True)


def test_what_was_streamed_and_not_proven_is_said_to_be_so(doors: Doors, user: openai.OpenAI):
    doors.provider.answer_with(says("The moon is made of green cheese and nothing else at all."))
    parts = list(complete(user, stream=True))
    content = "".join(part.choices[0].delta.content or "" for part in parts)
    before, _, after = content.partition("(The text above couldn't be proven from the book")
    assert before.startswith("The moon is made of green cheese")
    refusal = "I don't have this information in the book."
    assert after.startswith(f": disregard it.)\n\n{refusal}")
    assert refusal in [part.choices[0].delta.refusal for part in parts]


def test_a_model_that_breaks_off_leaves_an_answer_all_the_same(doors: Doors, user: openai.OpenAI):
    doors.provider.answer_with(Reply(("Well, ", "it ", "is"), cut=2))
    parts = list(complete(user, stream=True))
    assert parts[-1].choices[0].finish_reason == "stop"
    content = "".join(part.choices[0].delta.content or "" for part in parts)
    assert f"{QUOTE} [1]" in content


@pytest.mark.usefixtures("doors")
def test_a_failure_in_a_stream_is_the_clients_own_error(user: openai.OpenAI):
    with pytest.raises(openai.NotFoundError):
        list(complete(user, model="glossator/nothing", stream=True))


def test_a_follow_up_reads_the_conversation_it_brings(doors: Doors, user: openai.OpenAI):
    said = [{"role": "system", "content": "Be a pirate."},
            {"role": "user", "content": "What is a lidar?"},
            {"role": "assistant", "content": 'It is a sensor [1].\n\n[1] X: “y” <z>'},
            {"role": "user", "content": "And how does it measure distance?"}]  # fmt: skip
    doors.provider.answer_with(says("No."))
    complete(user, messages=said)
    (body,) = doors.provider.bill.bodies
    told = str(body["messages"])
    assert "What is a lidar?" in told
    assert "It is a sensor" in told
    assert not re.search("pirate|“y”", told)
    with doors.house.database.reading() as session:
        last = session.scalars(select(ChatMessage).order_by(ChatMessage.asked_at.desc())).first()
        assert last is not None
        assert "lidar" in last.standalone


def test_a_conversation_is_one_session_of_its_own_user(doors: Doors, user: openai.OpenAI):
    said = [{"role": "user", "content": "How does a sonar hear?"}]
    first = complete(user, messages=said).model_dump()["glossator"]["session_id"]
    said += [{"role": "assistant", "content": "Well."}, {"role": "user", "content": "And why?"}]
    assert complete(user, messages=said).model_dump()["glossator"]["session_id"] == first
    with openai.OpenAI(base_url=f"{doors.url}/v1", api_key=doors.other) as ben:
        assert complete(ben, messages=said).model_dump()["glossator"]["session_id"] != first
    with doors.asked("other") as client:
        assert client.get(f"/api/chat/sessions/{first}").status_code == 404
    with doors.house.database.reading() as session:
        kept = select(ChatMessage.id).where(ChatMessage.session_id == first)
        assert len(session.scalars(kept).all()) == 2


def test_models_are_the_books_one_may_see(doors: Doors, user: openai.OpenAI):
    guest = openai.OpenAI(base_url=f"{doors.url}/v1", api_key="x")
    with pytest.raises(openai.AuthenticationError) as refused:
        guest.models.list()
    assert refused.value.code == "invalid_api_key"
    guest.api_key = "guest"
    assert [model.id for model in guest.models.list()] == ["glossator", BOOK, "glossator-encoder"]
    names = [model.id for model in user.models.list()]
    assert names == ["glossator", "glossator/koala-book", BOOK, "glossator-encoder"]
    assert user.models.retrieve(BOOK).created > 1_000_000
    with doors.asked("guest") as client:
        shown = [row["id"] for row in client.get("/v1/models").json()["data"]]
        assert shown == ["glossator", BOOK, "glossator-encoder"]
        hidden, nowhere = (client.get(f"/v1/models/glossator/{name}").json()
                           for name in ("koala-book", "nothing"))  # fmt: skip
    del hidden["request_id"], nowhere["request_id"]
    assert hidden == nowhere


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize("model", ["glossator/wombat-book", "glossator/nothing", "gpt-5", "x\0"])
def test_a_book_one_may_not_see_is_no_model(user: openai.OpenAI, model: str):
    with pytest.raises((openai.NotFoundError, openai.UnprocessableEntityError)) as refused:
        complete(user, model=model)
    assert refused.value.code in ("model_not_found", "unusable_input")
    assert "wombat" not in refused.value.response.text


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"n": 100}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"extra_body": {"best_of": 4}}, "best_of"),
        ({"extra_body": {"session_id": "x"}}, "session_id"),
        ({"messages": [{"role": "assistant", "content": "Hi"}]}, "body"),
        ({"messages": [{"role": "user", "content": "?" * 2_001}]}, "body"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]}, "messages.0.role"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    user: openai.OpenAI, changes: dict[str, Any], field: str
):
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        complete(user, **changes)
    error = refused.value
    assert (error.param, error.code, error.type) == (
        field, "unusable_input", "invalid_request_error"
    )  # fmt: skip
    assert refused.value.response.json()["type"] == "unusable-input"


def test_what_would_tune_another_model_is_ignored(doors: Doors, user: openai.OpenAI):
    found = complete(
        user, temperature=0.1, max_tokens=10**9, seed=1, user="x", top_p=1, metadata={"a": "b"}
    )
    assert found.model_dump()["glossator"]["mode"] == "model"
    (body,) = doors.provider.bill.bodies
    assert body["max_completion_tokens" if "max_completion_tokens" in body else "max_tokens"] < 9999


def test_a_spent_allowance_is_a_rate_limit(doors: Doors, user: openai.OpenAI):
    with doors.asked("user") as client:
        user_id = client.get("/api/auth/me").json()["id"]
    with doors.house.database.writing() as session:
        overrides.override(session, overrides.user(user_id), "questions", 0)
    try:
        with pytest.raises(openai.RateLimitError) as refused:
            complete(user)
        assert refused.value.code == "rate_limit_exceeded"
        assert int(refused.value.response.headers["retry-after"]) > 0
    finally:
        with doors.house.database.writing() as session:
            overrides.remove_override(session, overrides.user(user_id), "questions")


@pytest.mark.usefixtures("doors")
def test_a_request_too_large_is_refused_at_the_gate(user: openai.OpenAI):
    with pytest.raises(openai.APIStatusError) as refused:
        complete(user, messages=[{"role": "user", "content": "x" * 300_000}])
    assert (refused.value.status_code, refused.value.code) == (413, "too_large")


def test_many_at_once_and_awaited(doors: Doors):
    async def run() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{doors.url}/v1", api_key=doors.token) as client:

            async def one() -> str:
                parts = await client.chat.completions.create(
                    model="glossator",
                    messages=ASKED,
                    stream=True,  # type: ignore[arg-type]
                )
                return "".join([p.choices[0].delta.content or "" async for p in parts])

            return await asyncio.gather(*(one() for _ in range(4)))

    answers = asyncio.run(run())
    assert len({answer.partition("\n")[0] for answer in answers}) == 1
    assert answers[0].startswith("It computes depth from the disparity [1].")


def test_a_client_that_leaves_stops_the_model(doors: Doors, user: openai.OpenAI):
    doors.provider.answer_with(Reply(("It computes ",) * 50, pause=0.1))
    stream = complete(user, stream=True)
    for _, _ in zip(range(3), stream, strict=False):
        pass
    stream.close()  # type: ignore[attr-defined]
    until = time.monotonic() + 5
    while doors.provider.bill.left == 0 and time.monotonic() < until:
        time.sleep(0.02)
    assert doors.provider.bill.left == 1


def test_embeddings_are_the_encoders_own(doors: Doors, user: openai.OpenAI):
    found = user.embeddings.create(model="glossator-encoder", input=["a lidar", "a camera"])
    vector = found.data[0].embedding
    expected = doors.house.embedder.encode(["a lidar"])[0].vector
    assert (len(vector), found.model) == (384, "minilm-l6-int8-1")
    assert vector == pytest.approx(expected.tolist(), abs=1e-6)
    assert found.usage.total_tokens >= 4
    with doors.asked("user") as client:
        body = {"model": "glossator-encoder", "input": "a lidar"}
        plain = client.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
        packed = client.post("/v1/embeddings", json={**body, "encoding_format": "base64"})
    raw = base64.b64decode(packed.json()["data"][0]["embedding"])
    assert list(struct.unpack("<384f", raw)) == pytest.approx(plain, abs=1e-7)


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize(
    "changes",
    [
        {"input": ["word " * 400]},
        {"input": []},
        {"input": ["x"] * 65},
        {"input": [[1, 2, 3]]},
        {"input": " "},
        {"dimensions": 256},
    ],
)
def test_embeddings_refuse_rather_than_cut(user: openai.OpenAI, changes: dict[str, Any]):
    with pytest.raises(openai.UnprocessableEntityError):
        user.embeddings.create(**{"model": "glossator-encoder", "input": "x", **changes})


def test_each_text_counts_as_a_search(doors: Doors):
    with doors.asked("other") as client:
        user_id = client.get("/api/auth/me").json()["id"]
        with doors.house.database.writing() as session:
            overrides.override(session, overrides.user(user_id), "searches", 5)
        body = {"model": "glossator-encoder", "input": ["a", "b", "c"]}
        first = client.post("/v1/embeddings", json=body)
        assert first.status_code == 200
        assert '"searches";r=2' in first.headers["ratelimit"]
        # Three are more than are left, and none of them is taken.
        second = client.post("/v1/embeddings", json=body)
        assert (second.status_code, second.json()["error"]["code"]) == (429, "rate_limit_exceeded")
        assert "takes 3 searches, and 2 are left" in second.json()["detail"]
        assert client.post("/v1/embeddings", json={**body, "input": ["a", "b"]}).status_code == 200
        with doors.house.database.writing() as session:
            overrides.remove_override(session, overrides.user(user_id), "searches")


def test_langchain_talks_to_a_book(doors: Doors):
    chat = pytest.importorskip("langchain_openai", reason="LangChain isn't installed.").ChatOpenAI(
        model=BOOK, base_url=f"{doors.url}/v1", api_key=doors.token, max_retries=0
    )
    found = chat.invoke([("system", "Be short."), ("human", QUESTION)])
    assert found.content.startswith("It computes depth from the disparity [1].")
    assert found.usage_metadata["output_tokens"] > 0
    streamed = "".join(str(part.content) for part in chat.stream(QUESTION))
    assert streamed == found.content
