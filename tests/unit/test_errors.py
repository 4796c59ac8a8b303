"""Every failure is a problem document that tells a person what to do and nobody a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import Field
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from glossator.foundation import errors
from glossator.foundation.errors import GlossatorError
from glossator.foundation.middleware import Requests
from glossator.foundation.problems import answer_errors
from glossator.foundation.watching import Watch
from glossator.foundation.web import Body

SECRET = "hunter2-very-secret"
KNOWN = [
    (errors.BadRequest, 400, "bad-request"),
    (errors.UnknownReference, 400, "unknown-reference"),
    (errors.Unauthorized, 401, "unauthorized"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.NotFound, 404, "not-found"),
    (errors.Conflict, 409, "conflict"),
    (errors.TooLarge, 413, "too-large"),
    (errors.Unsupported, 415, "unsupported-type"),
    (errors.Unusable, 422, "unusable-input"),
    (errors.TooMany, 429, "quota-exceeded"),
    (errors.Unavailable, 503, "unavailable"),
    (errors.DiskFull, 507, "disk-full"),
    (GlossatorError, 500, "internal"),
]


class Sample(Body):
    """What the sample address takes."""

    name: str
    number: int = 0
    ratio: float = 0.0
    names: list[str] = Field(default_factory=list)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A bare application with the one error handler."""
    app = FastAPI()
    answer_errors(app)
    app.add_middleware(Requests, watch=Watch(lambda: b"k" * 32))

    @app.post("/sample")
    def sample(body: Sample) -> dict[str, str]:
        return {"name": body.name}

    @app.get("/raise/{name}")
    def fail(name: str) -> None:
        if name == "database":
            raise OperationalError(f"SELECT {SECRET}", {}, Exception(SECRET))
        if name == "bug":
            raise ValueError(SECRET)
        raise getattr(errors, name)("A sentence.")

    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "status", "type_"), KNOWN)
def test_a_known_error_carries_its_own_answer(
    client: TestClient, kind: type[GlossatorError], status: int, type_: str
):
    answer = client.get(f"/raise/{kind.__name__}", headers={"x-request-id": "caller-id-1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = {
        "type": type_,
        "title": kind.title,
        "status": status,
        "detail": "A sentence.",
        "request_id": "caller-id-1",
    }
    if kind is errors.Unusable:
        problem["errors"] = [{"field": "body", "message": "A sentence."}]
    assert answer.json() == problem


def test_every_error_of_the_tree_is_listed_here():
    def below(kind: type[GlossatorError]) -> set[type[GlossatorError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    assert {k for k in below(GlossatorError) if k.__module__ == errors.__name__} == {
        kind for kind, _, _ in KNOWN
    }


@pytest.mark.parametrize(("name", "status"), [("bug", 500), ("database", 503)])
def test_the_reason_of_a_failure_stays_inside(client: TestClient, name: str, status: int):
    answer = client.get(f"/raise/{name}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    for told in ("secret", "SELECT", "Traceback", "ValueError", ".py"):
        assert told not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"name": 5}', "name"),
        ('{"name": null}', "name"),
        ("{}", "name"),
        ('{"name": "a", "number": "1"}', "number"),
        ('{"name": "a", "number": true}', "number"),
        ('{"name": "a", "number": 1.5}', "number"),
        ('{"name": "a", "ratio": "hunter2-very-secret"}', "ratio"),
        ('{"name": "a", "names": "b"}', "names"),
        ('{"name": "a", "names": ["b", 7]}', "names.1"),
        ('{"name": "a", "password": "hunter2-very-secret"}', "password"),
        ('{"name": "\\ud800 hunter2-very-secret"}', "name"),
        ('["name"]', "body"),
        ('"hunter2-very-secret"', "body"),
        ("null", "body"),
        ("", "body"),
    ],
)
def test_a_body_that_does_not_fit_names_its_fields(client: TestClient, body: str, field: str):
    answer = client.post("/sample", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "request_id", "errors"}
    assert [set(item) for item in problem["errors"]] == [{"field", "message"}]
    assert problem["errors"][0]["field"] == field
    assert all(item["message"] for item in problem["errors"])
    assert field in problem["detail"]
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a"',
        b'{"name": hunter2-very-secret}',
        b"\xff\xfe hunter2-very-secret",
        b'{"name": "a", "ratio": NaN, "number": NaN}',
        b'{"name": "a", "number": ' + b"9" * 5000 + b"}",
        b"[" * 20_000,
        b'{"name": "a\x00' + b"b" * 50 + b'"}',
    ],
)
def test_a_body_that_is_no_json_is_refused_in_words(client: TestClient, body: bytes):
    answer = client.post("/sample", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert "hunter2" not in answer.text
    assert "9" * 100 not in answer.text


def test_a_number_beyond_all_bounds_is_refused_or_taken_but_never_fails(client: TestClient):
    for number in ("1e400", str(2**70), str(-(2**70))):
        body = '{"name": "a", "number": ' + number + "}"
        answer = client.post("/sample", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (200, 422)


def test_addresses_and_methods_that_are_not_there(client: TestClient):
    missing, wrong = client.get("/nowhere"), client.delete("/sample")
    assert (missing.status_code, missing.json()["type"]) == (404, "not-found")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"
    assert "Check the path" in missing.json()["detail"]
    assert client.head("/nowhere").status_code == 404


def test_a_request_id_is_the_callers_only_where_it_is_harmless(client: TestClient):
    def answered(offered: bytes) -> str:
        return client.get("/nowhere", headers={b"x-request-id": offered}).json()["request_id"]

    assert answered(b"abc-DEF_1.2") == "abc-DEF_1.2"
    for bad in (b"short", b"with space in it", b"a" * 65, b"line\tbreak-x", "ünïcode-id".encode()):
        assert answered(bad) != bad.decode("latin-1")
        assert len(answered(bad)) == 32


def test_what_was_sent_is_still_json_when_it_comes_back(client: TestClient):
    answer = client.post("/sample", json={"name": 'quote " and é \u2028'})
    assert json.loads(answer.text) == {"name": 'quote " and é \u2028'}
