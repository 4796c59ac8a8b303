"""Every hostile file sent to a server ends ready or failed with a sentence, and nobody waits."""

from __future__ import annotations

import sys
import time

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.wiring import House
from hostile_files import HOSTILE
from upload_tools import even, long_text


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One of the databases: the files are what differs here."""
    return sqlite_url


@pytest.mark.long
def test_each_ends_and_questions_are_answered(client: TestClient, house: House):
    header = bearer(sign_up(client))
    ended: dict[str, tuple[str, str]] = {}
    waiting: dict[str, str] = {}
    files = {"good.md": lambda: long_text("quokka").encode(), **HOSTILE}
    for name, make in files.items():
        parts = [("files", (name, make(), "application/octet-stream"))]
        answer = client.post("/api/upload", headers=header, files=parts)
        found = answer.json()
        if answer.status_code == 202:
            waiting[found["documents"][0]["document_id"]] = name
        else:
            assert answer.status_code in (413, 415, 422), (name, answer.text)
            ended[name] = ("refused", found["detail"])
    until = time.monotonic() + 1_800
    while waiting and time.monotonic() < until:
        asked = {"query": "What does the quokka number 3 measure?"}
        assert client.post("/api/search", headers=header, json=asked).status_code == 200
        for identity in list(waiting):
            found = client.get(f"/api/docs/{identity}", headers=header).json()
            if found["status"] in ("ready", "failed"):
                ended[waiting.pop(identity)] = (found["status"], found["error"] or "")
        time.sleep(0.2)
    assert not waiting
    assert ended.keys() == files.keys()
    for name, (status, sentence) in ended.items():
        sys.stdout.write(f"{name:24} {status:8} {sentence}\n")
        assert (status == "ready") == (not sentence), name
        # `RuntimeError` and such are our own mistakes, and say that the operator is to be told.
        assert "operator" not in sentence, (name, sentence)
        assert not sentence or (sentence[0].isupper() and " " in sentence)
    assert sum(status == "ready" for status, _ in ended.values()) > 30
    assert even(house, 1) > 0
