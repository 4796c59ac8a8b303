"""Requests that nobody's browser would send: names, methods, paths, bodies, origins."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from secrets import token_urlsafe
from typing import Any

import pytest
from httpx2 import Response
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.foundation.hosts import Hosts, names
from glossator.pages import ADDRESSES
from security_tools import Small

EVERYWHERE = "0.0.0.0"  # noqa: S104
JSON = {"content-type": "application/json"}
FOREIGN = (
    "https://evil.example", "null", "https://ours.example.evil.example", "http://ours.example",
    "https://ours.example:444", "https://ours.example@evil.example",
)  # fmt: skip
# What a text may hold that is none, or what somebody tries in a path, a query and a search.
ODD = (
    "%00", "%ed%a0%80", "%ff", "..%2f..%2fetc%2fpasswd", "%2e%2e", "a" * 3_000, "'\";--",
    "NEAR(", "col:x", "^*\"", "{{7*7}}", "${7*7}", "%(x)s", "{0.__class__}", "-1", "0", "1e999",
    "NaN", str(2**63), "9" * 4_000, "null", "[]", "\u202e", "١٢",
)  # fmt: skip


@pytest.fixture(scope="module")
def described(server: Small) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in described["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path, operation


def filled(path: str, value: str = "x") -> str:
    for name in ("book_id", "chapter_id", "document_id", "session_id", "message_id", "user_id",
                 "agreement_id", "role", "page"):  # fmt: skip
        before, parameter, after = path.partition(f"{{{name}}}")
        path = f"{before}{value}{after}" if parameter else path
    return path


def in_words(answer: Response, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.request.url, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_name_that_was_pointed_at_this_machine_is_refused(server: Small):
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "x.localhost.evil",
                 "localhost.evil.example", "EVIL.example."):  # fmt: skip
        for path in ("/api/books", "/", "/api/auth/me", "/widget.js"):
            in_words(server.client.get(path, headers={"host": host}), 421)
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000", "192.168.7.7", "server:80", "",
                 "my.localhost:9000"):  # fmt: skip
        assert server.client.get("/api/books", headers={"host": host}).status_code == 200, host
    # A platform's own name for the question whether all is well.
    assert server.client.get("/health", headers={"host": "probe.example"}).status_code == 200


def test_a_host_that_is_none_decides_nothing(server: Small):
    for host in ("a/x?", "a#", "a\\", "a@b", "a b", "[::1", "x/api/auth/login?", "a:b", "a,b"):
        for path in ("/api/auth/me", "/api/admin/users", "/api/books"):
            in_words(server.client.get(path, headers={"host": host}), 400)
    twice = [("host", "localhost"), ("host", "evil.example")]
    in_words(server.client.get("/api/books", headers=twice), 400)
    # Whose name it is said to be elsewhere is of no interest.
    for name in ("x-forwarded-host", "x-original-url", "x-rewrite-url", "forwarded"):
        sent = {name: "host=evil.example" if name == "forwarded" else "/api/books"}
        assert server.client.get("/api/admin/users", headers=sent).status_code == 401


def test_by_which_names_a_server_is_called():
    assert names((), listens="127.0.0.1", behind_proxy=False) == ()
    assert names((), listens="127.0.0.1", behind_proxy=True) is None
    assert names((), listens=EVERYWHERE, behind_proxy=False) is None
    assert names(("a.example",), listens=EVERYWHERE, behind_proxy=True) == ("a.example",)
    assert names(("a.example", "*"), listens="127.0.0.1", behind_proxy=False) is None


def test_names_of_ones_own():
    client = TestClient(Hosts(PlainTextResponse("x"), ("Book.example", "*.uni.example")))
    for host, status in (
        ("book.example", 200), ("book.example.", 200), ("lab.uni.example:443", 200),
        ("a.lab.uni.example", 421), ("uni.example", 421), ("abook.example", 421), ("10.1.2.3", 200),
    ):  # fmt: skip
        assert client.get("/", headers={"host": host}).status_code == status, host


def test_methods_that_nobody_knows_reach_nothing(server: Small):
    for method in ("DISPATCH", "__INIT__", "FOO", "TRACE", "CONNECT", "PROPFIND"):
        for path in ("/api/books", "/api/admin/users", "/api/auth/login", "/", "/assets/app.js"):
            in_words(server.client.request(method, path, headers=server.admin), 405)


def test_every_spelling_of_the_login_counts_or_is_nowhere(server: Small):
    spellings = (
        "/api/auth/login", "//api/auth/login", "/api/auth/login/", "/api/auth/%6cogin",
        "/API/auth/LOGIN", "/api/auth/login;x", "/api//auth/login", "/api/auth/./login",
        "/api/auth/login%2f", "/api/auth/login%00", "/api/auth/login?x",
    )  # fmt: skip
    wrong = {"email": "user@example.org", "password": "not the password"}
    found = []
    for path, _ in zip(cycle(spellings), range(4 * len(spellings)), strict=False):
        answer = server.client.post(f"http://localhost{path}", json=wrong)
        assert answer.status_code in (401, 404, 405, 429), (path, answer.text)
        # Nobody is led elsewhere by a name that the request invented.
        assert "location" not in answer.headers, path
        found.append(answer.status_code)
    assert found.count(401) == 5
    assert found.count(429) > 3


BROKEN = {
    "half a pair": b'{"%s": "\\ud800"}',
    "no number": b'{"%s": NaN}',
    "endless": b'{"%s": 1e999}',
    "4,000 digits": b'{"%s": ' + b"9" * 4_000 + b"}",
    "deep": b'{"%s": ' + b"[" * 100_000,
    "deep and closed": b'{"%s": ' + b"[" * 500 + b"]" * 500 + b"}",
    "NUL": b'{"%s": "a\\u0000b"}',
    "no UTF-8": b'{"%s": "\xff\xfe"}',
    "overlong": b'{"%s": "\xc0\xaf"}',
    "half": b'{"%s": "',
    "no object": b'["%s"]',
    "a serialised object": b'{"%s": {"lc": 1, "type": "secret", "__class__": "os", "$ref": "x"}}',
    "a polluted one": b'{"%s": "x", "__proto__": {"role": "admin"}}',
}


def test_bodies_that_are_broken_are_refused_by_every_operation(
    server: Small, described: dict[str, Any]
):
    tried = 0
    for method, path, operation in operations(described):
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            continue
        name = schema["$ref"].rpartition("/")[2]
        shape = described["components"]["schemas"][name]
        field = next(iter(shape["properties"])).encode()
        for what, body in BROKEN.items():
            sent = body.replace(b"%s", field)
            answer = server.client.request(
                method, filled(path), content=sent, headers={**server.admin, **JSON}
            )
            assert 400 <= answer.status_code < 500, (method, path, what, answer.text)
            assert "9" * 20 not in answer.text
            tried += 1
    assert tried > 20 * len(BROKEN)


def test_a_json_body_must_say_that_it_is_one(server: Small):
    """A form of a foreign page can send text/plain without asking first."""
    body = json.dumps({"query": "lidar"})
    for kind in (
        "text/plain",
        "text/plain; charset=application/json",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        None,
    ):
        headers = {"content-type": kind} if kind else {}
        in_words(server.client.post("/api/search", content=body, headers=headers), 415, 422)
    for kind in ("application/json", "application/json; charset=utf-8"):
        answer = server.client.post("/api/search", content=body, headers={"content-type": kind})
        assert answer.status_code == 200


def test_the_last_of_two_equal_names_counts(server: Small):
    sent = b'{"query": "x", "k": 1, "k": 50, "query": "lidar"}'
    found = server.client.post("/api/search", content=sent, headers=JSON)
    assert found.status_code == 200
    assert len(found.json()["results"]) > 1


def test_odd_values_anywhere_in_an_address_never_break_it(server: Small, described: dict[str, Any]):
    # Each gets some of them in turn, so that all of them come to all kinds of places.
    odd = cycle(ODD)
    for method, path, operation in operations(described):
        named = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        addresses = [filled(path, next(odd)) for _ in range(7 if "{" in path else 0)]
        addresses += [f"{filled(path)}?{name}={next(odd)}" for name in named for _ in range(9)]
        for address in addresses:
            answer = server.client.request(method, address, headers=server.admin)
            assert answer.status_code < 500, (method, address, answer.text)


def test_odd_values_in_a_body_are_only_text(server: Small):
    for text in (
        "' OR 1=1 --",
        "NEAR(",
        'col:x ^*"',
        "{{7*7}} ${7*7} %(x)s {0.__class__}",
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "\u202e",
        "١٢",
        "(",
        "*",
    ):
        for path, body in (
            ("/api/search", {"query": text}),
            ("/api/chat/selected-text", {"question": text, "selected_text": text}),
        ):
            answer = server.client.post(path, json=body, headers=server.user)
            assert answer.status_code == 200, (path, text, answer.text)
            assert "49" not in answer.json().get("answer", "")
        answer = server.client.patch("/api/auth/me", json={"name": text}, headers=server.user)
        assert answer.json()["name"] == text


def test_a_page_of_elsewhere_reads_nothing(server: Small, described: dict[str, Any]):
    every = [(method, filled(path)) for method, path, _ in operations(described)]
    some = [*every[::20], ("GET", "/"), ("GET", "/nowhere"), ("GET", "/api/docs/%00")]
    for origin in FOREIGN:
        for method, path in every if origin == FOREIGN[0] else some:
            asked = {"origin": origin, "access-control-request-method": method}
            for answer in (
                server.client.options(path, headers=asked),
                server.client.request(method, path, headers={"origin": origin}),
            ):
                shown = answer.headers.get("access-control-allow-origin")
                open_to_all = path == "/api/widget/token"
                assert shown is None or (shown == "*" and open_to_all), (origin, path)
                assert "access-control-allow-credentials" not in answer.headers


def test_every_answer_says_how_it_is_to_be_treated(server: Small, described: dict[str, Any]):
    pages = [address.replace("{rest:path}", "x") for address in ADDRESSES]
    pages += ["/widget/agree", "/nowhere", "/assets/app.js", "/assets/nowhere", "/widget.js"]
    calls = [(method, filled(path)) for method, path, _ in operations(described)]
    for method, path in (*(("GET", page) for page in pages), *calls):
        for headers in ({}, server.user) if method == "GET" else ({},):
            answer = server.client.request(method, path, headers=headers)
            told = answer.headers
            assert told["x-content-type-options"] == "nosniff", path
            assert told["referrer-policy"] == "same-origin"
            assert "camera=()" in told["permissions-policy"]
            assert told["cross-origin-opener-policy"] in ("same-origin", "unsafe-none")
            assert "server" not in told
            assert "x-powered-by" not in told
            policy = told.get("content-security-policy", "")
            if told.get("content-type", "").startswith("text/html"):
                for part in (
                    "default-src 'none'",
                    "object-src 'none'",
                    "base-uri 'none'",
                    "script-src 'self'",
                    "form-action 'self'",
                    "frame-ancestors",
                ):
                    assert part in policy, (path, part)
                assert "unsafe" not in policy
            if path.startswith("/api/"):
                assert "default-src 'none'" in policy, path
                assert told["cache-control"] in ("no-store", "no-cache", "private, no-cache"), path


def test_tls_is_asked_for_in_production_alone(server: Small):
    assert "strict-transport-security" not in server.client.get("/").headers
    changes = {"env": "production", "secret_key": SecretStr(token_urlsafe(48))}
    house = replace(server.house, settings=server.house.settings.model_copy(update=changes))
    client = TestClient(create_app(house=house), raise_server_exceptions=False)
    for path in ("/", "/nowhere", "/api/nowhere"):
        age = client.get(path).headers["strict-transport-security"]
        assert int(age.partition("=")[2]) >= 31_536_000


@pytest.mark.parametrize("size", [1_000, 50_000])
def test_a_range_of_many_parts_is_no_work(server: Small, size: int):
    sent = server.client.post(
        "/api/upload", headers=server.user, files=[("files", ("r.md", f"# R\n\nWords {size}."))]
    )
    path = f"/api/docs/{sent.json()['documents'][0]['document_id']}/raw"
    parts = "bytes=" + ",".join("0-0" for _ in range(size))
    began = time.thread_time(), time.monotonic()
    answer = server.client.get(path, headers={**server.user, "range": parts})
    assert answer.status_code in (200, 416)
    assert time.monotonic() - began[1] < 2
