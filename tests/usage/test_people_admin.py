"""People, amounts and the models' switch over HTTP; one's own calls and money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, log_in, sign_up
from glossator.accounts import people
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.usage.money import Outcome, Payer
from glossator.usage.prices import Tokens
from glossator.usage.switch import ModelsStopped
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, model_server, says
from small_books import book

# A call of 1,000 tokens in and 100 out costs 0.0015 dollars.
MODEL = "claude-haiku-4-5"
QUESTION = {"question": "What does a stereo camera compute from the disparity?"}
SENTENCE = "A stereo camera computes depth from the disparity between two pictures."


@pytest.fixture
def admin(client: TestClient, house: House) -> dict[str, str]:
    """The header of an administrator, whose number is 1; number 2 is Bob, a reader."""
    token = sign_up(client, "ada@example.org")
    sign_up(client, "bob@example.org", name="Bob")
    with house.database.writing() as session:
        people.change(session, 1, {"role": "admin"})
    return bearer(token)


def spend(house: House, user: int, feature: str = "question") -> None:
    now = datetime.now(UTC)
    with house.database.writing() as session:
        held = house.usage.budget.reserve(
            session, Payer(f"user:{user}", user), feature=feature, model=MODEL,
            input_tokens=1000, output_tokens=100, now=now,
        )  # fmt: skip
        house.usage.budget.settle(session, held, Outcome(Tokens(1000, 100), 8), now)


def person(client: TestClient, admin: dict[str, str], number: int) -> dict[str, Any]:
    listed = client.get("/api/admin/users", headers=admin).json()["items"]
    found: dict[str, Any] = next(row for row in listed if row["id"] == number)
    return found


def test_each_row_shows_that_persons_own_amounts_period_and_spending(
    client: TestClient, admin: dict[str, str], house: House
):
    spend(house, 2)
    client.patch("/api/admin/users/2", json={"questions": 3, "budget_cents": 1}, headers=admin)
    client.patch("/api/admin/roles/admin", json={"questions": "unlimited"}, headers=admin)
    client.post("/api/chat/ask", json=QUESTION, headers=bearer(log_in(
        client, "bob@example.org").json()["access_token"]))  # fmt: skip
    ada, bob = person(client, admin, 1), person(client, admin, 2)
    asked = bob["allowances"]["questions"]
    assert (asked["limit"], asked["used"], asked["set_by"]) == (3, 1, "user")
    assert asked["window_seconds"] == 3600
    assert asked["resets_at"].endswith("00:00+00:00")
    assert ada["allowances"]["questions"]["limit"] is None
    assert ada["allowances"]["questions"]["set_by"] == "role"
    assert ada["budget"]["spent_today_usd"] == 0
    assert bob["budget"]["share_usd"] == 0.01
    assert bob["budget"]["set_by"] == "user"
    assert bob["budget"]["spent_today_usd"] == 0.0015
    assert bob["last_seen_at"] is not None
    assert "password_hash" not in bob
    back = client.patch("/api/admin/users/2", json={"questions": "default"}, headers=admin).json()
    assert back["allowances"]["questions"]["set_by"] == "settings"
    assert back["budget"]["set_by"] == "user"


def test_the_same_cents_are_told_to_the_person_and_the_administrator(
    client: TestClient, admin: dict[str, str], house: House
):
    client.patch("/api/admin/users/2", json={"budget_cents": 1}, headers=admin)
    spend(house, 2)
    mine = bearer(log_in(client, "bob@example.org").json()["access_token"])
    told = client.get("/api/usage", headers=mine).json()["money"]
    seen = person(client, admin, 2)["budget"]
    assert (told["limit_usd"], told["spent_usd"]) == (seen["share_usd"], seen["spent_today_usd"])
    assert told["left_usd"] == pytest.approx(0.0085)
    assert told["resets_at"] == seen["resets_at"]


def test_people_are_found_by_name_and_address(client: TestClient, admin: dict[str, str]):
    def found(words: str) -> list[int]:
        answer = client.get("/api/admin/users", params={"q": words}, headers=admin)
        return [row["id"] for row in answer.json()["items"]]

    assert [found("BOB"), found("example.org"), found("%"), found("ada@")] == [[2], [1, 2], [], [1]]


def test_who_is_shut_out_is_out_at_once_and_may_come_again(
    client: TestClient, admin: dict[str, str]
):
    mine = bearer(log_in(client, "bob@example.org").json()["access_token"])
    assert client.get("/api/auth/me", headers=mine).status_code == 200
    out = client.patch("/api/admin/users/2", json={"disabled": True}, headers=admin)
    assert out.json()["disabled"] is True
    assert client.get("/api/auth/me", headers=mine).status_code == 401
    assert log_in(client, "bob@example.org").status_code == 401
    client.patch("/api/admin/users/2", json={"disabled": False}, headers=admin)
    assert log_in(client, "bob@example.org").status_code == 200


@pytest.mark.parametrize("change", [{"role": "user"}, {"disabled": True}])
def test_the_only_administrator_stays_one(
    client: TestClient, admin: dict[str, str], change: dict[str, Any]
):
    refused = client.patch("/api/admin/users/1", json=change, headers=admin)
    assert (refused.status_code, refused.json()["type"]) == (409, "last-admin")
    client.patch("/api/admin/users/2", json={"role": "admin"}, headers=admin)
    assert client.patch("/api/admin/users/1", json=change, headers=admin).status_code == 200
    assert client.get("/api/admin/limits", headers=admin).status_code in (401, 403)


def test_numbers_that_nobody_has_and_amounts_that_are_none(
    client: TestClient, admin: dict[str, str]
):
    for number in ("99", "0", "x", "bob@example.org", "1e3"):
        answer = client.patch(f"/api/admin/users/{number}", json={}, headers=admin)
        assert answer.status_code == 404, number
    for amount in (-1, 1.5, "many", 10_000_000, True):
        answer = client.patch("/api/admin/users/2", json={"questions": amount}, headers=admin)
        assert answer.status_code == 422, amount
    assert client.patch("/api/admin/roles/king", json={}, headers=admin).status_code == 404


def test_limits_of_settings_and_roles(client: TestClient, admin: dict[str, str]):
    found = client.patch(
        "/api/admin/roles/author", json={"translations": 50, "budget_cents": 200}, headers=admin
    ).json()
    assert found["roles"] == {
        "user": {}, "author": {"budget_cents": 200, "translations": 50}, "admin": {},
    }  # fmt: skip
    assert found["settings"]["questions"] == 20
    assert found["settings"]["searches"] is None
    assert found["budget_usd_per_day"] == 10
    assert client.get("/api/admin/limits", headers=admin).json() == found


def test_an_invitation_opens_the_door_once(tmp_path: Path, sqlite_url: str, embedder: Embedder):
    house = build(made_settings(tmp_path, sqlite_url, signup="invite"), embedder=embedder)
    with house.database.writing() as session:
        people.create(
            session, email="ada@example.org", name="Ada", role="admin",
            password_hash=house.passwords.hash_now("a long enough phrase"),
        )  # fmt: skip
    with TestClient(create_app(house=house)) as client:
        mine = bearer(log_in(client).json()["access_token"])
        made = client.post("/api/admin/invitations", json={"uses": 1}, headers=mine).json()
        assert made["path"] == f"/signup?invitation={made['invitation']}"
        new = {"email": "x@example.org", "password": "a long enough phrase", "name": "X"}
        for invitation, status in (("wrong", 400), (made["invitation"], 201)):
            sent = {**new, "invitation": invitation}
            assert client.post("/api/auth/signup", json=sent).status_code == status
        again = {**new, "email": "y@example.org", "invitation": made["invitation"]}
        assert client.post("/api/auth/signup", json=again).status_code == 400


def test_ones_own_calls_and_nobody_elses(client: TestClient, admin: dict[str, str], house: House):
    for feature in ("question", "translation", "question"):
        spend(house, 2, feature)
    spend(house, 1)
    mine = bearer(log_in(client, "bob@example.org").json()["access_token"])
    found = client.get("/api/usage/calls?page_size=2", headers=mine).json()
    assert [(row["feature"], row["calls"], row["cost_usd"]) for row in found["by_feature"]] == [
        ("question", 2, 0.003), ("translation", 1, 0.0015),
    ]  # fmt: skip
    assert (len(found["items"]), found["total"]) == (2, 3)
    assert {row["model"] for row in found["items"]} == {MODEL}
    assert client.get("/api/usage/calls", headers=admin).json()["total"] == 1


@pytest.fixture(scope="module")
def provider() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def test_the_switch_holds_for_every_process_at_once_and_what_is_kept_stays_open(
    database_url: str, tmp_path: Path, embedder: Embedder, provider: ModelServer
):
    """Two houses over one database stand for two processes: nothing of the switch is in memory."""
    changes = {
        "model": "openai:first", "openai_api_key": "k", "openai_base_url": f"{provider.url}/v1",
        "prices": "openai:first=1/2", "secret_key": "x7Kq" * 12,
    }  # fmt: skip
    one, other = (
        build(made_settings(tmp_path / name, database_url, **changes), embedder=embedder)
        for name in ("a", "b")
    )
    one.pipeline.add_book(book(), "robots")
    provider.answer_with(says(f'It computes depth [1 "{SENTENCE}"].'))
    with TestClient(create_app(house=one)) as first, TestClient(create_app(house=other)) as second:
        mine = bearer(sign_up(first))
        before = second.post("/api/chat/ask", json=QUESTION, headers=mine).json()
        assert before["mode"] == "model"
        with one.database.writing() as session:
            people.change(session, 1, {"role": "admin"})
        sent = first.put("/api/admin/models", json={"stopped": True}, headers=mine)
        assert sent.json() == {"stopped": True}
        asked = provider.bill.requests
        answer = second.post("/api/chat/ask", json=QUESTION, headers=mine).json()
        assert (answer["mode"], answer["degraded"]) == ("extractive", "no_model")
        chapter = {"chapter_id": "part-1/sensors", "book_id": "robots"}
        refused = second.post("/api/translate/chapter", json=chapter, headers=mine)
        assert (refused.status_code, refused.json()["type"]) == (503, "models-stopped")
        left = second.get("/api/usage", headers=mine).json()["translations"]["left"]
        assert left == 5
        with pytest.raises(ModelsStopped), other.database.writing() as session:
            other.usage.budget.reserve(
                session, Payer("operator"), feature="x", model="openai:first",
                input_tokens=1, output_tokens=1, now=datetime.now(UTC),
            )  # fmt: skip
        assert provider.bill.requests == asked
        kept = second.get(f"/api/chat/messages/{before['message_id']}", headers=mine)
        assert kept.json()["mode"] == "model"
        assert first.get("/api/admin/usage", headers=mine).json()["budget"]["stopped"] is True
        first.put("/api/admin/models", json={"stopped": False}, headers=mine)
        again = second.post("/api/chat/ask", json=QUESTION, headers=mine).json()
        assert again["mode"] == "model"
