"""`glossator user`, in processes of its own, and sign-ups by invitation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import PASSWORD, PERSON, bearer, log_in, refused, sign_up
from cli_tools import CommandLine, start
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import build
from house_tools import made_settings


@pytest.fixture(scope="module")
def glossator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command line."""
    command_line = start(tmp_path_factory.mktemp("home"))
    yield command_line
    command_line.close()


def user(glossator: CommandLine, data: Path, *arguments: str, stdin: str = "", code: int = 0):
    done = glossator("user", *arguments, "--data", data, cwd=data, stdin=stdin)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def test_the_first_administrator_and_what_follows(
    glossator: CommandLine, tmp_path: Path, embedder: Embedder
):
    added = user(glossator, tmp_path, "add", "ada@example.org", "--admin", stdin=PASSWORD + "\n")
    assert added == "ada@example.org can sign in now, as admin.\n"
    made = user(glossator, tmp_path, "add", "bob@example.org", "--generate", "--json")
    again = user(glossator, tmp_path, "add", "ADA@example.org", "--generate", code=1)
    assert "already has an account" in again
    listed = json.loads(user(glossator, tmp_path, "list", "--json"))
    assert {key: listed[key] for key in ("page", "page_size", "total")} == {
        "page": 1, "page_size": 50, "total": 2,
    }  # fmt: skip
    assert [item["role"] for item in listed["items"]] == ["admin", "user"]
    assert "password" not in str(listed).lower()

    house = build(made_settings(tmp_path), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        password = json.loads(made)["password"]
        bob = bearer(log_in(client, "bob@example.org", password).json()["access_token"])

        def me() -> dict[str, object]:
            found: dict[str, object] = client.get("/api/auth/me", headers=bob).json()
            return found

        user(glossator, tmp_path, "role", "BOB@example.org", "author")
        assert me()["role"] == "author"
        user(glossator, tmp_path, "reset-password", "bob@example.org", stdin="a newer phrase\n")
        assert me()["status"] == 401
        refused(log_in(client, "bob@example.org", password))
        again = log_in(client, "bob@example.org", "a newer phrase")
        bob = bearer(again.json()["access_token"])
        assert me()["role"] == "author"
        user(glossator, tmp_path, "disable", "bob@example.org")
        assert me()["status"] == 401
        refused(log_in(client, "bob@example.org", "a newer phrase"))
        assert "disabled" in user(glossator, tmp_path, "list")
        user(glossator, tmp_path, "disable", "bob@example.org", "--undo")
        assert me()["status"] == 401
        assert log_in(client, "bob@example.org", "a newer phrase").status_code == 200
    house.close()


def test_what_is_wrong_is_said(glossator: CommandLine, tmp_path: Path):
    for arguments, stdin, code, words in (
        (("add", "no address"), PASSWORD, 1, "no e-mail address"),
        (("add", "ada@example.org"), "short\n", 1, "10 to 128"),
        (("add", "ada@example.org"), "password123\n", 1, "first that are tried"),
        (("add", "ada@example.org"), "", 2, "--generate"),
        (("add", "ada@example.org", "--role", "king"), PASSWORD, 2, "user, author, admin"),
        (("role", "nobody@example.org", "admin"), "", 1, "no user"),
        (("role", "nobody@example.org", "king"), "", 2, "user, author, admin"),
        (("disable", "nobody@example.org"), "", 1, "no user"),
        (("reset-password", "nobody@example.org"), PASSWORD, 1, "no user"),
    ):
        told = user(glossator, tmp_path, *arguments, stdin=stdin, code=code)
        assert words in told
        assert "Traceback" not in told
    assert "no accounts yet" in user(glossator, tmp_path, "list")


def test_somebody_is_deleted_with_all_that_is_theirs(glossator: CommandLine, tmp_path: Path):
    for name, kind in (("ada", "admin"), ("bob", "user")):
        user(glossator, tmp_path, "add", f"{name}@example.org", "--role", kind, "--generate")
    told = user(glossator, tmp_path, "remove", "ada@example.org", "--yes", code=1)
    assert "only administrator" in told
    assert "Nothing" in user(glossator, tmp_path, "remove", "bob@example.org", stdin="n\n", code=1)
    assert "no user" in user(glossator, tmp_path, "remove", "eve@example.org", "--yes", code=1)
    removed = user(glossator, tmp_path, "remove", "BOB@example.org", "--yes")
    assert removed == "BOB@example.org was deleted.\n"
    listed = json.loads(user(glossator, tmp_path, "list", "--json"))
    assert [item["email"] for item in listed["items"]] == ["ada@example.org"]


def test_an_invitation_is_good_for_so_many(
    glossator: CommandLine, tmp_path: Path, embedder: Embedder
):
    code = json.loads(user(glossator, tmp_path, "invite", "--uses", "2", "--json"))["invitation"]
    house = build(made_settings(tmp_path, signup="invite"), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        sign_up(client, invitation=code)
        # Refused in the same words whether the address has an account or not; a refused
        # sign-up uses nothing up.
        told = set()
        for email in ("ada@example.org", "bob@example.org"):
            for wrong in (None, "", "x", code + "x"):
                answer = client.post(
                    "/api/auth/signup", json={**PERSON, "email": email, "invitation": wrong}
                )
                assert (answer.status_code, answer.json()["type"]) == (400, "sign-up-refused")
                told.add(answer.json()["detail"])
        assert len(told) == 1
        again = client.post("/api/auth/signup", json={**PERSON, "invitation": code})
        assert again.json()["type"] == "email-exists"
        sign_up(client, "bob@example.org", invitation=code)
        third = {**PERSON, "email": "eve@example.org", "invitation": code}
        assert client.post("/api/auth/signup", json=third).status_code == 400
    house.close()


def test_closed_is_closed(tmp_path: Path, sqlite_url: str, embedder: Embedder):
    house = build(made_settings(tmp_path, sqlite_url, signup="closed"), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        answer = client.post("/api/auth/signup", json=PERSON)
        assert (answer.status_code, answer.json()["type"]) == (400, "sign-up-refused")
    house.close()


def test_production_without_a_secret_says_what_to_do(glossator: CommandLine, tmp_path: Path):
    from cli_tools import environment

    done = glossator(
        "serve", "--data", tmp_path, "--port", "0", cwd=tmp_path,
        env=environment(tmp_path, GLOSSATOR_ENV="production"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "GLOSSATOR_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
