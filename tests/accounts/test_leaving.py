"""All of one's data in one document; and nothing of a person who leaves stays, in any table."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer, log_in, refused, sign_up
from glossator.accounts import emails, people
from glossator.accounts.identities import NO_PASSWORD
from glossator.accounts.personal import Keeper, LastAdmin, PersonalData
from glossator.accounts.tables import Account, Identity, Invitation, Login
from glossator.foundation.database import Database, Table
from glossator.ingestion.tables import BookJob
from glossator.usage import overrides
from glossator.usage.allowances import Allowance
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry
from glossator.wiring import House
from small_books import book

EMAIL, NAME = "Zelda.Quux@Example.org", "Zelda Quuxington"
# No other number in the database looks like it.
NUMBER = 748_291
NOW = datetime.now(UTC)
TODAY = NOW.date()


@pytest.fixture
def zelda(client: TestClient, house: House) -> dict[str, str]:
    """The header of somebody who has left a trace in every table that can name a user."""
    house.pipeline.add_book(book(), "robots")
    _next_number(house.database)
    token = sign_up(client, EMAIL, name=NAME)
    headers = bearer(token)
    log_in(client, EMAIL)
    log_in(client, EMAIL.lower(), "not the phrase")
    client.post("/api/chat/ask", json={"question": "What is a lidar?"}, headers=headers)
    client.post("/api/search", json={"query": "lidar"}, headers=headers)
    client.post(
        "/api/user/progress/mark", json={"chapter_id": "part-1/control", "completed": True},
        headers=headers,
    )  # fmt: skip
    client.put(
        "/api/user/progress/place", json={"chapter_id": "part-1/control", "block_id": "b-1"},
        headers=headers,
    )  # fmt: skip
    client.post(
        "/api/mistakes", json={"chapter_id": "part-1/control", "words": "torque"}, headers=headers
    )
    form = [("files", ("mine.md", f"# Mine\n\nI am {NAME}.", "text/markdown"))]
    assert client.post("/api/upload", files=form, headers=headers).status_code == 202
    while client.get("/api/docs", headers=headers).json()["items"][0]["status"] != "ready":
        time.sleep(0.05)
    with house.database.writing() as session:
        session.add(_book_job("four", NUMBER))
        overrides.override(session, f"user:{NUMBER}", Allowance.QUESTIONS, 7)
        people.invite(session, uses=1, note=f"for {EMAIL.lower()}")
        session.add(Identity(issuer="https://x.example", subject="zelda", user_id=NUMBER))
        session.add(_call("one", NUMBER))
        session.add(_call("two", NUMBER))
        session.add(_reservation("three", NUMBER))
        for account in ("all", f"user:{NUMBER}"):
            session.add(BudgetDay(day=TODAY, account=account, committed_nano=9_000, warned=False))
    return headers


def _next_number(database: Database) -> None:
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(text(f"ALTER SEQUENCE users_id_seq RESTART WITH {NUMBER}"))
            return
        people.create(session, email="b@example.org", password_hash="x", name="B").id = NUMBER - 1


def _call(identity: str, user_id: int | None) -> UsageEntry:
    return UsageEntry(
        id=identity, at=NOW, day=TODAY, user_id=user_id, feature="question", model="m",
        input_tokens=100, output_tokens=10, cache_read_tokens=5, cache_written_tokens=0,
        price_nano=3_000, latency_ms=9, outcome="ok",
    )  # fmt: skip


def _reservation(identity: str, user_id: int) -> BudgetReservation:
    return BudgetReservation(
        id=identity, day=TODAY, account=f"user:{user_id}", user_id=user_id, feature="question",
        model="m", amount_nano=3_000, created_at=NOW, expires_at=NOW + timedelta(minutes=15),
    )  # fmt: skip


def _book_job(identity: str, user_id: int) -> BookJob:
    return BookJob(
        id=identity, book_id="robots", user_id=user_id, replaces=False, files=[], status="ready",
        notes=[], attempts=0, progress_done=0, progress_total=0, created_at=NOW,
    )  # fmt: skip


def everything(database: Database) -> dict[str, str]:
    """Every table's rows as text, also those that the ORM doesn't know."""
    found = {}
    with database.reading() as session:
        for name in inspect(database.engine).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{name}"')).all()  # noqa: S608
            found[name] = "\n".join(sorted(repr(tuple(row)) for row in rows)).lower()
    return found


def traces(database: Database, logins: list[str]) -> set[str]:
    """The tables that still know who Zelda is."""
    key = emails.key(EMAIL)
    words = [
        EMAIL, key, "quux", NAME, str(NUMBER), hashlib.sha256(key.encode()).hexdigest()[:32],
        *logins,
    ]  # fmt: skip
    return {
        name
        for name, rows in everything(database).items()
        # SQLite's word index forgets a removed word when it next merges its segments.
        if name != "chunk_words_data" and any(word.lower() in rows for word in words)
    }


def outside_forgets(house: House) -> None:
    """What is outside of SQL goes in a job of its own."""
    house.copying.catch_up(patience=30)


def logins_of(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Login.id).where(Login.user_id == NUMBER)))


def naming_a_user() -> set[str]:
    """The tables that can name a user, by their columns."""
    return {
        name
        for name, table in Table.metadata.tables.items()
        if "user_id" in table.columns
        or any(key.column.table.name == "users" for key in table.foreign_keys)
    }


def leave(client: TestClient, headers: dict[str, str], **body: object) -> Any:
    body = body or {"password": PASSWORD}
    return client.request("DELETE", "/api/auth/me", json=body, headers=headers)


def test_nothing_of_a_person_stays(client: TestClient, house: House, zelda: dict[str, str]):
    logins = logins_of(house.database)
    assert len(logins) == 2
    before = traces(house.database, logins)
    # A new table that can name a user needs a trace above, and a room that forgets it.
    assert naming_a_user() <= before
    assert before >= {
        "users", "sessions", "invitations", "limit_counters", "allowance_overrides",
        "budget_days", "budget_reservations", "api_usage_log", "user_progress",
        "identities", "chat_sessions", "reading_places", "mistakes",
    }  # fmt: skip
    sums = _sums(house)
    gone = leave(client, zelda)
    assert (gone.status_code, gone.content) == (204, b"")
    outside_forgets(house)
    assert traces(house.database, logins) == set()
    assert _sums(house) == sums
    refused(client.get("/api/auth/me", headers=zelda))
    refused(log_in(client, EMAIL))
    assert sign_up(client, EMAIL)


def _sums(house: House) -> tuple[object, ...]:
    budget, now = house.usage.budget, house.usage.clock()
    from glossator.usage.ledger import report

    with house.database.reading() as session:
        found = report(session, budget.standing(session, now), now)
    (of_all,) = found["by_user"]["items"]
    del of_all["user"], of_all["email"]
    return found["budget"], found["by_day"], found["by_feature"], found["by_model"], of_all


def test_the_others_keep_theirs(client: TestClient, house: House, zelda: dict[str, str]):
    bob = bearer(sign_up(client, "bob@example.org"))
    body = {"chapter_id": "part-1/control", "completed": True}
    client.post("/api/user/progress/mark", json=body, headers=bob)
    client.post("/api/chat/ask", json={"question": "What is a lidar?"}, headers=bob)
    before = client.get("/api/auth/me/export", headers=bob).json()
    assert leave(client, zelda).status_code == 204
    after = client.get("/api/auth/me/export", headers=bob).json()
    assert {**after, "exported_at": ""} == {**before, "exported_at": ""}
    assert after["progress"]
    with house.database.reading() as session:
        assert session.scalars(select(Invitation.uses_left)).all() == [1]


def test_the_document_with_all_of_ones_data(
    client: TestClient, house: House, zelda: dict[str, str]
):
    answer = client.get("/api/auth/me/export", headers=zelda)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="glossator-export.json"'
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert set(found) == {
        "exported_at", "account", "logins", "documents", "identities", "usage", "progress",
        "places", "chats", "mistakes",
    }  # fmt: skip
    account = found["account"]
    assert (account["id"], account["email"], account["name"]) == (NUMBER, EMAIL, NAME)
    assert account["questions_asked"] == 1
    assert len(found["logins"]) == 2
    assert [row["chapter_id"] for row in found["progress"]] == ["part-1/control"]
    usage = found["usage"]
    assert usage["allowances"] == {"questions": 7}
    assert usage["counters"] == [
        {"allowance": "questions", "used": 1, "window_start": usage["counters"][0]["window_start"]}
    ]
    assert usage["days"] == [{"day": TODAY.isoformat(), "cost_usd": 9e-06}]
    assert len(usage["calls"]) == 2
    assert usage["calls"][0]["input_tokens"] == 100
    assert usage["calls_in_progress"] == [{"feature": "question", "model": "m", "most_usd": 3e-06}]
    with house.database.reading() as session:
        secret = session.scalars(select(Account.password_hash).where(Account.id == NUMBER)).one()
    for hidden in (secret, "argon2", PASSWORD, *logins_of(house.database), "b@example.org"):
        assert hidden not in answer.text


def test_leaving_asks_for_the_password(client: TestClient, zelda: dict[str, str]):
    for body in ({"password": "not the phrase"}, {"email": EMAIL}, {"password": None}):
        answer = leave(client, zelda, **body)
        assert (answer.status_code, answer.json()["type"]) == (400, "wrong-password")
    for wrong in ({"password": ""}, {"password": 1}, {"user_id": 1, "password": PASSWORD}):
        assert leave(client, zelda, **wrong).status_code == 422
    assert client.request("DELETE", "/api/auth/me", headers=zelda).status_code == 422
    refused(leave(client, {}))
    refused(client.get("/api/auth/me/export"))
    assert client.get("/api/auth/me", headers=zelda).status_code == 200


def test_tries_to_leave_are_counted_like_tries_to_sign_in(client: TestClient):
    headers = bearer(sign_up(client))
    codes = [leave(client, headers, password=f"wrong {n}").status_code for n in range(21)]
    assert codes == [400] * 20 + [429]


def test_without_a_password_the_address_confirms(
    client: TestClient, house: House, zelda: dict[str, str]
):
    with house.database.writing() as session:
        session.execute(
            update(Account).where(Account.id == NUMBER).values(password_hash=NO_PASSWORD)
        )
    for body in ({"password": PASSWORD}, {"email": "bob@example.org"}, {"email": ""}):
        answer = leave(client, zelda, **body)
        assert (answer.status_code, answer.json()["type"]) == (400, "not-confirmed")
    assert leave(client, zelda, email=EMAIL.upper()).status_code == 204
    outside_forgets(house)
    assert traces(house.database, []) == set()


def test_with_a_cookie_it_needs_the_word(client: TestClient):
    sign_up(client)
    log_in(client, session="cookie")
    answer = leave(client, {})
    assert (answer.status_code, answer.json()["type"]) == (403, "csrf")
    assert leave(client, {"x-csrf-token": client.cookies["glossator_csrf"]}).status_code == 204
    assert not client.cookies


def test_the_last_administrator_stays(client: TestClient, house: House):
    ada, bob = (bearer(sign_up(client, f"{name}@example.org")) for name in ("ada", "bob"))

    def role(email: str, role: str, *, disabled: bool = False) -> None:
        with house.database.writing() as session:
            changes = {"role": role, "disabled_at": NOW if disabled else None}
            people.change(session, people.get(session, email).id, changes)

    role("ada@example.org", "admin")
    role("bob@example.org", "admin", disabled=True)
    answer = leave(client, ada)
    assert (answer.status_code, answer.json()["type"]) == (409, "last-admin")
    assert "glossator user role" in answer.json()["detail"]
    assert client.get("/api/auth/me", headers=ada).status_code == 200
    role("bob@example.org", "admin")
    assert leave(client, ada).status_code == 204
    assert leave(client, bob).status_code == 409


def test_of_the_last_two_one_stays(house: House):
    with house.database.writing() as session:
        numbers = [
            people.create(
                session, email=f"{n}@example.org", password_hash="x", name="X", role="admin"
            ).id
            for n in range(2)
        ]
    both, told = threading.Barrier(2), []

    def leaving(number: int) -> None:
        both.wait()
        try:
            with house.database.writing() as session:
                house.personal.remove(session, number)
            told.append("gone")
        except LastAdmin:
            told.append("stays")

    threads = [threading.Thread(target=leaving, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["gone", "stays"]


@pytest.mark.usefixtures("zelda")
def test_a_removal_that_fails_has_removed_nothing(house: House):
    before = everything(house.database)

    def fail(*_: object) -> None:
        raise RuntimeError("killed here")

    keepers = (*house.personal._keepers, Keeper("last", fail, fail))
    with pytest.raises(RuntimeError), house.database.writing() as session:
        PersonalData(keepers).remove(session, NUMBER)
    assert everything(house.database) == before


@pytest.mark.usefixtures("zelda")
def test_a_question_that_outlives_its_asker_leaves_no_trace(house: House):
    with house.database.writing() as session:
        house.personal.remove(session, NUMBER)
    with house.database.writing() as session:
        people.count_question(session, NUMBER)
    outside_forgets(house)
    assert traces(house.database, []) == set()


def test_requests_on_their_way_bring_nothing_back(
    client: TestClient, house: House, zelda: dict[str, str]
):
    codes: set[int] = set()
    progress = {"chapter_id": "part-1/control", "completed": True}
    asked = {"question": "What is a lidar?"}

    def go_on() -> None:
        for _ in range(60):
            for path, sent in (("user/progress/mark", progress), ("chat/ask", asked)):
                codes.add(client.post(f"/api/{path}", json=sent, headers=zelda).status_code)
            if 401 in codes:
                return

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    gone = leave(client, zelda)
    for thread in threads:
        thread.join(60)
    assert gone.status_code == 204
    # 429: Zelda has seven questions an hour.
    assert 401 in codes
    assert codes <= {200, 401, 429}
    outside_forgets(house)
    assert traces(house.database, []) == set()
