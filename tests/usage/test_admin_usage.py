"""`GET /api/admin/usage`: for administrators, the sums of the command line, in bounded lists."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from cli_tools import start
from glossator.accounts import people
from glossator.foundation.database import Database
from glossator.usage.money import Outcome, Payer
from glossator.usage.prices import Tokens
from glossator.usage.tables import UsageEntry
from glossator.wiring import House

# Dollars per million tokens: a call of 1,000 tokens in and 100 out costs 0.0015.
MODEL = "claude-haiku-4-5"


@pytest.fixture
def admin(client: TestClient, house: House) -> dict[str, str]:
    """The header of an administrator, whose id is 1."""
    token = sign_up(client, "ada@example.org")
    with house.database.writing() as session:
        people.change(session, 1, {"role": "admin"})
    return bearer(token)


def call(house: House, user: int | None, *, feature: str = "question", output: int = 100) -> None:
    """A model call, reserved and settled."""
    budget, now = house.usage.budget, datetime.now(UTC)
    payer = Payer(f"user:{user}" if user else "guest:192.0.2.1", user)
    with house.database.writing() as session:
        held = budget.reserve(
            session, payer, feature=feature, model=MODEL,
            input_tokens=1000, output_tokens=output, now=now,
        )  # fmt: skip
        budget.settle(session, held, Outcome(Tokens(1000, output), 800), now)


def users(database: Database, count: int) -> None:
    """An entry of each of so many users, who have no account (any more)."""
    now = datetime.now(UTC)
    with database.writing() as session:
        session.add_all(
            UsageEntry(
                id=f"e{n}", at=now, day=now.date(), user_id=1000 + n, feature="question",
                model=MODEL, input_tokens=1, output_tokens=1, cache_read_tokens=0,
                cache_written_tokens=0, price_nano=n, latency_ms=1, outcome="ok",
            )
            for n in range(count)
        )  # fmt: skip


def test_only_administrators_see_it(client: TestClient, admin: dict[str, str], house: House):
    assert client.get("/api/admin/usage").status_code == 401
    other = bearer(sign_up(client, "bob@example.org"))
    for role in ("user", "author"):
        with house.database.writing() as session:
            people.change(session, 2, {"role": role})
        refused = client.get("/api/admin/usage", headers=other)
        assert (refused.status_code, refused.json()["type"]) == (403, "forbidden")
    assert client.get("/api/admin/usage", headers=admin).status_code == 200


def test_sums_by_day_feature_model_and_user(
    client: TestClient, admin: dict[str, str], house: House
):
    sign_up(client, "bob@example.org")
    call(house, 1)
    call(house, 2, feature="translation", output=1000)
    call(house, 2)
    call(house, None)
    found = client.get("/api/admin/usage", headers=admin).json()
    today = datetime.now(UTC).date()
    assert set(found) == {"budget", "since", "by_day", "by_feature", "by_model", "by_user"}
    assert found["since"] == (today - timedelta(days=29)).isoformat()
    (day,) = found["by_day"]
    assert day == {
        "day": today.isoformat(), "calls": 4, "input_tokens": 4000, "output_tokens": 1300,
        "cache_read_tokens": 0, "cache_written_tokens": 0, "cost_usd": 0.0105,
    }  # fmt: skip
    assert [(row["feature"], row["cost_usd"]) for row in found["by_feature"]] == [
        ("translation", 0.006), ("question", 0.0045),
    ]  # fmt: skip
    assert [(row["model"], row["calls"]) for row in found["by_model"]] == [(MODEL, 4)]
    people_ = found["by_user"]
    assert [(row["user"], row["email"], row["cost_usd"]) for row in people_["items"]] == [
        (2, "bob@example.org", 0.0075), (None, None, 0.0015), (1, "ada@example.org", 0.0015),
    ]  # fmt: skip
    assert (people_["page"], people_["page_size"], people_["total"]) == (1, 100, 3)
    budget = found["budget"]
    assert (budget["limit_usd"], budget["settled_usd"], budget["reserved_usd"]) == (10, 0.0105, 0)
    assert budget["renews_at"] == f"{today + timedelta(days=1)}T00:00:00+00:00"
    assert budget["warning"] is False


def test_the_warning_and_what_is_reserved(client: TestClient, admin: dict[str, str], house: House):
    now = datetime.now(UTC)
    with house.database.writing() as session:
        for _ in range(8):
            house.usage.budget.reserve(
                session, Payer("user:1", 1), feature="question", model=MODEL,
                input_tokens=0, output_tokens=200_000, now=now,
            )  # fmt: skip
    budget = client.get("/api/admin/usage", headers=admin).json()["budget"]
    assert (budget["reserved_usd"], budget["left_usd"], budget["warning"]) == (8.0, 2.0, True)


def test_lists_are_bounded(client: TestClient, admin: dict[str, str], house: House):
    users(house.database, 230)
    seen: list[int] = []
    for page in (1, 2, 3, 4):
        path = f"/api/admin/usage?page={page}"
        found = client.get(path, headers=admin).json()["by_user"]
        assert found["total"] == 230
        seen += [row["user"] for row in found["items"]]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 230
    for query in ("days=0", "days=367", "days=x", "page=0", "page_size=101", "page=9999999999999"):
        assert client.get(f"/api/admin/usage?{query}", headers=admin).status_code == 422


def test_the_command_gives_the_same_sums(
    client: TestClient, admin: dict[str, str], house: House, tmp_path: Path
):
    if not house.database.is_sqlite:
        pytest.skip("The command reads the data folder's own database.")
    call(house, 1)
    users(house.database, 3)
    glossator = start(tmp_path)
    try:
        asked = ("usage", "--data", tmp_path, "--days", "7")
        printed = glossator(*asked, "--json", "--page-size", "2", cwd=tmp_path)
        said = glossator(*asked, "--page-size", "2", cwd=tmp_path)
    finally:
        glossator.close()
    path = "/api/admin/usage?days=7&page_size=2"
    assert json.loads(printed.stdout) == client.get(path, headers=admin).json()
    assert "  ada@example.org: 0.0015 USD, 1 calls, 1000 tokens in (0 cached), 100 out" in (
        said.stdout.splitlines()
    )
    assert "… of 4; see --page" in said.stdout
