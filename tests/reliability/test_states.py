"""Random walks of people through one server, against a model in memory (R6)."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from starlette.testclient import TestClient

from account_tools import PASSWORD, PERSON, bearer
from glossator.accounts import passwords, people
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.library.tables import Book
from glossator.usage.service import Usage
from glossator.wiring import House, build
from house_tools import made_settings
from quick_client import QuickClient
from small_books import CHAPTERS, book

# Not around the present: no hour may end while somebody walks.
NOW = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
BOOKS = ("robots", "emus", "apes")
QUESTIONS = 3


@dataclass
class Person:
    """What the model knows of somebody."""

    header: dict[str, str]
    number: int
    sessions: dict[str, str] = field(default_factory=dict)
    opened: dict[tuple[str, str], bool] = field(default_factory=dict)
    asked: int = 0
    out: bool = False
    gone: bool = False


class People(RuleBasedStateMachine):
    """People join, ask, read, leave; books are hidden; a stranger's things are never there."""

    client: ClassVar[QuickClient]
    house: ClassVar[House]
    joined: ClassVar[int] = 0
    persons = Bundle("persons")
    talks = Bundle("talks")

    def __init__(self) -> None:
        super().__init__()
        self.everybody: list[Person] = []
        self.visible = dict.fromkeys(BOOKS, "public")
        for name in BOOKS:
            self._show(name, "public")

    def _show(self, name: str, visibility: str) -> None:
        with self.house.database.writing() as session:
            session.get_one(Book, name).visibility = visibility

    def _call(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, path, headers=person.header, json=body)
        if person.gone or person.out:
            assert answer.status_code == 401, (method, path, answer.text)
            return None
        return answer

    @rule(target=persons)
    def join(self) -> Person:
        People.joined += 1
        email = f"p{People.joined}@example.org"
        answer = self.client.post("/api/auth/signup", json={**PERSON, "email": email})
        assert answer.status_code == 201, answer.text
        header = bearer(answer.json()["access_token"])
        number = self.client.get("/api/auth/me", headers=header).json()["id"]
        person = Person(header, number)
        self.everybody.append(person)
        return person

    @rule(target=talks, person=persons, name=st.sampled_from(BOOKS))
    def ask(self, person: Person, name: str) -> Any:
        body = {"question": "What is a lidar?", "book_id": name}
        answer = self._call(person, "POST", "/api/chat/ask", body)
        if answer is None:
            return multiple()
        if self.visible[name] == "nobody":
            # Nothing was answered, so nothing was taken.
            assert answer.status_code in (400, 429)
            assert (answer.status_code == 429) == (person.asked >= QUESTIONS)
            return multiple()
        if person.asked >= QUESTIONS:
            assert answer.status_code == 429
            return multiple()
        assert answer.status_code == 200, answer.text
        person.asked += 1
        identity = answer.json()["session_id"]
        person.sessions[identity] = "What is a lidar?"
        return identity

    @rule(person=persons, talk=talks, title=st.sampled_from(("One", "Two")))
    def rename(self, person: Person, talk: str, title: str) -> None:
        answer = self._call(person, "PATCH", f"/api/chat/sessions/{talk}", {"title": title})
        if answer is not None:
            assert answer.status_code == (200 if talk in person.sessions else 404)
            if talk in person.sessions:
                person.sessions[talk] = title

    @rule(person=persons, talk=talks)
    def forget(self, person: Person, talk: str) -> None:
        answer = self._call(person, "DELETE", f"/api/chat/sessions/{talk}")
        if answer is not None:
            assert answer.status_code == (204 if talk in person.sessions else 404)
            person.sessions.pop(talk, None)

    @rule(person=persons, name=st.sampled_from(BOOKS), chapter=st.sampled_from(sorted(CHAPTERS)),
          done=st.sampled_from((None, True, False)))  # fmt: skip
    def read(self, person: Person, name: str, chapter: str, done: bool | None) -> None:
        body: dict[str, Any] = {"book_id": name, "chapter_id": chapter}
        path = "open" if done is None else "mark"
        body |= {} if done is None else {"completed": done}
        answer = self._call(person, "POST", f"/api/user/progress/{path}", body)
        if answer is None:
            return
        assert answer.status_code == (400 if self.visible[name] == "nobody" else 200), answer.text
        if answer.status_code == 200:
            before = person.opened.get((name, chapter), False)
            person.opened[name, chapter] = before if done is None else done

    @rule(name=st.sampled_from(BOOKS), visibility=st.sampled_from(("public", "members", "nobody")))
    def show(self, name: str, visibility: str) -> None:
        self._show(name, visibility)
        self.visible[name] = visibility

    @rule(person=persons, out=st.booleans())
    def shut_out(self, person: Person, out: bool) -> None:
        if person.gone:
            return
        with self.house.database.writing() as session:
            people.change(session, person.number, {"disabled_at": NOW if out else None})
        person.out = out

    @rule(person=persons)
    def leave(self, person: Person) -> None:
        answer = self._call(person, "DELETE", "/api/auth/me", {"password": PASSWORD})
        if answer is not None:
            assert answer.status_code == 204, answer.text
            person.gone = True

    @invariant()
    def each_has_what_is_theirs_and_nothing_else(self) -> None:
        for person in self.everybody:
            answer = self._call(person, "GET", "/api/chat/sessions")
            if answer is None:
                continue
            listed = {item["session_id"]: item["title"] for item in answer.json()["items"]}
            assert listed == person.sessions
            left = self._call(person, "GET", "/api/usage").json()["questions"]
            assert left["left"] == QUESTIONS - person.asked
            shown = self._call(person, "GET", "/api/user/progress").json()
            assert {
                (row["book_id"], row["chapter_id"]): row["completed"]
                for row in shown["chapters_read"]
            } == {
                key: done for key, done in person.opened.items() if self.visible[key[0]] != "nobody"
            }
            assert shown["questions_asked"] == person.asked
            books = self._call(person, "GET", "/api/books").json()["items"]
            assert {item["book_id"] for item in books} == {
                name for name, visibility in self.visible.items() if visibility != "nobody"
            }

    @invariant()
    def guests_see_what_is_public(self) -> None:
        books = self.client.get("/api/books").json()["items"]
        assert {item["book_id"] for item in books} == {
            name for name, visibility in self.visible.items() if visibility == "public"
        }
        assert self.client.get("/api/user/progress").status_code == 401


@contextmanager
def world(folder: Path, url: str, embedder: Embedder) -> Iterator[type[People]]:
    limits = {"questions_per_hour": QUESTIONS, "signups_per_hour": 1_000_000,
              "login_tries_per_hour": 1_000_000}  # fmt: skip
    built = build(made_settings(folder, url, **limits), embedder=embedder)
    usage = Usage(built.usage.allowances, built.usage.budget, lambda: NOW)
    house = dataclasses.replace(built, usage=usage)
    for name in BOOKS:
        house.pipeline.add_book(book(title=name.title()), name)
    # Everybody who joins and leaves has a password hashed; how well is shown elsewhere.
    cheap = patch.object(passwords, "MEMORY_KIB", 256)
    with cheap, TestClient(create_app(house=house)) as opened:
        changes = {"client": QuickClient(opened), "house": house}
        yield type("Here", (People,), changes)


def walk(machine: type[People], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, derandomize=True, deadline=None,
            database=None, suppress_health_check=list(HealthCheck),
            # To shrink what failed takes longer than to read it.
            phases=[Phase.explicit, Phase.generate],
        ),
    )  # fmt: skip


def test_people_and_books_are_as_the_model_has_them(
    tmp_path: Path, migrated_sqlite: Path, embedder: Embedder
):
    shutil.copyfile(migrated_sqlite, tmp_path / "glossator.db")
    with world(tmp_path, f"sqlite:///{tmp_path / 'glossator.db'}", embedder) as machine:
        walk(machine, examples=3, steps=18)


@pytest.mark.long
@pytest.mark.timeout(5_400)
def test_the_same_over_many_walks(database_url: str, tmp_path: Path, embedder: Embedder):
    with world(tmp_path, database_url, embedder) as machine:
        walk(machine, examples=300, steps=50)
