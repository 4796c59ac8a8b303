"""Which tokens are refused, on every address that takes one; what a stranger reaches."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from account_tools import bearer, log_in, refused, sign_up
from glossator.accounts.tables import Account, Login, now
from glossator.accounts.tokens import Tokens
from glossator.library.tables import Book
from glossator.wiring import House, secret
from small_books import book

WITHOUT_TOKEN = {"/api/auth/signup", "/api/auth/login"}
# What a guest gets at some addresses; test_strangers.py has them all.
GUESTS = {
    ("POST", "/api/auth/logout"): 401,
    ("POST", "/api/auth/logout-everywhere"): 401,
    ("POST", "/api/auth/password"): 401,
    ("GET", "/api/auth/me"): 401,
    ("PATCH", "/api/auth/me"): 401,
    ("DELETE", "/api/auth/me"): 401,
    ("GET", "/api/auth/me/export"): 401,
    ("GET", "/api/user/progress"): 401,
    ("POST", "/api/user/progress/open"): 401,
    ("POST", "/api/user/progress/mark"): 401,
    ("GET", "/api/books"): 200,
    ("GET", "/api/usage"): 200,
    ("GET", "/api/books/{book_id}"): 404,
    ("GET", "/api/chapters/{chapter_id:path}"): 404,
    ("POST", "/api/search"): 400,
    ("POST", "/api/chat/ask"): 400,
}
BODIES = {
    "/api/auth/password": {"current_password": "x", "new_password": "y"},
    "/api/auth/me": {"name": "x"},
    "/api/search": {"query": "What?", "book_id": "hidden"},
    "/api/chat/ask": {"question": "What?", "book_id": "hidden"},
}


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@pytest.fixture
def token(client: TestClient) -> str:
    """A good token."""
    return sign_up(client)


def claims_of(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_what_a_token_says(token: str):
    claims = claims_of(token)
    assert set(claims) == {"sub", "sid", "iat", "exp", "iss", "aud"}
    assert claims["sub"] == "1"
    assert claims["exp"] == claims["iat"] + 7 * 24 * 3600  # type: ignore[operator]
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}


def test_a_forged_token_is_refused(client: TestClient, house: House, token: str):
    claims, moment = claims_of(token), int(time.time())
    head, body, signature = token.split(".")
    ours = Tokens(secret(house.settings))
    key = ours._keys["bearer"]

    def signed(**changes: object) -> str:
        changed = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return jwt.encode(changed, key, "HS256")

    assert client.get("/api/auth/me", headers=bearer(signed())).status_code == 200
    forged = [
        f"{head}.{encoded({**claims, 'sub': '2'})}.{signature}",
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        f"{encoded({'alg': 'None', 'typ': 'JWT'})}.{body}.{signature}",
        f"{encoded({'alg': 'RS256', 'typ': 'JWT'})}.{body}.{signature}",
        f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        jwt.encode(claims, "another key of at least 32 bytes.", "HS256"),
        jwt.encode(claims, key * 2, "HS512"),
        jwt.encode(claims, ours._keys["cookie"], "HS256"),
        signed(exp=moment - 1),
        signed(exp=None),
        signed(exp="soon"),
        signed(iat=moment + 3600),
        signed(iat=moment + 60),
        signed(iat="soon"),
        signed(sub="2"),
        signed(sub="0"),
        signed(sub="-1"),
        signed(sub="1 "),
        signed(sub="9" * 40),
        signed(sub=None),
        signed(sid="somebody else's"),
        signed(sid=None),
        signed(sid=5),
        signed(sid="nul\x00"),
        signed(iss="elsewhere"),
        signed(iss=None),
        signed(aud="glossator:cookie"),
        signed(aud=None),
        signed(nbf=moment + 3600),
        "x",
        "..",
        "a.b.c",
        "x" * 100_000,
        "[" * 1_900,
        f"{base64.urlsafe_b64encode(b'[' * 1_400).decode()}.a.b",
        "null",
    ]
    words = set()
    for value in forged:
        answer = client.get("/api/auth/me", headers=bearer(value))
        refused(answer)
        words.add(answer.json()["detail"])
    assert len(words) == 1


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "bearer\t", "Token x", "", "Bearer a b"]
)
def test_another_header_is_refused(client: TestClient, header: str):
    for path in ("/api/auth/me", "/api/books"):
        refused(client.get(path, headers={"authorization": header}))


def test_the_scheme_may_be_written_small_and_only_once(client: TestClient, token: str):
    me = "/api/auth/me"
    assert client.get(me, headers={"authorization": f"bearer {token}"}).status_code == 200
    twice = [("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")]
    refused(client.get(me, headers=twice))
    refused(client.get(f"{me}?access_token={token}"))


def test_a_login_that_is_over_is_refused(client: TestClient, house: House, token: str):
    sid = claims_of(token)["sid"]

    def with_login(**values: object) -> int:
        with house.database.writing() as session:
            session.execute(update(Login).where(Login.id == sid).values(**values))
        return client.get("/api/auth/me", headers=bearer(token)).status_code

    later = now() + timedelta(days=7)
    assert with_login(expires_at=now() - timedelta(seconds=1)) == 401
    assert with_login(expires_at=later) == 200
    assert with_login(revoked_at=now()) == 401
    assert with_login(revoked_at=None) == 200
    assert with_login(kind="cookie") == 401


def test_a_disabled_user_is_out_at_once_and_learns_nothing(
    client: TestClient, house: House, token: str
):
    with house.database.writing() as session:
        session.execute(update(Account).values(disabled_at=now()))
    refused(client.get("/api/auth/me", headers=bearer(token)))
    refused(client.get("/api/books", headers=bearer(token)))
    assert log_in(client).json()["detail"] == log_in(client, password="wrong").json()["detail"]


def test_being_seen_is_noted_now_and_then(client: TestClient, house: House, token: str):
    sid = claims_of(token)["sid"]
    old = now() - timedelta(hours=1)
    with house.database.writing() as session:
        session.execute(update(Login).values(last_seen_at=old))

    def seen() -> object:
        with house.database.reading() as session:
            return session.get_one(Login, sid).last_seen_at.replace(tzinfo=old.tzinfo)

    assert client.patch("/api/auth/me", json={"name": "B"}, headers=bearer(token)).is_success
    first = seen()
    assert first > old  # type: ignore[operator]
    client.get("/api/auth/me", headers=bearer(token))
    assert seen() == first


@pytest.fixture
def shelf(house: House) -> House:
    """A book for everybody and one for members."""
    house.pipeline.add_book(book(title="Shown"), "shown")
    house.pipeline.add_book(book({"secret": "# Secret\n\nThe code is 42."}, title="No"), "hidden")
    with house.database.writing() as session:
        session.get_one(Book, "hidden").visibility = "members"
    return house


def call(client: TestClient, method: str, path: str, **headers: str):
    filled = path.replace("{book_id}", "hidden").replace("{chapter_id:path}", "secret")
    body = BODIES.get(path) if method != "GET" else None
    return client.request(method, filled, json=body, headers=headers)


@pytest.mark.usefixtures("shelf")
def test_what_a_stranger_reaches(client: TestClient):
    for (method, path), status in GUESTS.items():
        answer = call(client, method, path)
        assert answer.status_code == status, (method, path, answer.text)
        assert "42" not in answer.text.replace(answer.headers["x-request-id"], "")
        refused(call(client, method, path, authorization="Bearer x"))
        refused(call(client, method, path, authorization="Basic x"))


@pytest.mark.usefixtures("shelf")
def test_a_book_for_members_is_there_for_who_signed_in(client: TestClient):
    mine = bearer(sign_up(client))
    for method, path in [key for key, status in GUESTS.items() if status != 401]:
        assert call(client, method, path, **mine).status_code == 200, path
    listed = client.get("/api/books", headers=mine).json()["items"]
    assert {item["book_id"] for item in listed} == {"shown", "hidden"}
    asked = client.post("/api/search", json={"query": "What is the code?", "k": 50}, headers=mine)
    assert "hidden" in {item["book_id"] for item in asked.json()["results"]}
