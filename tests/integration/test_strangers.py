"""Every endpoint as guest, stranger, wrong role, owner and administrator: never another's data.

`TABLE` is the reviewed list of who may do what. A route without a row in it fails here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from sqlalchemy import func, inspect, select, text
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer
from glossator.accounts import people
from glossator.accounts.tables import Login
from glossator.accounts.tokens import Kind
from glossator.app import create_app
from glossator.ingestion.pictures import name_of
from glossator.ingestion.sources import Picture
from glossator.ingestion.tables import BookJob
from glossator.library.tables import Book, Document
from glossator.pages import ADDRESSES
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import ChatSession, now
from glossator.wiring import House, accounts
from small_books import book

# Who may call: anybody, and nobody looks who it is; guests too, but a token must be good; who
# signed in; who has the role.
Needs = Literal["open", "guest", "user", "author", "admin"]
CALLERS = ("guest", "user", "author", "admin")
REFUSED_FIELDS = (
    "user_id", "owner_id", "tenant_id", "role", "is_admin", "plan", "quota", "created_at",
)  # fmt: skip

# What a stranger must never see. Ada is another user; nobody is shown the hidden book, and guests
# not the one for members, whose names are the hidden one's with another animal.
HIDDEN_WORD, MEMBERS_WORD, NOWHERE = "wombat", "koala", "nowhere"
SITE = "https://robots.example"
HIDDEN = {"book": "wombat-book", "chapter": "wombat-chapter"}
PEOPLE = ("ada.platypus", "platypus", "echidna")
SECRETS = [HIDDEN_WORD, *PEOPLE]


@dataclass(frozen=True, slots=True)
class Row:
    """A good request of one operation, who may send it, and how it names another's things.

    `foreign` are paths (404) or changes of the body (400) with a hidden id; the same with
    `nowhere` in its place must get the same words. `shows`: what the owner's own answer holds.
    `names_people`: it is for administrators to see who has an account, but nothing of theirs.
    """

    needs: Needs
    status: int = 200
    path: str | None = None
    body: Mapping[str, Any] | None = None
    foreign: tuple[Any, ...] = ()
    shows: tuple[str, ...] = field(default=())
    names_people: bool = False


_SCOPES = (
    {"book_id": HIDDEN["book"]},
    {"chapter_id": HIDDEN["chapter"]},
    {"chapter_id": HIDDEN["chapter"], "book_id": "robots"},
    {"document_ids": ["{document}"]},
    {"document_ids": ["{upload}"]},
)
_CHAPTER = {"chapter_id": "part-1/sensors", "book_id": "robots"}
_CHAPTERS = ({"chapter_id": HIDDEN["chapter"]}, {**_CHAPTER, "book_id": HIDDEN["book"]})

DRAWN = Picture("a.gif", "image/gif", b"GIF89a\x01\0\x01\0", 1, 1)
TABLE: Mapping[tuple[str, str], Row] = {
    ("POST", "/api/auth/signup"): Row(
        "open", 201, body={"email": "new{n}@example.org", "password": PASSWORD, "name": "New"}
    ),
    ("POST", "/api/auth/login"): Row(
        "open", body={"email": "author@example.org", "password": PASSWORD}
    ),
    ("POST", "/api/auth/logout"): Row("user", 204),
    ("POST", "/api/auth/logout-everywhere"): Row("user", 204),
    ("POST", "/api/auth/password"): Row(
        "user", 204, body={"current_password": PASSWORD, "new_password": PASSWORD}
    ),
    ("GET", "/api/auth/me"): Row("user", shows=("ada.platypus", "Echidna")),
    ("PATCH", "/api/auth/me"): Row("user", body={"hardware": "gpu"}, shows=("ada.platypus",)),
    ("DELETE", "/api/auth/me"): Row("user", 204, body={"password": PASSWORD}),
    ("GET", "/api/auth/me/export"): Row("user", shows=("ada.platypus", "Echidna", "wombat")),
    ("POST", "/api/widget/token"): Row(
        "open", body={"book_id": "robots"}, foreign=({"book_id": HIDDEN["book"]},)
    ),
    ("POST", "/api/widget/agreements"): Row(
        "user",
        201,
        body={"book_id": "robots", "origin": SITE},
        foreign=({"book_id": HIDDEN["book"]},),
    ),
    ("GET", "/api/widget/agreements"): Row("user", shows=(SITE,)),
    ("DELETE", "/api/widget/agreements/{agreement_id}"): Row(
        "user",
        204,
        path="/api/widget/agreements/{agreed}",
        foreign=("/api/widget/agreements/{agreement}",),
    ),
    ("GET", "/api/books"): Row("guest"),
    ("GET", "/api/books/{book_id}"): Row(
        "guest", path="/api/books/robots", foreign=(f"/api/books/{HIDDEN['book']}",)
    ),
    ("GET", "/api/chapters/{chapter_id}"): Row(
        "guest",
        path="/api/chapters/part-1/sensors?book_id=robots",
        foreign=(
            f"/api/chapters/{HIDDEN['chapter']}",
            f"/api/chapters/{HIDDEN['chapter']}?book_id=robots",
            f"/api/chapters/{HIDDEN['chapter']}?book_id={HIDDEN['book']}",
            f"/api/chapters/part-1/sensors?book_id={HIDDEN['book']}",
        ),
    ),
    ("POST", "/api/search"): Row("guest", body={"query": "lidar wombat"}, foreign=_SCOPES),
    ("POST", "/api/chat/ask"): Row(
        "guest",
        body={"question": "What is a lidar?"},
        foreign=(
            *_SCOPES,
            {"book_ids": ["robots", HIDDEN["book"]]},
            {"session_id": "{session}"},
        ),
    ),
    ("POST", "/api/chat/selected-text"): Row(
        "guest",
        body={"question": "What is a lidar?", "selected_text": "A lidar"},
        foreign=(_SCOPES[0], _SCOPES[1], {"session_id": "{session}"}),
    ),
    ("POST", "/api/ask"): Row(
        "user",
        body={"question": "What is a lidar?"},
        foreign=(*_SCOPES, {"session_id": "{session}"}),
    ),
    # A guest has the key of his own sessions; without one these are 401 (test_model_answers).
    ("GET", "/api/chat/sessions"): Row("guest", shows=("Echidna's session",)),
    ("GET", "/api/chat/sessions/{session_id}"): Row(
        "guest", path="/api/chat/sessions/{mine}", foreign=("/api/chat/sessions/{session}",)
    ),
    ("GET", "/api/chat/sessions/{session_id}/messages"): Row(
        "guest",
        path="/api/chat/sessions/{mine}/messages",
        foreign=("/api/chat/sessions/{session}/messages",),
    ),
    ("GET", "/api/chat/sessions/{session_id}/export"): Row(
        "guest",
        path="/api/chat/sessions/{mine}/export",
        foreign=("/api/chat/sessions/{session}/export",),
    ),
    ("PATCH", "/api/chat/sessions/{session_id}"): Row(
        "guest",
        path="/api/chat/sessions/{mine}",
        body={"title": "Mine"},
        foreign=("/api/chat/sessions/{session}",),
    ),
    ("GET", "/api/chat/messages/{message_id}"): Row(
        "guest",
        path="/api/chat/messages/{mine}-said",
        foreign=("/api/chat/messages/{session}-said",),
    ),
    ("POST", "/api/chat/messages/{message_id}/feedback"): Row(
        "guest",
        204,
        path="/api/chat/messages/{mine}-said/feedback",
        body={"rating": "up"},
        foreign=("/api/chat/messages/{session}-said/feedback",),
    ),
    ("DELETE", "/api/chat/sessions/{session_id}"): Row(
        "guest", 204, path="/api/chat/sessions/{mine}", foreign=("/api/chat/sessions/{session}",)
    ),
    # No model is set: what isn't kept is 503 for whoever may see the chapter.
    ("POST", "/api/translate/chapter"): Row("user", 503, body=_CHAPTER, foreign=_CHAPTERS),
    ("POST", "/api/personalize/chapter"): Row("user", 503, body=_CHAPTER, foreign=_CHAPTERS),
    ("GET", "/api/user/progress"): Row("user", shows=("part-1/control",)),
    ("POST", "/api/user/progress/open"): Row("user", body=_CHAPTER, foreign=_CHAPTERS),
    ("POST", "/api/user/progress/mark"): Row(
        "user", body={**_CHAPTER, "completed": True}, foreign=_CHAPTERS
    ),
    ("GET", "/api/user/progress/place"): Row(
        "user",
        path="/api/user/progress/place?book_id=robots",
        foreign=(f"/api/user/progress/place?book_id={HIDDEN['book']}",),
    ),
    ("PUT", "/api/user/progress/place"): Row(
        "user", body={**_CHAPTER, "block_id": "b-1"}, foreign=_CHAPTERS
    ),
    ("POST", "/api/books"): Row(
        "author", 202, body={"files": "# Emu\n\nAn emu.", "book_id": "emu-{n}"}
    ),
    ("PUT", "/api/books/{book_id}"): Row(
        "author",
        202,
        path="/api/books/spare",
        body={"files": "# Emu\n\nAn emu."},
        foreign=(f"/api/books/{HIDDEN['book']}",),
    ),
    ("PATCH", "/api/books/{book_id}"): Row(
        "author",
        path="/api/books/spare",
        body={"title": "Spare"},
        foreign=(f"/api/books/{HIDDEN['book']}",),
    ),
    ("GET", "/api/books/{book_id}/job"): Row(
        "author", path="/api/books/spare/job", foreign=(f"/api/books/{HIDDEN['book']}/job",)
    ),
    ("DELETE", "/api/books/{book_id}"): Row(
        "author", 204, path="/api/books/{doomed}", foreign=(f"/api/books/{HIDDEN['book']}",)
    ),
    ("POST", "/api/upload"): Row("user", 202, body={"files": "A lidar {n}."}),
    ("GET", "/api/docs"): Row("user", shows=("Echidna",)),
    ("GET", "/api/docs/{document_id}"): Row(
        "user", path="/api/docs/{own}", foreign=("/api/docs/{upload}", "/api/docs/{document}")
    ),
    ("GET", "/api/docs/{document_id}/raw"): Row(
        "user", path="/api/docs/{own}/raw", foreign=("/api/docs/{upload}/raw",)
    ),
    ("GET", "/api/docs/{document_id}/text"): Row(
        "user", path="/api/docs/{own}/text", foreign=("/api/docs/{upload}/text",)
    ),
    ("GET", "/api/docs/{document_id}/rectangles"): Row(
        "user",
        422,  # it is no PDF
        path="/api/docs/{own}/rectangles?start=0&end=5",
        foreign=("/api/docs/{upload}/rectangles?start=0&end=5",),
    ),
    ("GET", "/api/docs/{document_id}/events"): Row(
        "user", path="/api/docs/{own}/events", foreign=("/api/docs/{upload}/events",)
    ),
    ("POST", "/api/docs/{document_id}/reprocess"): Row(
        "user", 202, path="/api/docs/{own}/reprocess", foreign=("/api/docs/{upload}/reprocess",)
    ),
    ("GET", "/api/docs/{document_id}/reading"): Row(
        "user", path="/api/docs/{own}/reading", foreign=("/api/docs/{upload}/reading",)
    ),
    # These are about PDF files, and what everybody has here is none.
    ("GET", "/api/docs/{document_id}/pages"): Row(
        "user", 422, path="/api/docs/{own}/pages", foreign=("/api/docs/{upload}/pages",)
    ),
    ("GET", "/api/docs/{document_id}/pages/{page}/words"): Row(
        "user",
        422,
        path="/api/docs/{own}/pages/1/words",
        foreign=("/api/docs/{upload}/pages/1/words",),
    ),
    ("GET", "/api/docs/{document_id}/pages/{page}/picture"): Row(
        "user",
        422,
        path="/api/docs/{own}/pages/1/picture?width=320",
        foreign=("/api/docs/{upload}/pages/1/picture?width=320",),
    ),
    ("POST", "/api/docs/{document_id}/ocr"): Row(
        "user", 422, path="/api/docs/{own}/ocr", foreign=("/api/docs/{upload}/ocr",)
    ),
    ("POST", "/api/docs/{document_id}/password"): Row(
        "user",
        409,  # it isn't locked
        path="/api/docs/{own}/password",
        body={"password": "open sesame"},
        foreign=("/api/docs/{upload}/password",),
    ),
    ("POST", "/api/docs/{document_id}/stop"): Row(
        "user", 409, path="/api/docs/{own}/stop", foreign=("/api/docs/{upload}/stop",)
    ),
    ("GET", "/api/docs/{document_id}/quoted"): Row(
        "user", path="/api/docs/{own}/quoted", foreign=("/api/docs/{upload}/quoted",)
    ),
    ("DELETE", "/api/docs/{document_id}"): Row(
        "user", 204, path="/api/docs/{own}", foreign=("/api/docs/{upload}",)
    ),
    ("GET", "/api/books/{book_id}/media/{name}"): Row(
        "guest",
        path=f"/api/books/robots/media/{name_of(DRAWN)}",
        foreign=(f"/api/books/{HIDDEN['book']}/media/{name_of(DRAWN)}",),
    ),
    ("GET", "/api/usage"): Row("guest"),
    ("GET", "/api/usage/calls"): Row("user"),
    ("GET", "/api/chat/guest-sessions"): Row("guest"),
    ("POST", "/api/chat/guest-sessions"): Row("user"),
    ("GET", "/api/chat/asked"): Row("user"),
    ("GET", "/api/admin/usage"): Row("admin"),
    ("GET", "/api/admin/users"): Row("admin", names_people=True),
    ("PATCH", "/api/admin/users/{user_id}"): Row(
        "admin", path="/api/admin/users/1", body={"questions": 7}, names_people=True
    ),
    ("POST", "/api/admin/invitations"): Row("admin", 201, body={"uses": 2}),
    ("GET", "/api/admin/limits"): Row("admin"),
    ("PATCH", "/api/admin/roles/{role}"): Row(
        "admin", path="/api/admin/roles/author", body={"questions": "default"}
    ),
    ("PUT", "/api/admin/models"): Row("admin", body={"stopped": False}),
    ("GET", "/api/admin/answers"): Row("admin"),
    ("GET", "/api/admin/jobs"): Row("admin"),
    ("GET", "/api/admin/books"): Row("author"),
    ("GET", "/api/admin/missing"): Row(
        "author",
        path="/api/admin/missing?book_id=robots",
        foreign=(f"/api/admin/missing?book_id={HIDDEN['book']}",),
    ),
    ("GET", "/health"): Row("open"),
    ("GET", "/health/ready"): Row("open"),
}
GUEST_KEY = "Wa1k3r-of_the-Pl4typus_2"
# Not in the description: the pages, and the description itself.
PAGES = {*ADDRESSES, "/assets/{name:path}", "/openapi.json", "/widget.js", "/widget/agree"}


class World:
    """A server with Ada's things in it, and whoever walks about."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.client, self.house = client, house
        self._accounts = accounts(house)
        self._hashed = house.passwords.hash_now(PASSWORD)
        self._sent = 0
        house.pipeline.add_book(replace(book(), pictures=(DRAWN,)), "robots")
        # Ada read it while she could.
        hidden = book({HIDDEN["chapter"]: "# Wombat\n\nA lidar wombat."}, title="Wombats")
        house.pipeline.add_book(replace(hidden, pictures=(DRAWN,)), HIDDEN["book"])
        house.pipeline.add_book(
            book({"koala-chapter": "# Koala\n\nA lidar koala."}, title="Koalas"), "koala-book"
        )
        self.send("POST", "/api/user/progress/open", "ada", {"chapter_id": HIDDEN["chapter"]})
        self.send("POST", "/api/user/progress/open", "ada", {"chapter_id": "part-1/control"})
        with house.database.writing() as session:
            session.get_one(Book, HIDDEN["book"]).visibility = "nobody"
            session.get_one(Book, "koala-book").visibility = "members"
            session.get_one(Book, "robots").url = f"{SITE}/course"
            found = {row.book_id: row.id for row in session.scalars(select(Document))}
            self.document, self.members_document = found[HIDDEN["book"]], found["koala-book"]
            # Beside whom the walking administrator may delete their own account.
            people.create(
                session, email="second@example.org", password_hash="x", name="2", role="admin"
            )
        house.pipeline.add_book(book({"emu": "# Emu\n\nAn emu."}, title="Emus"), "spare")
        for caller in (*CALLERS, "ada"):
            self.header(caller)
            self.conversation(caller)
            self.upload(caller)
        self.agreement = self.agreed("ada")
        self.send("PUT", "/api/books/spare", "admin", {"files": "# Emu\n\nAn emu."})
        self.settle()

    def settle(self) -> None:
        """Wait until no job is left."""
        for _ in range(600):
            with self.house.database.reading() as session:
                busy = session.scalar(
                    select(func.count()).where(Document.status.not_in(("ready", "failed")))
                )
                busy = (busy or 0) + (
                    session.scalar(
                        select(func.count()).where(BookJob.status.not_in(("ready", "failed")))
                    )
                    or 0
                )
            if not busy:
                return
            time.sleep(0.05)
        raise AssertionError("The jobs didn't come to an end.")

    def upload(self, caller: str) -> str:
        """The id of a document of a caller's own, made where it isn't there."""
        if caller not in (*CALLERS, "ada") or caller == "guest":
            return NOWHERE
        name = "Echidna wombat" if caller == "ada" else "Own"
        with self.house.database.reading() as session:
            address = "ada.platypus" if caller == "ada" else caller
            account = people.find(session, f"{address}@example.org")
            found = account and session.scalar(
                select(Document.id).where(
                    Document.user_id == account.id, Document.filename == f"{name}.md",
                    Document.deleted_at.is_(None),
                )
            )  # fmt: skip
        if found:
            return str(found)
        sent = self.client.post(
            "/api/upload",
            headers=self.header(caller),
            files=[("files", (f"{name}.md", f"# {name}\n\nA lidar {name}.", "text/plain"))],
        )
        assert sent.status_code == 202, sent.text
        self.settle()
        return str(sent.json()["documents"][0]["document_id"])

    def doomed(self, caller: str) -> str:
        """The id of a book that may be deleted."""
        if caller not in CALLERS:
            return NOWHERE
        name = f"doomed-{caller}"
        with self.house.database.reading() as session:
            there = session.get(Book, name)
        if there is None:
            self.house.pipeline.add_book(book({"emu": "# Emu\n\nAn emu."}), name)
        return name

    def conversation(self, caller: str) -> str:
        """The id of a chat session of a caller's, made where it isn't there."""
        if caller not in (*CALLERS, "ada"):
            return NOWHERE
        name = "platypus-session" if caller == "ada" else f"session-{caller}"
        with self.house.database.reading() as session:
            if session.get(ChatSession, name) is not None:
                return name
        with self.house.database.writing() as session:
            address = "ada.platypus" if caller == "ada" else caller
            account = people.find(session, f"{address}@example.org")
            owner = Owner(account.id if account else None, GUEST_KEY if caller == "guest" else None)
            told = {"answer": "A wombat." if caller == "ada" else "No.", "mode": "refused",
                    "confidence": 0.0, "sources": []}  # fmt: skip
            title = "Echidna's session" if caller == "ada" else "Own"
            conversations.keep(
                session, owner, session_id=name, message_id=f"{name}-said", question=title,
                standalone="What?", selected_text=None, answer=told, at=now(), begins=True,
            )  # fmt: skip
        return name

    def agreed(self, caller: str) -> str:
        """The id of a new agreement of a caller's, that a site's widget asks in their name."""
        if caller not in (*CALLERS, "ada") or caller == "guest":
            return NOWHERE
        body = {"book_id": "robots", "origin": SITE}
        self.send("POST", "/api/widget/agreements", caller, body)
        found = self.send("GET", "/api/widget/agreements", caller).json()["items"]
        return str(found[0]["agreement_id"])

    def secrets(self, caller: str) -> list[str]:
        """What only Ada may see, the names of her logins too; and what guests may not."""
        with self.house.database.reading() as session:
            ada = people.get(session, "ada.platypus@example.org")
            logins = session.scalars(select(Login.id).where(Login.user_id == ada.id)).all()
        found = [*SECRETS, self.document, ada.password_hash, *logins]
        return [*found, MEMBERS_WORD, self.members_document] if caller == "guest" else found

    def token(self, caller: str, kind: Kind) -> tuple[str, str]:
        """A new login's token and its word; the account is made where it is gone."""
        name = "ada.platypus" if caller == "ada" else caller
        role = "user" if caller == "ada" else caller
        with self.house.database.writing() as session:
            account = people.find(session, f"{name}@example.org") or people.create(
                session, email=f"{name}@example.org", password_hash=self._hashed,
                name="Echidna" if caller == "ada" else caller, role=role,  # type: ignore[arg-type]
            )  # fmt: skip
            issued = self._accounts._issue(session, account.id, kind)
            return issued.token, issued.csrf

    def header(self, caller: str) -> dict[str, str]:
        """The header of a caller."""
        if caller == "guest":
            return {"x-glossator-guest": GUEST_KEY}
        return bearer(self.token(caller, "bearer")[0])

    def send(
        self,
        method: str,
        path: str,
        caller: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A request; with `headers` these take the place of the caller's own."""
        self._sent += 1
        filled = body and json.loads(json.dumps(body).replace("{n}", str(self._sent)))
        sent = self.header(caller) if headers is None else dict(headers)
        if path == "/api/widget/token":
            sent["origin"] = SITE
        self.client.cookies.clear()
        for placeholder, make in (
            ("{mine}", self.conversation),
            ("{own}", self.upload),
            ("{doomed}", self.doomed),
            ("{agreed}", self.agreed),
        ):
            if placeholder in path:
                path = path.replace(placeholder, make(caller))
        if filled and "files" in filled:
            fields = {key: value for key, value in filled.items() if key != "files"}
            form = [("files", ("emu.md", filled["files"], "text/markdown"))]
            answer = self.client.request(method, path, data=fields, files=form, headers=sent)
        else:
            answer = self.client.request(method, path, json=filled, headers=sent)
        if answer.status_code == 202:
            self.settle()
        return answer

    def dump(self) -> dict[str, list[str]]:
        """All rows of all tables."""
        with self.house.database.reading() as session:
            return {
                name: sorted(
                    repr(tuple(row))
                    for row in session.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608
                )
                for name in inspect(self.house.database.engine).get_table_names()
            }


@pytest.fixture
def world(client: TestClient, house: House) -> World:
    """Everybody and everything."""
    return World(client, house)


def operations(app: FastAPI) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, found in app.openapi()["paths"].items()
        for method, operation in found.items()
    }


def path_of(key: tuple[str, str]) -> str:
    return TABLE[key].path or key[1]


def expected(row: Row, caller: str) -> int:
    """The status of a good request."""
    if row.needs in ("open", "guest"):
        return row.status
    if caller == "guest":
        return 401
    return row.status if CALLERS.index(caller) >= CALLERS.index(row.needs) else 403


def without_id(answer: Response) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    del problem["request_id"]
    return problem


def silent(world: World, answer: Response, caller: str, *context: object) -> None:
    """Nothing that the caller mustn't see is in the answer."""
    told = f"{answer.text}\n{answer.headers}".lower()
    named = caller == "admin" and any(
        isinstance(key, tuple) and key in TABLE and TABLE[key].names_people for key in context
    )
    public = PEOPLE if named else ()
    found = [
        secret for secret in world.secrets(caller)
        if secret not in public and secret.lower() in told
    ]  # fmt: skip
    assert not found, (caller, context, found, answer.text)


def test_every_operation_has_a_reviewed_row(house: House):
    app = create_app(house=house)
    assert set(operations(app)) == set(TABLE)
    paths = {context.path for context in iter_route_contexts(app.routes)}
    described = {path.replace("{chapter_id}", "{chapter_id:path}") for _, path in TABLE}
    assert paths - described == PAGES


def _new() -> None:
    """A route that nobody has looked at."""


def test_a_new_route_without_a_row_is_noticed(house: House):
    app = create_app(house=house)
    app.add_api_route("/api/new", _new)
    assert set(operations(app)) - set(TABLE) == {("GET", "/api/new")}


def test_everybody_may_do_what_the_table_says_and_sees_nothing_of_others(world: World):
    for key, row in TABLE.items():
        for caller in CALLERS:
            answer = world.send(key[0], path_of(key), caller, row.body)
            assert answer.status_code == expected(row, caller), (key, caller, answer.text)
            silent(world, answer, caller, key)
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"


def test_the_owner_does_see_it(world: World):
    # Else the words that are searched above would prove nothing.
    for key, row in TABLE.items():
        if row.shows:
            told = world.send(key[0], path_of(key), "ada", row.body).text
            assert all(word in told for word in row.shows), (key, told)


def variants(
    world: World, key: tuple[str, str], foreign: Any, caller: str
) -> list[tuple[str, Any]]:
    """A request that names something hidden, and the same about what isn't there at all."""
    row = TABLE[key]
    path = foreign if isinstance(foreign, str) else path_of(key)
    body = row.body if isinstance(foreign, str) else {**(row.body or {}), **foreign}
    given = json.dumps([path, body])
    given = given.replace("{session}", "platypus-session").replace("{agreement}", world.agreement)
    there = given.replace("{document}", world.document).replace("{upload}", world.upload("ada"))
    if caller == "guest-of-members":
        there = given.replace("{document}", world.members_document)
        there = there.replace(HIDDEN_WORD, MEMBERS_WORD)
    missing = given.replace("{document}", NOWHERE).replace("{upload}", NOWHERE)
    missing = missing.replace("platypus-session", NOWHERE).replace(world.agreement, NOWHERE)
    for hidden in HIDDEN.values():
        missing = missing.replace(hidden, NOWHERE)
    return [json.loads(there), json.loads(missing)]


def test_anothers_ids_are_404_in_a_path_and_400_in_a_body(world: World):
    named = 0
    for key, row in TABLE.items():
        for foreign in row.foreign:
            status = 404 if isinstance(foreign, str) else 400
            for kind in (*CALLERS, "guest-of-members"):
                caller = kind.partition("-")[0]
                if expected(row, caller) != row.status:
                    continue
                sent = variants(world, key, foreign, kind)
                there, missing = (world.send(key[0], path, caller, body) for path, body in sent)
                assert there.status_code == status, (key, kind, foreign, there.text)
                assert without_id(there) == without_id(missing), (key, kind, foreign)
                silent(world, there, caller, key, foreign)
                named += 1
                if key[0] == "GET":
                    head = world.send("HEAD", sent[0][0], caller)
                    assert head.status_code == status
                    silent(world, head, caller, key)
    assert named > 60


def test_a_token_that_is_not_good_is_401_everywhere(world: World):
    token = world.token("user", "bearer")[0]
    cookie = world.token("user", "cookie")[0]
    ended = world.token("admin", "bearer")[0]
    assert world.send("POST", "/api/auth/logout", "", headers=bearer(ended)).status_code == 204
    bad = [f"Bearer {bad}" for bad in ("", "x", token[:-2], ended, cookie, "null")]
    for key, row in TABLE.items():
        if row.needs == "open":
            continue
        for value in (*bad, f"Basic {token}", token):
            headers = {"authorization": value}
            answer = world.send(key[0], path_of(key), "", row.body, headers=headers)
            assert answer.status_code == 401, (key, value)
            assert answer.headers["www-authenticate"] == "Bearer"
            silent(world, answer, "guest", key, value)


def test_no_body_takes_what_the_server_decides(world: World):
    before = world.dump()["users"]
    seen = 0
    for key, operation in operations(create_app(house=world.house)).items():
        row = TABLE[key]
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        for name in REFUSED_FIELDS:
            body = {**(row.body or {}), name: 1}
            answer = world.send(key[0], path_of(key), "admin", body)
            assert answer.status_code == 422, (key, name, answer.text)
            assert name in [error["field"] for error in answer.json()["errors"]], (key, name)
            seen += 1
    assert seen >= 9 * len(REFUSED_FIELDS)
    assert world.dump()["users"] == before


def test_a_cookie_changes_nothing_without_the_pages_word(world: World):
    token, word = world.token("admin", "cookie")
    before = world.dump()
    for key, row in TABLE.items():
        if key[0] == "GET" or row.needs == "open":
            continue
        for wrong in ({}, {"x-csrf-token": "x"}, {"origin": "https://evil.example"}):
            headers = {"cookie": f"glossator={token}; glossator_csrf={word}", **wrong}
            answer = world.send(key[0], path_of(key), "", row.body, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (403, "csrf"), key
    assert world.dump() == before
    good = {"cookie": f"glossator={token}", "x-csrf-token": word}
    assert world.send("POST", "/api/auth/logout", "", headers=good).status_code == 204


def test_no_get_changes_anything(world: World):
    """Not even when a login was last used, for ten minutes."""
    headers = {caller: world.header(caller) for caller in CALLERS}
    before = world.dump()
    paths = [path_of(key) for key in TABLE if key[0] == "GET"]
    wanted = {path_of(key): row.status for key, row in TABLE.items()}
    assert len(paths) >= 9
    for path in (*paths, "/", "/b/robots/part-1/sensors", "/openapi.json"):
        for caller in CALLERS:
            for method in ("GET", "HEAD"):
                answer = world.send(method, path, caller, headers=headers[caller])
                assert answer.status_code in (200, 401, 403, wanted.get(path)), (path, caller)
    assert world.dump() == before
