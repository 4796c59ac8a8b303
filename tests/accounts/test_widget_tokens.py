"""The widget's tokens: whom they are given to, what they reach, and where they are refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer, refused, sign_up
from glossator.accounts import widgets
from glossator.accounts.sites import Sites, origin_of
from glossator.accounts.tables import Login, now
from glossator.accounts.tokens import Tokens
from glossator.accounts.widgets import Pass, WidgetTokens
from glossator.app import create_app
from glossator.foundation.database import Database
from glossator.foundation.limits import LimitCounter
from glossator.gateways.ports import Embedder
from glossator.library.tables import Book
from glossator.library.variants import Form
from glossator.wiring import House, build, secret
from house_tools import made_settings
from small_books import book

SITE, OTHER, FOREIGN = "https://robots.example", "https://emus.example", "https://evil.example"
LOOKALIKES = (
    FOREIGN, "null", "", f"{SITE}.evil.example", "http://robots.example", f"{SITE}:444",
    f"{SITE}/", "https://robots.example@evil.example", SITE.upper(),
)  # fmt: skip
ASK = {"question": "What is a lidar?"}
on_the_shelf = pytest.mark.usefixtures("shelf")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: test_strangers.py has the table's rows on both."""
    return sqlite_url


@pytest.fixture
def shelf(house: House) -> House:
    """A book of one site, one of another, and one for members on the first site."""
    for name, site in (("robots", SITE), ("emus", OTHER), ("club", SITE)):
        house.pipeline.add_book(book(), name, url=f"{site}/course/")
    with house.database.writing() as session:
        session.get_one(Book, "club").visibility = "members"
    return house


def token_of(client: TestClient, site: str = SITE, book_id: str = "robots", **more: str) -> str:
    answer = asked(client, site, book_id, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def asked(client: TestClient, site: str, book_id: str = "robots", **more: str) -> Response:
    return client.post(
        "/api/widget/token", json={"book_id": book_id}, headers={"origin": site, **more}
    )


def books_of(told: Response) -> set[str]:
    found = told.json()
    return {source["book_id"] for source in (*found["sources"], *found["nearest"])}


def carried(token: str, site: str = SITE) -> dict[str, str]:
    return {"authorization": f"Widget {token}", "origin": site}


def agreed(client: TestClient, user: str, site: str = SITE, book_id: str = "robots") -> Response:
    return client.post(
        "/api/widget/agreements", json={"book_id": book_id, "origin": site}, headers=bearer(user)
    )


@on_the_shelf
def test_the_books_own_site_asks_as_a_guest(client: TestClient):
    answer = asked(client, SITE)
    assert answer.json()["expires_in"] <= 15 * 60
    assert answer.headers["cache-control"] == "no-store"
    headers = carried(answer.json()["token"])
    told = client.post("/api/chat/ask", json=ASK, headers=headers)
    assert told.status_code == 200, told.text
    assert books_of(told) == {"robots"}
    for path in ("/api/books/robots", "/api/chapters/part-1/sensors?html=true", "/api/usage"):
        assert client.get(path, headers=headers).status_code == 200, path
    search = client.post("/api/search", json={"query": "lidar"}, headers=headers)
    assert search.status_code == 200
    # No cookie anywhere: on another site it would be a third party's.
    for seen in (answer, told, search):
        assert "set-cookie" not in seen.headers


@on_the_shelf
def test_a_foreign_site_gets_no_token(client: TestClient):
    for site in LOOKALIKES:
        for name in ("robots", "nowhere"):
            answer = asked(client, site, name)
            assert (answer.status_code, answer.json()["type"]) == (403, "origin-refused"), site
            assert "ey" not in answer.text
    # Known, but for another book, a hidden one, none: nothing tells them apart.
    told = [asked(client, SITE, name).json() for name in ("emus", "club", "nowhere")]
    assert {problem["type"] for problem in told} == {"unknown-reference"}
    assert len({problem["detail"] for problem in told}) == 1


@on_the_shelf
def test_only_allowed_sites_may_read_the_answers(client: TestClient):
    def preflight(site: str, path: str) -> Response:
        return client.options(
            path, headers={"origin": site, "access-control-request-method": "POST",
                           "access-control-request-headers": "authorization,content-type"},
        )  # fmt: skip

    assert preflight(SITE, "/api/chat/ask").headers["access-control-allow-origin"] == SITE
    read = client.post("/api/chat/ask", json=ASK, headers=carried(token_of(client)))
    assert read.headers["access-control-allow-origin"] == SITE
    for site in LOOKALIKES:
        for path in ("/api/chat/ask", "/api/auth/login", "/api/docs"):
            found = preflight(site, path)
            assert "access-control-allow-origin" not in found.headers, (site, path)
            answer = client.post(path, json=ASK, headers={"origin": site})
            assert "access-control-allow-origin" not in answer.headers, (site, path)
        # The refusal itself can be read, so that the page can say what is wrong.
        found = asked(client, site)
        assert found.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in found.headers
    # A book's own site may do what a widget does, and nothing else.
    for path in ("/api/auth/login", "/api/upload", "/api/widget/agreements"):
        assert "access-control-allow-origin" not in preflight(SITE, path).headers, path


def test_a_token_is_bound_to_its_site_its_book_and_its_minutes(client: TestClient, shelf: House):
    token = token_of(client)
    for site in (*LOOKALIKES, OTHER):
        headers = {**carried(token, site)}
        if not site:
            del headers["origin"]
        refused(client.post("/api/chat/ask", json=ASK, headers=headers))
    for path in ("/api/books/emus", "/api/chapters/part-1/sensors?book_id=emus", "/api/books/club"):
        assert client.get(path, headers=carried(token)).status_code == 404, path
    for body in ({"book_id": "emus"}, {"book_ids": ["robots", "emus"]}, {"book_id": "club"}):
        answer = client.post("/api/chat/ask", json={**ASK, **body}, headers=carried(token))
        assert answer.status_code == 400, answer.text
    refused(asked(client, SITE, "club", authorization=f"Widget {token}"))
    ours = WidgetTokens(secret(shelf.settings))
    old = ours.issue(Pass(SITE, "robots", None), issued=now() - widgets.LASTS - timedelta(1))
    refused(client.post("/api/chat/ask", json=ASK, headers=carried(old)))
    refused(asked(client, SITE, authorization=f"Widget {old}"))


@on_the_shelf
def test_it_is_no_users_token_and_a_users_is_no_widgets(client: TestClient):
    user = sign_up(client)
    tokens = (token_of(client), str(agreed(client, user).json()["token"]))
    described = client.get("/openapi.json").json()["paths"]
    tried = 0
    for path, operations in described.items():
        for method in map(str.upper, operations):
            address = path.replace("{chapter_id}", "x").replace("{book_id}", "robots")
            for token in tokens:
                # As a user's token it is good nowhere that looks at tokens.
                plain = client.request(method, address, headers={**bearer(token), "origin": SITE})
                assert plain.status_code in (401, 422) or not _looks(path), (path, plain.text)
                if widgets.may(method, address) or not _looks(path):
                    continue
                answer = client.request(method, address, headers=carried(token))
                # OpenAI's clients are answered in their own form.
                assert answer.status_code == 401, (path, answer.text)
                if not path.startswith("/v1/"):
                    refused(answer)
                tried += 1
    assert tried > 40
    for kind in ("widget", "WIDGET"):
        headers = {"authorization": f"{kind} {user}", "origin": SITE}
        refused(client.post("/api/chat/ask", json=ASK, headers=headers))
    assert client.get("/api/auth/me", headers=bearer(user)).status_code == 200


def _looks(path: str) -> bool:
    open_paths = ("/api/auth/login", "/api/auth/signup", "/api/widget/token", "/health",
                  # The operator's alone in production (tests/operations/test_metrics.py).
                  "/metrics")  # fmt: skip
    return not path.startswith(open_paths)


def test_nothing_else_signs_it(client: TestClient, shelf: House):
    token = token_of(client)
    claims = jwt.decode(token, options={"verify_signature": False})
    keys = Tokens(secret(shelf.settings))._keys
    for key in (*keys.values(), b"", secret(shelf.settings)):
        forged = jwt.encode(claims, key or b"\0" * 32, algorithm="HS256")
        refused(client.post("/api/chat/ask", json=ASK, headers=carried(forged)))
    for changed in ({"book": "emus"}, {"origin": FOREIGN}, {"sub": "1", "sid": "x" * 24}):
        head, _, signature = token.split(".")
        body = jwt.encode({**claims, **changed}, b"\0" * 32, algorithm="HS256").split(".")[1]
        refused(
            client.post("/api/chat/ask", json=ASK, headers=carried(f"{head}.{body}.{signature}"))
        )


def test_guests_allowances_and_sessions_hold(sqlite_url: str, tmp_path: Path, embedder: Embedder):
    changes = {"guest_questions_per_hour": 2, "widget_tokens_per_hour": 4, "allowed_origins": OTHER}
    settings = made_settings(tmp_path, sqlite_url, **changes)
    house = build(settings, embedder=embedder)
    house.pipeline.add_book(book(), "robots", url=SITE)
    with TestClient(create_app(house=house)) as client:
        # One of the settings' sites may carry every public book.
        first, second = carried(token_of(client)), carried(token_of(client, OTHER), OTHER)
        # Each is good where it was given, though the other site may have the book too.
        for headers, site in ((first, OTHER), (second, SITE)):
            moved = {**headers, "origin": site}
            refused(client.post("/api/search", json={"query": "x"}, headers=moved))
        told = client.post("/api/chat/ask", json=ASK, headers=first)
        mine = {"session_id": told.json()["session_id"]}
        key = {"x-glossator-guest": told.headers["x-glossator-guest"]}
        again = client.post("/api/chat/ask", json={**ASK, **mine}, headers={**first, **key})
        assert again.status_code == 200
        # The allowance is the address's, however many tokens and sites.
        spent = client.post("/api/chat/ask", json=ASK, headers=second)
        assert spent.status_code == 429
        assert spent.headers["access-control-allow-origin"] == OTHER
        stolen = client.post("/api/search", json={"query": "x"}, headers=second)
        assert stolen.status_code == 200
        assert [asked(client, SITE).status_code for _ in range(3)] == [200, 200, 429]
        assert "retry-after" in asked(client, SITE).headers
    with house.database.reading() as session:
        counted = session.scalars(select(LimitCounter.key)).all()
    assert not [name for name in counted if "ey" in name]
    house.close()


@on_the_shelf
def test_another_guests_session_is_not_there(client: TestClient):
    headers = carried(token_of(client))
    told = client.post("/api/chat/ask", json=ASK, headers=headers)
    body = {**ASK, "session_id": told.json()["session_id"]}
    assert client.post("/api/chat/ask", json=body, headers=headers).status_code == 400


@on_the_shelf
def test_a_person_agrees_and_takes_it_back(client: TestClient):
    user, stranger = sign_up(client), sign_up(client, "bob@example.org")
    given = agreed(client, user, book_id="club")
    assert given.status_code == 201, given.text
    headers = carried(given.json()["token"])
    # The members' book, in the user's name; nothing else that is theirs.
    told = client.post("/api/chat/ask", json=ASK, headers=headers)
    assert books_of(told) == {"club"}
    assert client.get("/api/usage", headers=headers).json()["questions"]["used"] == 1
    for path in ("/api/chat/sessions", "/api/docs", "/api/auth/me", "/api/auth/me/export"):
        refused(client.get(path, headers=headers))
    assert client.get("/api/books/robots", headers=headers).status_code == 404
    newer = asked(client, SITE, "club", authorization=headers["authorization"]).json()["token"]
    (listed,) = client.get("/api/widget/agreements", headers=bearer(user)).json()["items"]
    assert listed["site"] == SITE
    path = f"/api/widget/agreements/{listed['agreement_id']}"
    assert client.delete(path, headers=bearer(stranger)).status_code == 404
    assert client.post("/api/chat/ask", json=ASK, headers=carried(newer)).status_code == 200
    assert client.delete(path, headers=bearer(user)).status_code == 204
    for ended in (headers, carried(newer)):
        refused(client.post("/api/chat/ask", json=ASK, headers=ended))
    refused(asked(client, SITE, "club", authorization=f"Widget {newer}"))
    assert client.get("/api/widget/agreements", headers=bearer(user)).json()["total"] == 0


def test_what_is_kept_of_other_books_stays_with_them(client: TestClient, shelf: House):
    user = sign_up(client)
    headers = carried(str(agreed(client, user).json()["token"]))
    kept = shelf.adaptation.answers
    body = {"chapter_id": "part-1/sensors", "book_id": "emus", "language": "ur"}
    kept.put((body["chapter_id"], "emus", Form("ur", "", "")), kept.version(), b'{"kept": 1}')
    whole = client.post("/api/translate/chapter", json=body, headers=bearer(user))
    assert whole.json() == {"kept": 1}
    answer = client.post("/api/translate/chapter", json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "unknown-reference")


def test_whatever_ends_logins_ends_agreements(client: TestClient, shelf: House):
    user = sign_up(client)
    first = carried(agreed(client, user).json()["token"])
    body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} too"}
    assert client.post("/api/auth/password", json=body, headers=bearer(user)).status_code == 204
    refused(client.post("/api/chat/ask", json=ASK, headers=first))
    second = carried(agreed(client, user).json()["token"])
    with shelf.database.writing() as session:
        kind = widgets.kind_of(SITE)
        session.execute(update(Login).where(Login.kind == kind).values(expires_at=now()))
    refused(client.post("/api/chat/ask", json=ASK, headers=second))
    assert agreed(client, user, FOREIGN).json()["type"] == "origin-refused"
    assert agreed(client, user, OTHER).json()["type"] == "origin-refused"


def test_a_site_that_lost_its_book_is_out_in_seconds(database: Database):
    moment, address = [0.0], [f"{SITE}/course"]
    own = Sites(database, (), lambda _: {"robots": address[0]}, lambda: moment[0])
    assert own.allow(SITE, "robots")
    address[0] = OTHER
    moment[0] = 4.9
    assert own.allow(SITE, "robots")
    moment[0] = 5.1
    assert not own.allow(SITE, "robots")
    assert own.allow(OTHER, "robots")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://a.example/b/c?d#e", "https://a.example"),
        ("https://A.Example:443/", "https://a.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000/x", "http://[::1]:3000"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://user:word@a.example/", "https://a.example"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://a.example:port/", None),
        ("null", None),
    ],
)
def test_origins_are_written_as_browsers_do(address: str, origin: str | None):
    assert origin_of(address) == origin
