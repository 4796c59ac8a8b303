"""Forms of chapters as HTML: whole ones, single passages, and blocks while they are made."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from chapter_tools import SENSORS, ledger, left, parts_of, personalize, translate
from glossator.wiring import House
from model_server import ModelServer, says
from translators import faithful, request_of, retold, scripted

BLOCK = re.compile(
    r'<div class="block (\w+)" id="([^"]+)"[^>]* data-state="(\w+)" lang="(\w+)" dir="(\w+)">'
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def ada(app: TestClient) -> dict[str, str]:
    return bearer(sign_up(app))


def original(app: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = app.get(f"/api/chapters/{SENSORS}", params={"html": True}).json()
    return found


def test_a_translation_is_shown_block_by_block(app: TestClient, ada: dict[str, str]):
    translate(app, ada)
    found = app.get(f"/api/chapters/{SENSORS}", params={"language": "ur", "html": True}).json()
    shown = [match.groups() for match in BLOCK.finditer(found["html"])]
    assert [name for _, name, *_ in shown] == [b["block_id"] for b in original(app)["blocks"]]
    assert {(kind, state, way) for kind, _, state, _, way in shown} == {
        ("heading", "adapted", "rtl"), ("paragraph", "adapted", "rtl"), ("table", "adapted", "rtl"),
        ("code", "kept", "ltr"),
    }  # fmt: skip
    assert {tongue for *_, tongue, _ in shown if tongue != "ur"} == {"en"}
    # An anchor stays what it was, so that links into the chapter lead to the same place.
    assert re.findall(r'<h\d id="([^"]+)"', found["html"]) == ["sensors", "cameras", "lidar"]


def test_what_was_added_stands_beside_what_it_explains(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    provider.script = scripted(retold)
    personalize(app, ada, level="beginner")
    fields = {"level": "beginner", "html": True}
    html = app.get(f"/api/chapters/{SENSORS}", params=fields).json()["html"]
    added = [match for match in BLOCK.finditer(html) if match[3] == "added"]
    names = [match[2] for match in BLOCK.finditer(html)]
    assert added
    assert len(set(names)) == len(names)
    for match in added:
        assert re.fullmatch(r"b-\w+-added", match[2])
        assert html[match.end() :].startswith("<p>➕ This means that")


def test_a_passage_takes_a_question_and_no_translation(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    blocks = [b["block_id"] for b in original(app)["blocks"] if b["kind"] == "paragraph"][1:3]
    answer = translate(app, ada, block_ids=blocks, html=True)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [(b["block_id"], b["state"], b["direction"]) for b in found["html_blocks"]] == [
        (name, "adapted", "rtl") for name in blocks
    ]
    assert all(b["html"].startswith("<p>") for b in found["html_blocks"])
    assert (left(app, ada, "questions"), left(app, ada, "translations")) == (19, 5)
    assert {entry.feature for entry in ledger(made)} == {"translation"}
    calls = provider.bill.requests
    again = translate(app, ada, block_ids=blocks, html=True).json()
    assert (again["html_blocks"], again["usage"]) == (found["html_blocks"], None)
    assert (provider.bill.requests, left(app, ada, "questions")) == (calls, 19)


def test_a_passage_is_no_form_of_its_chapter(app: TestClient, ada: dict[str, str]):
    name = original(app)["blocks"][1]["block_id"]
    translate(app, ada, block_ids=[name])
    assert app.get(f"/api/chapters/{SENSORS}", params={"language": "ur"}).status_code == 404


def test_a_passage_of_a_kept_form_is_free(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    translate(app, ada)
    calls, name = provider.bill.requests, original(app)["blocks"][1]["block_id"]
    found = translate(app, ada, block_ids=[name], html=True).json()
    assert [b["block_id"] for b in found["html_blocks"]] == [name]
    (block,) = found["blocks"]
    assert found["translated_content"][block["start"] : block["end"]] == found["translated_content"]
    assert (provider.bill.requests, left(app, ada, "questions")) == (calls, 20)


@pytest.mark.parametrize("kept", [False, True])
def test_a_block_that_isnt_there_is_refused(app: TestClient, ada: dict[str, str], kept: bool):
    if kept:
        translate(app, ada)
    answer = translate(app, ada, block_ids=["b-nowhere"])
    assert answer.status_code == 400
    assert "Reload the chapter" in answer.json()["detail"]
    assert left(app, ada, "questions") == 20


def test_a_stream_tells_each_finished_block_as_html(app: TestClient, ada: dict[str, str]):
    answer = translate(app, ada, stream=True, html=True)
    parts = parts_of(answer)
    told = [b for part in parts if part["type"] == "data-blocks" for b in part["data"]]
    text = "".join(part["delta"] for part in parts if part["type"] == "text-delta")
    assert [b["block_id"] for b in told] == [b["block_id"] for b in original(app)["blocks"]]
    (last,) = [part["data"] for part in parts if part["type"] == "data-chapter"]
    assert text == last["translated_content"]
    # Who comes later hears the same of the kept one.
    again = parts_of(translate(app, ada, stream=True, html=True))
    assert [b for part in again if part["type"] == "data-blocks" for b in part["data"]] == told


def test_what_failed_its_check_stays_as_the_author_wrote_it(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    # Another number in the translation: the check refuses those blocks.
    provider.script = lambda body: says(faithful(request_of(body)).replace("67", "76"))
    translate(app, ada)
    found = app.get(f"/api/chapters/{SENSORS}", params={"language": "ur", "html": True}).json()
    stayed = [match.groups() for match in BLOCK.finditer(found["html"]) if match[3] == "original"]
    assert [row["block_id"] for row in found["originals"]] == [name for _, name, *_ in stayed]
    assert {(tongue, way) for *_, tongue, way in stayed} == {("en", "ltr")}
    assert "67 nanoseconds" in found["html"]


def test_hostile_words_of_a_model_are_cleaned_while_they_are_made(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    provider.script = lambda body: says(
        faithful(request_of(body)).replace("\n<b2>", " <img src=x onerror=alert(1)>\n<b2>")
    )
    answer = translate(app, ada, stream=True, html=True)
    blocks = [json.dumps(part) for part in parts_of(answer) if part["type"] == "data-blocks"]
    assert not any("<img" in block or "<script" in block for block in blocks)
