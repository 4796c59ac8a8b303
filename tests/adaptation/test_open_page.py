"""Questions about a page that is open in another form: what is searched, quoted and pointed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, says
from small_books import CHAPTERS, book
from translators import request_of, retold, scripted

SENSORS = "part-1/sensors"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
ECHO = "A lidar sends short pulses of light and times their echo."
URDU = "یہ حصہ کیا سمجھاتا ہے؟"
_PARTS = "wheel arm motor belt gear battery camera gripper joint frame cable switch".split()
LONG = "\n\n".join(
    f"## The {part}\n\nWhoever builds a machine looks after its {part} first. " * (n < 6)
    + f"## Care of the {part}\n\nA {part} needs oil twice a year, and a look by whoever owns it."
    + (f"\n\n## The lidar\n\n{ECHO}" if part == "gripper" else "")
    for n, part in enumerate(_PARTS)
)
Seen = dict[str, Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def made(made: House) -> House:
    made.pipeline.add_book(book({**CHAPTERS, "long": LONG}), "robots")
    return made


@pytest.fixture
def ada(app: TestClient) -> dict[str, str]:
    return bearer(sign_up(app))


def opened(app: TestClient, form: str, chapter: str = SENSORS) -> Seen:
    page: Seen = app.get(f"/api/chapters/{chapter}?{form}").json()
    return page


def block_of(app: TestClient, page: Seen, quote: str, *, state: str = "adapted") -> Seen:
    at = app.get(f"/api/chapters/{page['chapter_id']}").json()["content"].index(quote)
    (block,) = [
        block
        for block in page["blocks"]
        if block["original_start"] <= at < block["original_end"] and block["state"] == state
    ]
    return block


def ask(app: TestClient, question: str, **more: Any) -> Seen:
    body = {"question": question, "chapter_id": SENSORS, **more}
    answer = app.post("/api/chat/ask", json=body)
    assert answer.status_code == 200, answer.text
    found: Seen = answer.json()
    return found


def test_a_translated_selection_brings_its_original(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    app.post("/api/translate/chapter", json={"chapter_id": "long"}, headers=ada)
    page = opened(app, "language=ur", "long")
    block = block_of(app, page, ECHO)
    selection = page["content"][block["start"] : block["end"]].split(" ", 1)[1]
    provider.answer_with(says(f'It times an echo [1 "{ECHO}"].'))
    body = {
        "question": "What does this part explain?",
        "selected_text": selection,
        "chapter_id": "long",
        "language": "ur",
        "stream": True,
    }
    answer = app.post("/api/chat/selected-text", json=body, headers=ada)
    told = [json.loads(line[6:]) for line in answer.text.split("\n\n") if "data: {" in line]
    (found,) = [part["data"] for part in told if part["type"] == "data-answer"]
    (source,) = found["sources"]
    content = app.get("/api/chapters/long").json()["content"]
    assert content[source["start"] : source["end"]] == source["quote"] == ECHO
    where = {"start": block["start"], "end": block["end"]}
    assert source["variant"] == {"language": "ur", "level": "", "hardware": "", **where}
    early = next(part for part in told if part["type"] == "data-source")
    assert early["data"]["source"] == source
    # The model reads the original's paragraph first, and the selection in its own words.
    asked = request_of(provider.bill.bodies[-1])
    assert ECHO in asked.partition('number="2"')[0]
    assert selection in asked
    message = app.get(f"/api/chat/messages/{found['message_id']}", headers=ada).json()
    assert message["selected_text"] == selection


def test_a_question_about_a_retelling_points_into_it(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    provider.script = scripted(retold)
    level = {"level": "advanced", "hardware": "none"}
    app.post("/api/personalize/chapter", json={"chapter_id": SENSORS, **level}, headers=ada)
    page = opened(app, "level=advanced")
    provider.answer_with(says(f'Depth is computed [1 "{QUOTE}"].'))
    (source,) = ask(app, "What does a stereo camera compute?", **level)["sources"]
    assert source["quote"] == QUOTE
    seen = page["content"][source["variant"]["start"] : source["variant"]["end"]]
    assert QUOTE in seen
    assert source["variant"]["level"] == "advanced"
    # An addition belongs to the block that it explains.
    (added,) = [block for block in page["blocks"] if block["state"] == "added"][:1]
    words = page["content"][added["start"] : added["end"]].removeprefix("> ")
    assert ask(app, "What is meant here?", selected_text=words, **level)["sources"]
    # On the original page there is no other place.
    assert ask(app, "What does a stereo camera compute?")["sources"][0]["variant"] is None


def test_without_a_model_the_nearest_passages_are_those_of_the_selection(
    app: TestClient, made: House, ada: dict[str, str], tmp_path: Path, embedder: Embedder
):
    app.post("/api/translate/chapter", json={"chapter_id": "long"}, headers=ada)
    page = opened(app, "language=ur", "long")
    block = block_of(app, page, ECHO)
    selection = page["content"][block["start"] : block["end"]]
    settings = made_settings(tmp_path, made.settings.database_url, model="none")
    house = build(settings, embedder=embedder)
    try:
        with TestClient(create_app(house=house)) as poor:
            found = ask(poor, URDU, chapter_id="long", selected_text=selection, language="ur")
    finally:
        house.close()
    first = (found["sources"] or found["nearest"])[0]
    assert ECHO in first["quote"]
    assert (first["variant"]["start"], first["variant"]["end"]) == (block["start"], block["end"])


def test_a_form_that_is_not_kept_any_more_is_no_form(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    app.post("/api/translate/chapter", json={"chapter_id": SENSORS}, headers=ada)
    made.pipeline.add_book(book({SENSORS: f"# Sensors\n\n{QUOTE}"}), "robots")
    provider.answer_with(says(f'It computes depth [1 "{QUOTE}"].'))
    for language in ("ur", "xx"):
        found = ask(app, "What does a stereo camera compute?", language=language)
        assert (found["mode"], found["sources"][0]["variant"]) == ("model", None)
