"""What logs say and what they must not: ids, times, no secrets, and no line of somebody else's."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from account_tools import bearer, sign_up
from glossator.foundation.telemetry import LogFormat, log, set_up_logs
from glossator.library import uploads
from model_server import Reply, says
from watched_site import SECRETS, Site

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."


@contextmanager
def written(form: LogFormat, level: str = "info") -> Iterator[Callable[[], str]]:
    """What is logged at a level while the block runs, as the program writes it."""
    out = io.StringIO()
    set_up_logs(form, level)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(out)
    try:
        yield out.getvalue
    finally:
        set_up_logs("text", "warning")


def lines(text: str, event: str = "") -> list[dict[str, Any]]:
    """The lines of JSON; each must be one."""
    found = [json.loads(line) for line in text.splitlines()]
    return [line for line in found if not event or line["event"] == event]


def test_a_question_is_one_line_with_the_times_of_its_stages(site: Site):
    site.provider.answer_with(says(f'It computes depth from the disparity [1 "{QUOTE}"].'))
    with written("json") as said:
        headers = {**site.user, "x-request-id": "my-own-request"}
        site.client.post("/api/chat/ask", json={"question": QUESTION}, headers=headers)
        site.client.post("/api/chat/ask", json={"question": QUESTION})
    mine, guests = lines(said(), "question")
    assert mine["request_id"] == "my-own-request"
    assert (mine["mode"], mine["degraded"], mine["status"]) == ("model", None, 200)
    assert mine["user"] == site.house.watch.named(site.user_id)
    assert len(mine["user"]) == 16
    assert "user" not in guests
    stages = mine["stages_ms"]
    assert list(stages)[:3] == ["caller", "allowance", "wait"]
    assert {"encode", "words", "model_first", "proof", "settle"} <= stages.keys()
    assert sum(stages.values()) <= mine["ms"] + 0.01 * len(stages)
    (request, _) = lines(said(), "request")
    assert (request["request_id"], request["user"]) == ("my-own-request", mine["user"])


def test_a_document_is_one_line_with_its_stages(site: Site):
    with written("json") as said:
        files = [("files", ("notes.md", b"# Notes\n\nA wheel turns.\n"))]
        sent = site.client.post("/api/upload", files=files, headers=site.user)
        identity = sent.json()["documents"][0]["document_id"]
        site.client.get(f"/api/docs/{identity}/events", headers=site.user)
    (line,) = lines(said(), "document")
    assert (line["document"], line["ended"], line["job"]) == (identity, "ready", "documents.embed")
    assert (line["chunks"], line["format"]) == (1, "markdown")
    assert line["user"] == site.house.watch.named(site.user_id)
    assert {"claim", "fetch", "read", "cut", "embed", "write"} <= line["stages_ms"].keys()
    upload = next(each for each in lines(said(), "request") if each["path"] == "/api/upload")
    assert upload["document"] == identity


def test_each_step_is_a_line_at_the_level_debug(site: Site):
    with written("json", "debug") as said:
        files = [("files", ("more.md", b"# More\n\nAnother wheel turns.\n"))]
        sent = site.client.post("/api/upload", files=files, headers=site.user)
        identity = sent.json()["documents"][0]["document_id"]
        site.client.get(f"/api/docs/{identity}/events", headers=site.user)
    steps = [step for step in lines(said(), "job step") if step.get("document") == identity]
    assert [step["job"] for step in steps] == ["documents.parse", "documents.embed"]
    assert all(step["outcome"] == "done" and step["stages_ms"] for step in steps)


def test_nothing_secret_is_logged_at_the_default_level(site: Site, monkeypatch: pytest.MonkeyPatch):
    """Whatever goes wrong: sign-ins, models, files, a bug, the database's own errors."""
    asked = "canary-question: " + QUESTION
    typed = ["canary-password-one", "canary-password-two", "canary-name", "canary-selection",
             "canary-question", "canary-comment", "canary-file", "canary-text"]  # fmt: skip
    secrets = [*SECRETS.values(), *typed, "raw secret", site.user["authorization"][7:]]
    with written("json") as said:
        people = site.client
        sign_up(people, "canary.other@example.org", password=typed[0], name="canary-name")
        wrong = {"email": "canary.other@example.org", "password": typed[1]}
        assert people.post("/api/auth/login", json=wrong).status_code == 401
        people.post("/api/auth/login", json={**wrong, "password": typed[0]})
        people.get("/api/auth/me", headers=bearer("canary-token"))
        for reply in (Reply(status=500), Reply(("x",), garbage=(0, "raw secret")), says("I")):
            site.provider.answer_with(reply)
            body = {"question": asked, "selected_text": "canary-selection of words"}
            people.post("/api/chat/ask", json=body, headers=site.user)
            site.house.models.answered(site.house.models.first)
        files = [("files", ("canary-file.pdf", b"%PDF-1.7\ncanary-text"))]
        found = people.post("/api/upload", files=files, headers=site.user).json()["documents"][0]
        people.get(f"/api/docs/{found['document_id']}/events", headers=site.user)
        monkeypatch.setattr(site.house.words, "search", None)
        assert people.post("/api/search", json={"query": asked}).status_code == 500
        monkeypatch.undo()
        # A bug whose error the database words: with its statement, without the values.
        monkeypatch.setattr(uploads, "SORTS", {"-created_at": None})
        upload = uploads.Upload("d1", site.user_id, "canary-file", "x", "x", 1, "canary", "canary")
        with (
            pytest.raises(Exception, match="NOT NULL") as caught,
            site.house.database.writing() as s,
        ):
            uploads.create(s, upload, None, until=None)  # type: ignore[arg-type]
        log(__name__).error("a bug", exc_info=caught.value)
    text = said()
    assert len(lines(text)) > 12
    assert "Traceback" in text
    assert "hidden due to hide_parameters" in text
    assert [secret for secret in (*secrets, "canary") if secret in text] == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_can_write_a_line_of_their_own(site: Site, form: LogFormat):
    forged = '2026-01-01 [info] forged\u2028{"event": "forged"}'
    with written(form) as said:
        for evil in ("\n", "\r\n", "\x1b[2J\x1b[1;1H", "\u202e", "\x85", "\x00"):
            site.client.get("/" + quote(f"a{evil}{forged}"))
            headers = {"x-request-id": f"abcdefgh{evil}{forged}".encode()}
            site.client.get("/health", headers=headers)
            try:
                raise RuntimeError(f"a message{evil}{forged}")
            except RuntimeError as error:
                log(__name__).error(f"an event{evil}{forged}", value=evil + forged, exc_info=error)
            logging.getLogger("another.library").warning("%s", evil + forged)
    text = said()
    assert text
    for line in text.split("\n"):
        assert not line.startswith(("2026-01-01 [info]", '{"event": "forged')), line
        assert not any(sign in line for sign in "\x1b\u202e\u2028\x85\x00\r"), ascii(line)
    if form == "json":
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())


def test_one_work_leaves_nothing_in_the_next_ones_lines(site: Site):
    files = [("files", (f"{n}.md", f"# {n}\n\nWheel {n} turns.\n".encode())) for n in range(2)]
    site.client.post("/api/upload", files=files, headers=site.user)
    bound: list[dict[str, Any]] = []
    step = site.house.watch.step("probe", lambda: bool(bound.append(
        dict(structlog.contextvars.get_contextvars())) or True))  # fmt: skip
    step()
    step()
    assert bound == [{"job": "probe"}, {"job": "probe"}]
