"""What may happen once happens once, whoever asks for it at the same moment (R14)."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from account_tools import PASSWORD, PERSON, bearer, sign_up
from glossator.accounts import people
from glossator.accounts.tables import Account
from glossator.foundation.database import Table
from glossator.gateways.ports import Embedder
from glossator.library.tables import Document
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import ChatSession, now
from glossator.wiring import House, build
from house_tools import made_settings
from upload_tools import work

FEW, MANY, ROUNDS = 8, 50, 20
GUEST = "Gu35t-who-asks_at-once_2"


@pytest.fixture
def house(database_url: str, tmp_path: Path, embedder: Embedder) -> House:
    """For invited people alone, with a small storage."""
    settings = made_settings(
        tmp_path, database_url, signup="invite", signups_per_hour=100_000, storage_mb_per_user=1
    )
    return build(settings, embedder=embedder)


def at_once(number: int, call: Callable[[int], Response]) -> Counter[int]:
    """How often each status came, of so many calls that begin together."""
    ready = Barrier(number)

    def one(n: int) -> int:
        ready.wait(60)
        return call(n).status_code

    with ThreadPoolExecutor(number) as pool:
        return Counter(pool.map(one, range(number)))


def invited(client: TestClient, house: House, name: str) -> dict[str, str]:
    with house.database.writing() as session:
        code = people.invite(session, uses=1, note="")
    return bearer(sign_up(client, f"{name}@example.org", invitation=code))


def an_invitation(client: TestClient, house: House, number: int, name: str) -> None:
    with house.database.writing() as session:
        code = people.invite(session, uses=1, note="")
    found = at_once(
        number,
        lambda n: client.post(
            "/api/auth/signup",
            json={**PERSON, "email": f"{name}{n}@example.org", "invitation": code},
        ),
    )
    with house.database.reading() as session:
        accounts = session.scalar(select(func.count()).where(Account.email.startswith(name)))
    assert (found[201], accounts) == (1, 1), found
    # Beside it only refusals: the code is spent, or so many passwords can't be hashed at once.
    assert set(found) <= {201, 400, 503}, found


def an_upload(client: TestClient, house: House, number: int, name: str) -> None:
    header, data = invited(client, house, name), f"# {name}\n\nWords.".encode()
    found = at_once(
        number,
        lambda _: client.post("/api/upload", headers=header, files=[("files", ("a.md", data))]),
    )
    assert set(found) == {202}
    checksum = hashlib.sha256(data).hexdigest()
    with house.database.reading() as session:
        same = select(func.count()).where(Document.checksum == checksum)
        assert session.scalar(same) == 1
    # The last room of a storage is given once too.
    large = [b"%d words." % n + b"\n" * 600_000 for n in range(number)]
    taken = at_once(
        number,
        lambda n: client.post("/api/upload", headers=header, files=[("files", ("b.md", large[n]))]),
    )
    assert taken[202] == 1, taken
    listed = finished(client, header)
    assert [item["status"] for item in listed] == ["ready", "ready"]
    gone = at_once(
        number,
        lambda _: client.delete(f"/api/docs/{listed[0]['document_id']}", headers=header),
    )
    assert set(gone) <= {204, 404}
    assert gone[204] >= 1


def finished(client: TestClient, header: dict[str, str]) -> list[dict[str, Any]]:
    """Somebody's documents when nothing is processed any more."""
    for _ in range(600):
        listed: list[dict[str, Any]] = client.get("/api/docs", headers=header).json()["items"]
        if {item["status"] for item in listed} <= {"ready", "failed"}:
            break
        time.sleep(0.05)
    return listed


def sessions_of_a_guest(client: TestClient, house: House, number: int, name: str) -> None:
    header = {**invited(client, house, name), "x-glossator-guest": GUEST}
    told = {"answer": "No.", "mode": "refused", "confidence": 0.0, "sources": []}
    with house.database.writing() as session:
        conversations.keep(
            session, Owner(None, GUEST), session_id=f"s-{name}", message_id=f"m-{name}",
            question="Q?", standalone="Q?", selected_text=None, answer=told, at=now(), begins=True,
        )  # fmt: skip
    moved: list[int] = []

    def take_over(_: int) -> Response:
        answer = client.post("/api/chat/guest-sessions", headers=header)
        moved.append(sum(answer.json().values()))
        return answer

    assert set(at_once(number, take_over)) == {200}
    assert sorted(moved)[-2:] == [0, max(moved)]
    assert max(moved) > 0
    with house.database.reading() as session:
        owner = session.get_one(ChatSession, f"s-{name}").user_id
        assert owner == people.get(session, f"{name}@example.org").id


def leaving(client: TestClient, house: House, number: int, name: str) -> None:
    """Somebody leaves many times while they ask, read and upload: nothing of them is left."""
    header = invited(client, house, name)
    number_of = client.get("/api/auth/me", headers=header).json()["id"]

    def call(n: int) -> Response:
        if n % 3 == 0:
            return client.request(
                "DELETE", "/api/auth/me", headers=header, json={"password": PASSWORD}
            )
        if n % 3 == 1:
            file = ("a.md", f"# A\n\nWords {n}.".encode())
            return client.post("/api/upload", headers=header, files=[("files", file)])
        return client.post("/api/ask", headers=header, json={"question": "What is a robot?"})

    found = at_once(number, call)
    assert set(found) <= {200, 202, 204, 401}, found
    assert found[204] >= 1
    work(house)
    with house.database.reading() as session:
        assert session.get(Account, number_of) is None
        for table in Table.metadata.tables.values():
            if "user_id" in table.c:
                left = select(func.count()).select_from(table).where(table.c.user_id == number_of)
                assert session.scalar(left) == 0, table.name


ACTIONS = (an_invitation, an_upload, sessions_of_a_guest, leaving)


def test_an_invitation_for_one_lets_one_in(client: TestClient, house: House):
    an_invitation(client, house, FEW, "once")


def test_one_of_equal_files_and_the_last_room(client: TestClient, house: House):
    an_upload(client, house, FEW, "once")


def test_a_guests_questions_move_once(client: TestClient, house: House):
    sessions_of_a_guest(client, house, FEW, "once")


def test_who_leaves_while_busy_leaves_nothing(client: TestClient, house: House):
    leaving(client, house, FEW, "once")


@pytest.mark.long
@pytest.mark.parametrize("action", ACTIONS)
def test_fifty_at_once_twenty_times(client: TestClient, house: House, action: Callable[..., None]):
    for turn in range(ROUNDS):
        action(client, house, MANY, f"turn{turn}")
