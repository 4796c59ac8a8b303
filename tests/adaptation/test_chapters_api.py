"""Chapters retold and translated over HTTP: what is answered, kept, counted and paid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from chapter_tools import SENSORS, ledger, left, parts_of, personalize, translate
from glossator.wiring import House
from model_server import ModelServer, Reply
from small_books import CHAPTERS, book, chapter
from translators import faithful, retold, scripted


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What differs between databases is tested in `test_runs`."""
    return sqlite_url


@pytest.fixture
def ada(app: TestClient) -> dict[str, str]:
    return bearer(sign_up(app))


def problem(answer: Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    assert told["type"] == kind
    return told


def test_a_translation_is_made_once_and_then_free(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    answer = translate(app, ada)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["cached"], found["language"], found["direction"]) == (False, "ur", "rtl")
    assert (found["completeness"], found["originals"]) == (1.0, [])
    content = found["translated_content"]
    assert "```python\ndepth = focal_length * baseline / disparity\n```" in content
    assert "sensor" not in content
    for block in found["blocks"]:
        original = app.get(f"/api/chapters/{SENSORS}").json()["content"]
        stretch = original[block["original_start"] : block["original_end"]]
        if block["state"] == "kept":
            assert content[block["start"] : block["end"]] == stretch
            assert block["direction"] == "ltr"
    entries = ledger(made)
    assert {entry.feature for entry in entries} == {"translation"}
    assert found["usage"]["input_tokens"] == sum(entry.input_tokens for entry in entries)
    assert found["usage"]["input_tokens"] == provider.bill.input
    assert "q=5;w=86400" in answer.headers["ratelimit-policy"]
    assert left(app, ada, "translations") == 4

    again = translate(app, ada)
    assert again.json() == {**found, "cached": True, "usage": None}
    assert left(app, ada, "translations") == 4
    bob = bearer(sign_up(app, "bob@example.org"))
    assert translate(app, bob, language="ur-PK").json()["cached"]
    assert left(app, bob, "translations") == 5
    assert provider.bill.requests == len(entries)


def test_a_retelling_keeps_code_and_marks_what_it_adds(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    provider.script = scripted(retold)
    found = personalize(app, ada, level="beginner").json()
    assert (found["level"], found["hardware"], found["language"]) == ("beginner", "none", "en")
    assert (found["cached"], found["completeness"]) == (False, 1.0)
    original = app.get(f"/api/chapters/{SENSORS}").json()
    assert [h["text"] for h in found["headings"]] == [h["text"] for h in original["headings"]]
    added = [block for block in found["blocks"] if block["state"] == "added"]
    assert added
    for block in added:
        text = found["personalized_content"][block["start"] : block["end"]]
        assert text == "> ➕ This means that the machine does it by itself."
    assert left(app, ada, "personalizations") == 4
    # The profile says what the body doesn't.
    app.patch("/api/auth/me", json={"hardware": "jetson"}, headers=ada)
    mine = personalize(app, ada).json()
    assert (mine["level"], mine["hardware"]) == ("beginner", "jetson")


def test_it_streams_in_order_with_progress(app: TestClient, ada: dict[str, str]):
    for cached in (False, True):
        answer = translate(app, ada, stream=True)
        assert answer.headers["x-vercel-ai-ui-message-stream"] == "v1"
        told = parts_of(answer)
        kinds = [part["type"] for part in told]
        assert kinds[0] == "start"
        assert kinds[-2:] == ["data-chapter", "finish"]
        assert kinds.index("data-progress") < kinds.index("text-start") < kinds.index("text-end")
        whole = told[-2]["data"]
        assert whole["cached"] is cached
        text = "".join(part["delta"] for part in told if part["type"] == "text-delta")
        assert text == whole["translated_content"]
        if not cached:
            last = [part["data"] for part in told if part["type"] == "data-progress"][-1]
            assert last["done"] == last["total"] > 0


def test_what_can_not_be_made_is_said(app: TestClient, ada: dict[str, str]):
    problem(translate(app, ada, chapter_id="nowhere"), 400, "unknown-reference")
    told = problem(translate(app, ada, language="tlh"), 400, "bad-request")
    assert "ur" in told["detail"]
    assert personalize(app, ada, level="wizard").status_code == 422
    assert translate(app, {}).status_code == 401
    assert app.get(f"/api/chapters/{SENSORS}?language=ur").status_code == 404


def test_the_sixth_translation_is_one_too_many_and_cached_ones_are_free(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    for tag in ("ur", "ar", "fa", "ps", "sd"):
        assert translate(app, ada, language=tag).status_code == 200
    asked = provider.bill.requests
    answer = translate(app, ada, language="hi")
    told = problem(answer, 429, "quota-exceeded")
    assert "renews_at" in told
    assert answer.headers["retry-after"]
    assert translate(app, ada, language="fa").json()["cached"]
    assert provider.bill.requests == asked
    problem(translate(app, ada, language="hi", stream=True), 429, "quota-exceeded")


@pytest.mark.parametrize("settings", [{"model": "none"}])
def test_without_a_model_only_what_is_there_is_served(app: TestClient, made: House):
    ada = bearer(sign_up(app))
    problem(translate(app, ada), 503, "no-model")
    problem(personalize(app, ada), 503, "no-model")
    urdu = chapter(SENSORS, "# حساسے\n\nحساسے ناپتے ہیں۔", language="ur")
    made.pipeline.add_book(book(translations=(urdu,)), "robots")
    found = translate(app, ada).json()
    assert (found["author"], found["cached"], found["completeness"]) == (True, True, 1.0)
    assert found["translated_content"].startswith("# حساسے")
    assert left(app, ada, "translations") == 5
    english = translate(app, ada, language="en").json()
    assert (english["author"], english["language"]) == (True, "en")


@pytest.fixture
def poor(settings: dict[str, object]) -> None:
    settings["budget_usd_per_day"] = 0.000001


@pytest.mark.usefixtures("poor")
def test_spent_money_is_told_with_its_own_type(app: TestClient, made: House):
    ada = bearer(sign_up(app))
    told = problem(translate(app, ada), 429, "budget-spent")
    assert "renews" in told["detail"]
    assert left(app, ada, "translations") == 5
    assert ledger(made) == []


def test_a_dry_run_tells_the_price_and_costs_nothing(
    app: TestClient, provider: ModelServer, ada: dict[str, str]
):
    told = translate(app, ada, dry_run=True).json()
    assert told["calls"] == told["parts"] > 0
    assert 0 < told["usd"] < told["usd_at_most"]
    assert provider.bill.requests == 0
    assert left(app, ada, "translations") == 5
    assert translate(app, ada).json()["usage"]["input_tokens"] > 0
    assert translate(app, ada, dry_run=True).json()["calls"] == 0


def test_a_liar_is_asked_twice_and_the_text_stays(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    provider.script = scripted(lambda _: "Here is the translation you asked for.")
    found = translate(app, ada).json()
    original = app.get(f"/api/chapters/{SENSORS}").json()["content"]
    assert (found["translated_content"], found["completeness"]) == (original, 0.0)
    assert found["originals"][0]["reason"]
    asked = provider.bill.requests
    assert asked == len(ledger(made)) == 2
    assert "couldn't be used" in provider.bill.bodies[-1]["messages"][-1]["content"]
    # Not paid again for some time.
    assert translate(app, ada).json()["completeness"] == 0.0
    assert provider.bill.requests == asked


def test_one_mended_reply_is_enough(app: TestClient, provider: ModelServer, ada: dict[str, str]):
    def once_wrong(request: str) -> str:
        return faithful(request) if "couldn't be used" in request else "Sure!"

    provider.script = scripted(once_wrong)
    assert translate(app, ada).json()["completeness"] == 1.0


@pytest.fixture
def by_claude(settings: dict[str, object], provider: ModelServer) -> None:
    settings.clear()
    settings.update(anthropic_api_key="k", anthropic_base_url=provider.url)


@pytest.mark.usefixtures("by_claude")
def test_claude_is_asked_in_its_own_protocol(app: TestClient, made: House, provider: ModelServer):
    ada = bearer(sign_up(app))
    found = translate(app, ada).json()
    assert (found["completeness"], found["originals"]) == (1.0, [])
    assert found["usage"]["input_tokens"] == provider.bill.input > 0
    assert {entry.model for entry in ledger(made)} == {"claude-haiku-5-5"}
    (asked,) = provider.bill.bodies
    assert asked["system"][0]["text"].startswith("You translate")
    provider.script = scripted(retold)
    retelling = personalize(app, ada, level="advanced").json()
    assert any(block["state"] == "added" for block in retelling["blocks"])


def test_a_dead_provider_is_told_and_good_parts_stay(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    long = "\n\n".join(
        f"## Part {n}\n\n" + "A robot sees the wall before it and stops there. " * 20
        for n in range(8)
    )
    made.pipeline.add_book(book({**CHAPTERS, "long": long}), "robots")
    good = scripted(faithful)
    provider.script = lambda body: good(body) if "Part 1" in json.dumps(body) else Reply(status=400)
    told = problem(translate(app, ada, chapter_id="long"), 503, "model-failed")
    assert "kept" in told["detail"]
    paid = sum(entry.output_tokens > 0 for entry in ledger(made))
    assert left(app, ada, "translations") == (4 if paid else 5)


def test_an_edit_pays_for_its_part_alone(
    app: TestClient, made: House, provider: ModelServer, ada: dict[str, str]
):
    sentence = "A robot sees the wall before it and stops there, as the rule says. "
    text = "\n\n".join(f"## Part {n}\n\n{sentence * 20}The number is {n * 7}." for n in range(8))
    made.pipeline.add_book(book({"long": text}), "robots")
    assert translate(app, ada, chapter_id="long").json()["completeness"] == 1.0
    before = provider.bill.requests
    assert before >= 8
    made.pipeline.add_book(book({"long": text.replace("is 28", "is now 28")}), "robots")
    found = translate(app, ada, chapter_id="long").json()
    assert (found["cached"], found["completeness"]) == (False, 1.0)
    assert provider.bill.requests == before + 1


def test_the_kept_form_is_read_with_its_alignment(
    app: TestClient, made: House, ada: dict[str, str]
):
    made_text = translate(app, ada).json()
    found = app.get(f"/api/chapters/{SENSORS}?language=ur").json()
    assert (found["content"], found["direction"]) == (made_text["translated_content"], "rtl")
    assert found["blocks"] == made_text["blocks"]
    for heading in found["headings"]:
        assert found["content"][heading["start"]] == "#"
    personalize(app, ada, level="advanced")
    retelling = app.get(f"/api/chapters/{SENSORS}?level=advanced")
    assert retelling.json()["level"] == "advanced"
    # A form of an older state of the chapter isn't shown.
    made.pipeline.add_book(book({SENSORS: "# Sensors\n\nAll is new and better now."}), "robots")
    assert app.get(f"/api/chapters/{SENSORS}?language=ur").status_code == 404
