"""`glossator user allow` and `show`: amounts of a person or a role, from the next request on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
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


def user(glossator: CommandLine, data: Path, *arguments: str, code: int = 0) -> str:
    done = glossator("user", *arguments, "--data", data, cwd=data)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_what_is_allowed_holds_from_the_next_request_on(
    glossator: CommandLine, tmp_path: Path, embedder: Embedder
):
    user(glossator, tmp_path, "add", "eve@example.org", "--generate")
    house = build(made_settings(tmp_path), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        mine = bearer(sign_up(client))

        def limits() -> list[int | None]:
            found = client.get("/api/usage", headers=mine).json()
            return [found[name]["limit"] for name in ("questions", "translations")]

        assert limits() == [20, 5]
        user(glossator, tmp_path, "allow", "--role", "user", "--questions", "30",
             "--translations", "unlimited")  # fmt: skip
        assert limits() == [30, None]
        user(glossator, tmp_path, "allow", "ADA@example.org", "--questions", "50",
             "--budget", "0.5")  # fmt: skip
        assert limits() == [50, None]
        shown = json.loads(user(glossator, tmp_path, "show", "ada@example.org", "--json"))
        set_by = {name: row["set_by"] for name, row in shown["allowances"].items()}
        assert set_by == {
            "questions": "user", "translations": "role", "personalizations": "settings",
            "searches": "settings",
        }  # fmt: skip
        budget = shown["budget"]
        assert (budget["share_usd"], budget["spent_today_usd"], budget["set_by"]) == (
            0.5, 0.0, "user",
        )  # fmt: skip
        said = user(glossator, tmp_path, "show", "ada@example.org")
        assert "questions: 50, 0 used, by an amount of their own" in said
        assert "translations: unlimited, 0 used, by their role" in said
        listed = user(glossator, tmp_path, "list").splitlines()
        assert [line.split("\t")[4:] for line in listed] == [[], ["budget=0.50", "questions=50"]]
        rows = json.loads(user(glossator, tmp_path, "list", "--json"))["items"]
        assert rows[1]["allowances"] == {"budget_cents": 50, "questions": 50}
        role = json.loads(user(glossator, tmp_path, "allow", "--role", "user", "--json"))
        assert role == {"role": "user", "allowances": {"questions": 30, "translations": None}}
        user(glossator, tmp_path, "allow", "ada@example.org", "--questions", "default")
        assert limits() == [30, None]
        user(glossator, tmp_path, "allow", "--role", "user", "--questions", "default")
        assert limits() == [20, None]
        assert "translations=unlimited" in user(glossator, tmp_path, "allow", "--role", "user")
        assert "as the settings say" in user(glossator, tmp_path, "allow", "--role", "admin")
    house.close()


def test_what_is_wrong_is_said(glossator: CommandLine, tmp_path: Path):
    user(glossator, tmp_path, "add", "ada@example.org", "--generate")
    ada = "ada@example.org"
    for arguments, code, words in (
        ((), 2, "--role"),
        ((ada, "--role", "user"), 2, "--role"),
        (("--role", "king", "--questions", "1"), 2, "user, author, admin"),
        (("nobody@example.org", "--questions", "1"), 1, "no user"),
        ((ada, "--questions", "-1"), 2, "unlimited, or default"),
        ((ada, "--questions", "²"), 2, "unlimited, or default"),
        ((ada, "--questions", "1" * 5000), 2, "unlimited, or default"),
        ((ada, "--searches", "1.5"), 2, "unlimited, or default"),
        ((ada, "--budget", "0.001"), 2, "cents"),
        ((ada, "--budget", "1e99999999999"), 2, "cents"),
        ((ada, "--budget", "nan"), 2, "cents"),
    ):
        assert words in user(glossator, tmp_path, "allow", *arguments, code=code)
    assert "no user" in user(glossator, tmp_path, "show", "nobody@example.org", code=1)
    # None of them has set anything.
    shown = json.loads(user(glossator, tmp_path, "show", ada, "--json"))
    assert {row["set_by"] for row in shown["allowances"].values()} == {"settings"}
