"""What the server does around the rooms: health, headers, limits, origins, odd requests."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from secrets import token_urlsafe

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import House, build
from house_tools import made_settings
from postgres_server import PostgresServer
from server_tools import served

PARTS = {"database", "search", "storage", "queue", "vectors", "model"}


@pytest.fixture
def port(tmp_path: Path, migrated_sqlite: Path, embedder: Embedder) -> Iterator[int]:
    """A server that takes 16 kB within half a second."""
    shutil.copyfile(migrated_sqlite, tmp_path / "glossator.db")
    settings = made_settings(tmp_path, max_request_kb=16, request_body_seconds=0.5)
    with served(build(settings, embedder=embedder)) as found:
        yield found


def call(port: int, method: str, path: str, body: object = None, **headers: str):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body=body, headers=headers, encode_chunked=body is not None
                       and not isinstance(body, bytes))  # fmt: skip
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def raw(port: int, request: bytes, wait: float = 5) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_health_touches_nothing(client: TestClient):
    assert client.get("/health").json() == {"status": "ok"}


def test_ready_names_each_part(client: TestClient):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    parts = answer.json()["parts"]
    assert set(parts) == PARTS
    assert all(part["ms"] >= 0 for part in parts.values())
    assert {part["state"] for part in parts.values()} == {"ok", "off"}


def test_ready_is_503_while_postgres_is_gone(
    client: TestClient, house: House, request: pytest.FixtureRequest
):
    if house.database.is_sqlite:
        path = Path(house.database.url.database or "")
        house.database.close()
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        path.mkdir()
        # The jobs' thread may have opened the old file again in between.
        house.database.close()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.drop(house.database.url.render_as_string())
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"]["state"] == "down"
    assert client.get("/health").status_code == 200
    failed = client.get("/api/books")
    assert (failed.status_code, failed.json()["type"]) == (503, "unavailable")
    for told in ("SELECT", "psycopg", "sqlite", str(house.settings.data)):
        assert told not in failed.text


def test_every_answer_has_the_security_headers(client: TestClient):
    for path in ("/health", "/", "/api/books", "/nowhere", "/api/books/none", "/assets/none"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert len(headers["x-request-id"]) == 32
    page = client.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in page
    assert "unsafe" not in page


def test_a_request_that_fails_unforeseen_tells_nothing(client: TestClient, house: House):
    # Not the embedder: the warm-up in its thread may still be about to use that.
    house.words.search = None  # type: ignore[method-assign,assignment]
    answer = client.post("/api/search", json={"query": "x"})
    assert (answer.status_code, answer.json()["type"]) == (500, "internal")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "NoneType" not in answer.text


def test_pages_are_served_by_name_and_never_from_elsewhere(client: TestClient):
    page = client.get("/b/robots/part-1/sensors")
    assert page.headers["content-type"].startswith("text/html")
    again = client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/assets/app.js").headers["content-type"].startswith("text/javascript")
    for path in ("../settings.py", "..%2f..%2fsettings.py", "%2e%2e/app.py", "/etc/passwd",
                 "__init__.py", "", "%00", "vendor"):  # fmt: skip
        assert client.get(f"/assets/{path}").status_code in (404, 405)


def test_api_description_needs_a_token_in_production(
    sqlite_url: str, tmp_path: Path, embedder: Embedder
):
    for env, status in (("development", 200), ("production", 401)):
        settings = made_settings(tmp_path, sqlite_url, env=env, secret_key=token_urlsafe(48))
        built = build(settings, embedder=embedder)
        with TestClient(create_app(house=built)) as opened:
            assert opened.get("/openapi.json").status_code == status
            assert opened.get("/docs").status_code == 404
            token = bearer(sign_up(opened, f"{env}@example.org"))
            described = opened.get("/openapi.json", headers=token)
            assert described.status_code == 200
            assert "/api/chat/ask" in described.json()["paths"]


def test_only_allowed_origins_may_call(sqlite_url: str, tmp_path: Path, embedder: Embedder):
    settings = made_settings(tmp_path, sqlite_url, allowed_origins="https://book.example")
    with TestClient(create_app(house=build(settings, embedder=embedder))) as opened:
        for origin, allowed in (("https://book.example", "https://book.example"),
                                ("https://evil.example", None), ("null", None)):  # fmt: skip
            for path in ("/api/books", "/api/books/none"):
                answer = opened.get(path, headers={"origin": origin})
                assert answer.headers.get("access-control-allow-origin") == allowed
            asked = {"origin": origin, "access-control-request-method": "POST",
                     "access-control-request-headers": "content-type"}  # fmt: skip
            preflight = opened.options("/api/chat/ask", headers=asked)
            assert preflight.headers.get("access-control-allow-origin") == allowed
            large = opened.post("/api/search", content=b"x" * 2_000_000, headers={"origin": origin})
            assert large.status_code == 413
            assert large.headers.get("access-control-allow-origin") == allowed


def test_without_origins_nobody_elsewhere_may_call(client: TestClient):
    answer = client.get("/api/books", headers={"origin": "https://book.example"})
    assert "access-control-allow-origin" not in answer.headers


def problem(answer: HTTPResponse, text: bytes) -> dict[str, object]:
    assert answer.getheader("content-type") == "application/problem+json"
    found: dict[str, object] = json.loads(text)
    assert found["request_id"] == answer.getheader("x-request-id")
    return found


def test_a_body_that_says_it_is_too_large(port: int):
    answer, text = call(port, "POST", "/api/search", b" " * 17_000)
    assert (answer.status, problem(answer, text)["type"]) == (413, "too-large")
    assert answer.getheader("connection") == "close"


def test_a_body_that_grows_too_large(port: int):
    answer, text = call(port, "POST", "/api/search", iter([b" " * 9_000] * 3))
    assert (answer.status, problem(answer, text)["type"]) == (413, "too-large")


def test_a_body_at_the_limit_is_read(port: int):
    body = json.dumps({"query": "x"}).encode().ljust(16 * 1024)
    answer, text = call(port, "POST", "/api/search", body, **{"content-type": "application/json"})
    assert (answer.status, json.loads(text)["results"]) == (200, [])


def test_a_body_that_does_not_arrive(port: int):
    began = time.monotonic()
    received = raw(
        port,
        b"POST /api/search HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: 100\r\n\r\n{",
    )
    assert time.monotonic() - began < 4
    assert received.startswith(b"HTTP/1.1 408")
    assert b"request-timeout" in received


def test_methods_and_addresses_that_are_not_there(port: int):
    for method, path, status in (
        ("DELETE", "/api/books", 405), ("POST", "/health", 405), ("GET", "/api/search", 405),
        ("GET", "/api/nothing", 404), ("GET", "/.env", 404),
        ("GET", "/api/books/%ff%fe", 404), ("GET", "/api/chapters/" + "a/" * 2000, 404),
    ):  # fmt: skip
        answer, text = call(port, method, path)
        assert (answer.status, problem(answer, text)["status"]) == (status, status)


def test_head_answers_like_get_without_a_body(port: int):
    for path, status in (("/health", 200), ("/", 200), ("/api/books", 200), ("/nowhere", 404)):
        answer, text = call(port, "HEAD", path)
        assert (path, answer.status, text) == (path, status, b"")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n",
        b"POST /api/search HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
def test_the_server_outlives_broken_requests(port: int, request_: bytes):
    with suppress(OSError):
        raw(port, request_, wait=0.7)
    assert call(port, "GET", "/health")[0].status == 200


def test_many_at_once_are_all_answered(port: int):
    statuses: list[int] = []

    def ask() -> None:
        body = json.dumps({"question": "What is a robot?"}).encode()
        answer, _ = call(
            port, "POST", "/api/chat/ask", body, **{"content-type": "application/json"}
        )
        statuses.append(answer.status)

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 30
