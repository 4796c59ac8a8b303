"""Users of external issuers: shut out, signed out, let in; named on the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer, log_in, refused, sign_up
from cli_tools import CommandLine, start
from glossator.accounts import people
from glossator.accounts.tables import Account, Identity, now
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import build
from house_tools import made_settings
from issuer_tools import KeyServer, ed_signer, key_server

ME = "/api/auth/me"
Opened = Callable[..., TestClient]


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as running:
        running.keys = [ed_signer().published()]
        yield running


@pytest.fixture
def opened(
    database_url: str, tmp_path: Path, embedder: Embedder, server: KeyServer
) -> Iterator[Opened]:
    """Makes a server over one database, with settings of one's own."""
    entered: list[TestClient] = []

    def serve(issuer: dict[str, object] | None = None, **changes: object) -> TestClient:
        issuers = json.dumps([server.setting("EdDSA", **(issuer or {}))])
        settings = made_settings(tmp_path, database_url, issuers=issuers, **changes)
        client = TestClient(create_app(house=build(settings, embedder=embedder)))
        entered.append(client.__enter__())
        return client

    yield serve
    for client in reversed(entered):
        client.__exit__(None, None, None)


@pytest.fixture
def client(opened: Opened) -> TestClient:
    return opened()


def token(server: KeyServer, subject: str = "ada", age: int = 0, **claims: object) -> str:
    issued = int(time.time()) - age
    return str(ed_signer().token(server.url, **{"sub": subject, "iat": issued, **claims}))


def status(client: TestClient, value: str) -> int:
    answer = client.get(ME, headers=bearer(value))
    if answer.status_code == 401:
        refused(answer)
    return int(answer.status_code)


def test_logging_out_refuses_this_token_and_older_ones(client: TestClient, server: KeyServer):
    older, mine, newer = token(server, age=60), token(server, age=30), token(server)
    others = token(server, "bob", age=60)
    for value in (older, mine, newer, others):
        assert status(client, value) == 200
    assert client.post("/api/auth/logout", headers=bearer(mine)).status_code == 204
    assert [status(client, value) for value in (older, mine, newer, others)] == [401, 401, 200, 200]
    # An older one can't turn the clock back.
    assert client.post("/api/auth/logout", headers=bearer(newer)).status_code == 204
    assert status(client, mine) == 401


def test_logging_out_everywhere_refuses_all_there_are(client: TestClient, server: KeyServer):
    older, mine, ahead = token(server, age=60), token(server, age=30), token(server, age=-20)
    others, ours = token(server, "bob", age=60), sign_up(client)
    assert status(client, older) == 200
    assert status(client, others) == 200
    assert client.post("/api/auth/logout-everywhere", headers=bearer(mine)).status_code == 204
    assert status(client, older) == status(client, mine) == 401
    # Of the second in which it was, or of the one before.
    assert status(client, token(server, age=1)) == 401
    assert [status(client, value) for value in (others, ours)] == [200, 200]
    # A new token, issued after it, is good: the issuer is who ends its own logins.
    assert status(client, token(server, age=-2)) == 200
    # With a clock that is ahead of ours, the token that asks is refused too.
    assert client.post("/api/auth/logout-everywhere", headers=bearer(ahead)).status_code == 204
    assert status(client, ahead) == 401


def test_who_is_seen_first_many_times_at_once_is_one_user(client: TestClient, server: KeyServer):
    values = [token(server, f"s{n % 4}") for n in range(48)]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda value: client.get(ME, headers=bearer(value)), values))
    assert {answer.status_code for answer in found} == {200}
    assert len({answer.json()["id"] for answer in found}) == 4
    assert len({answer.json()["id"] for answer in found[::4]}) == 1


def test_one_changes_oneself_as_others_do(client: TestClient, server: KeyServer):
    mine = bearer(token(server, name="Ada"))
    changed = client.patch(ME, headers=mine, json={"name": "A.", "hardware": "jetson"})
    assert changed.status_code == 200
    assert client.get(ME, headers=bearer(token(server, name="Ada"))).json() == changed.json()
    assert changed.json()["hardware"] == "jetson"


def count(client: TestClient) -> int:
    with client.app_state["database"].reading() as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


@pytest.mark.parametrize(
    ("signup", "new_users", "expected"),
    [
        ("open", None, 200),
        ("open", False, 403),
        ("open", True, 200),
        ("closed", None, 403),
        ("closed", True, 200),
        ("invite", None, 403),
        ("invite", True, 200),
    ],
)
def test_who_gets_an_account(
    opened: Opened, server: KeyServer, signup: str, new_users: bool | None, expected: int
):
    before = opened()
    assert status(before, token(server, "known")) == 200
    client = opened({} if new_users is None else {"new_users": new_users}, signup=signup)
    answer = client.get(ME, headers=bearer(token(server, "new")))
    assert answer.status_code == expected
    if expected == 403:
        assert answer.json()["type"] == "sign-up-refused"
        refused(client.get(ME, headers=bearer(token(server, "new", exp=1))))
    assert count(client) == (2 if expected == 200 else 1)
    # Who has one stays in.
    assert status(client, token(server, "known")) == 200


def test_an_issuer_no_longer_set_is_refused(opened: Opened, server: KeyServer):
    assert status(opened(), token(server)) == 200
    assert status(opened({"issuer": "https://other.example"}), token(server)) == 401


def test_a_user_who_is_deleted_takes_the_identity_along(client: TestClient, server: KeyServer):
    assert status(client, token(server)) == 200
    with client.app_state["database"].writing() as session:
        session.delete(session.scalars(select(Account)).one())
    with client.app_state["database"].reading() as session:
        assert session.scalar(select(func.count()).select_from(Identity)) == 0
    assert client.get(ME, headers=bearer(token(server))).json()["id"] == 2


def test_one_leaves_by_ones_address_and_comes_back_as_somebody_new(
    client: TestClient, server: KeyServer
):
    mine = bearer(token(server, email="ada@example.org"))
    assert client.get(ME, headers=mine).json()["email"] == "ada@example.org"
    known = client.get(f"{ME}/export", headers=mine).json()["identities"]
    assert known == [{"issuer": server.url, "subject": "ada"}]
    refused = client.request("DELETE", ME, json={"email": "eve@example.org"}, headers=mine)
    assert refused.status_code == 400
    left = client.request("DELETE", ME, json={"email": "ada@example.org"}, headers=mine)
    assert left.status_code == 204, left.text
    assert client.get(ME, headers=mine).json()["id"] == 2


def test_shut_out_is_out_at_once_and_with_every_token(client: TestClient, server: KeyServer):
    value = token(server)
    number = client.get(ME, headers=bearer(value)).json()["id"]
    store = client.app_state["database"]
    with store.writing() as session:
        people.change(session, number, {"disabled_at": now()})
    assert [status(client, one) for one in (value, token(server), token(server, age=-5))] == [
        401
    ] * 3
    assert count(client) == 1
    with store.writing() as session:
        people.change(session, number, {"disabled_at": None})
    assert status(client, value) == 200


@pytest.fixture(scope="module")
def glossator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    command_line = start(tmp_path_factory.mktemp("home"))
    yield command_line
    command_line.close()


def test_the_command_line_names_them_by_number(
    glossator: CommandLine, tmp_path: Path, embedder: Embedder, server: KeyServer
):
    issuers = json.dumps([server.setting("EdDSA")])
    glossator("migrate", "--data", tmp_path, cwd=tmp_path)
    house = build(made_settings(tmp_path, issuers=issuers), embedder=embedder)

    def user(*words: str, code: int = 0) -> str:
        done = glossator("user", *words, "--data", tmp_path, cwd=tmp_path, stdin=f"{PASSWORD}\n")
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    with TestClient(create_app(house=house)) as client:
        value = token(server, age=30, email="ada@example.org", name="Ada")
        assert status(client, value) == 200
        assert f"1\tada@example.org\tAda\tuser\tfrom {server.url}\n" in user("list")
        # An address that an issuer tells gives nobody a role.
        assert "named by their number" in user("role", "ada@example.org", "admin", code=1)
        user("role", "1", "author")
        assert client.get(ME, headers=bearer(value)).json()["role"] == "author"
        assert "external issuer" in user("reset-password", "1", "--generate", code=1)
        user("disable", "1")
        assert status(client, value) == 401
        assert "\tdisabled\t" in user("list")
        user("disable", "1", "--undo")
        # Their earlier tokens stay refused.
        assert status(client, value) == 401
        assert status(client, token(server, age=-2)) == 200
        assert "no user with the number 7" in user("disable", "7", code=1)
        user("add", "ada@example.org")
        user("role", "ada@example.org", "admin")
        shown = {row["id"]: row for row in json.loads(user("list", "--json"))["items"]}
        assert {n: (row["role"], row["issuer"]) for n, row in shown.items()} == {
            1: ("author", server.url), 2: ("admin", None),
        }  # fmt: skip
        assert log_in(client, "ada@example.org").status_code == 200
    house.close()
