"""A server with somebody's things in it, and everybody who might walk by: callers by name."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from httpx2 import Response
from sqlalchemy import func, inspect, select, text
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer
from glossator.accounts import passwords, people
from glossator.accounts.people import Role
from glossator.accounts.tables import Account
from glossator.accounts.tokens import Kind
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.ingestion.sources import Picture
from glossator.ingestion.tables import BookJob
from glossator.insight.tables import Mistake
from glossator.library.tables import Book, Document
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import ChatSession, now
from glossator.wiring import House, accounts, build
from house_tools import made_settings
from issuer_tools import KeyServer, ed_signer, key_server
from quick_client import QuickClient
from small_books import book

# Those with a role of their own here, the lowest first.
CALLERS = ("guest", "user", "author", "admin")
# Everybody with things of their own, then those whose word is good for little or nothing: a login
# that has ended, somebody who was shut out, and a site's widget for a guest and for a user.
OWNERS = (*CALLERS, "external")
PRINCIPALS = (*OWNERS, "ended", "shut-out", "widget", "widget-user")

# What a stranger must never see. Ada is another user; nobody is shown the hidden book, and guests
# not the one for members, whose names are the hidden one's with another animal.
HIDDEN_WORD, MEMBERS_WORD, NOWHERE = "wombat", "koala", "nowhere"
SITE = "https://robots.example"
HIDDEN = {"book": "wombat-book", "chapter": "wombat-chapter", "mistake": "wombat-mistake"}
# In the book that everybody reads and in the hidden one.
DRAWN = Picture("a.gif", "image/gif", b"GIF89a\x01\0\x01\0", 1, 1)
PEOPLE = ("ada.platypus", "platypus", "echidna")
SECRETS = [HIDDEN_WORD, *PEOPLE]
GUEST_KEY = "Wa1k3r-of_the-Pl4typus_2"
QUESTION = "What is a lidar?"
EMU = "# Emu\n\nAn emu."

# Whatever a server is told to keep to itself, each with a mark of its own.
CANARIES = {
    name: f"canary-{name.replace('_', '-')}-8d1f0c2b7a9e4f6053"
    for name in ("secret_key", "openai_api_key", "anthropic_api_key", "openrouter_api_key",
                 "gemini_api_key", "vectors_key")
}  # fmt: skip
RULES = "canary-rules-8d1f0c"
# Requests after which a caller's token, or the caller, is no more.
_ENDS = ("/api/auth/logout", "/api/auth/logout-everywhere", "/api/auth/password")


class World:
    """A server with Ada's things in it, and whoever walks about."""

    def __init__(self, client: QuickClient, house: House, issuer: KeyServer) -> None:
        self.client, self.house, self._issuer = client, house, issuer
        self._accounts = accounts(house)
        self._hashed = house.passwords.hash_now(PASSWORD)
        self._sent = self._visitors = 0
        self._headers: dict[str, dict[str, str]] = {}
        self._logins: list[str] = []
        self.tokens: list[str] = []
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
        house.pipeline.add_book(book({"emu": EMU}, title="Emus"), "spare")
        for caller in (*OWNERS, "ada"):
            self.header(caller)
            self.conversation(caller)
            self.upload(caller)
        self.agreement = self.agreed("ada")
        self.told(HIDDEN["mistake"], HIDDEN["book"], HIDDEN["chapter"])
        self.send("PUT", "/api/books/spare", "admin", {"files": EMU})
        self.settle()
        self._secrets = [*SECRETS, self.document, self._hashed, RULES, *CANARIES.values()]

    def settle(self) -> None:
        """Wait until no job is left."""
        for _ in range(600):
            with self.house.database.reading() as session:
                busy = sum(
                    session.scalar(
                        select(func.count())
                        .select_from(table)
                        .where(table.status.not_in(("ready", "failed")))
                    )
                    or 0
                    for table in (Document, BookJob)
                )
            if not busy:
                return
            time.sleep(0.02)
        raise AssertionError("The jobs didn't come to an end.")

    def upload(self, caller: str) -> str:
        """The id of a document of a caller's own, made where it isn't there."""
        number = self._number(caller)
        if number is None:
            return NOWHERE
        name = "Echidna wombat" if caller == "ada" else "Own"
        with self.house.database.reading() as session:
            found = session.scalar(
                select(Document.id).where(
                    Document.user_id == number, Document.filename == f"{name}.md",
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
        if caller not in OWNERS:
            return NOWHERE
        name = f"doomed-{caller}"
        with self.house.database.reading() as session:
            there = session.get(Book, name)
        if there is None:
            self.house.pipeline.add_book(book({"emu": EMU}), name)
        return name

    def conversation(self, caller: str) -> str:
        """The id of a chat session of a caller's, made where it isn't there."""
        if caller not in (*OWNERS, "ada"):
            return NOWHERE
        number = self._number(caller)
        # One who left and came back is somebody else.
        name = "platypus-session" if caller == "ada" else f"session-{caller}-{number}"
        with self.house.database.reading() as session:
            if session.get(ChatSession, name) is not None:
                return name
        with self.house.database.writing() as session:
            owner = Owner(number, GUEST_KEY if caller == "guest" else None)
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
        if self._number(caller) is None:
            return NOWHERE
        body = {"book_id": "robots", "origin": SITE}
        self.send("POST", "/api/widget/agreements", caller, body)
        found = self.send("GET", "/api/widget/agreements", caller).json()["items"]
        return str(found[0]["agreement_id"])

    def told(self, name: str, book_id: str = "robots", chapter: str = "part-1/control") -> str:
        """The id of a mistake in a book that Ada told of."""
        ada = self._number("ada")
        assert ada is not None
        with self.house.database.writing() as session:
            session.add(
                Mistake(
                    id=name, user_id=ada, book_id=book_id, chapter_id=chapter, block_id="b",
                    words="A lidar", comment="No.", told_at=now(),
                )
            )  # fmt: skip
        return name

    def mistake(self, caller: str) -> str:
        """The id of a new mistake in a book that everybody reads."""
        return self.told(f"mistake-{self._sent}") if caller else NOWHERE

    def secrets(self, caller: str) -> list[str]:
        """What only Ada may see, the names of her logins too; and what guests may not."""
        found = [*self._secrets, *self._logins]
        return [*found, MEMBERS_WORD, self.members_document] if caller == "guest" else found

    def token(self, caller: str, kind: Kind) -> tuple[str, str]:
        """A new login's token and its word; the account is made where it is gone."""
        with self.house.database.writing() as session:
            account = people.find(session, _address(caller)) or people.create(
                session, email=_address(caller), password_hash=self._hashed,
                name="Echidna" if caller == "ada" else caller,
                role=cast("Role", caller if caller in ("author", "admin") else "user"),
            )  # fmt: skip
            issued = self._accounts._issue(session, account.id, kind)
            if caller == "ada":
                self._logins.append(self._accounts.tokens.read(issued.token, kind).login_id)
        self.tokens.append(issued.token)
        return issued.token, issued.csrf

    def header(self, caller: str) -> dict[str, str]:
        """The header of a caller; the same one until the caller has ended it."""
        if caller == "guest":
            return {"x-glossator-guest": GUEST_KEY}
        if caller not in self._headers:
            self._headers[caller] = self._made_header(caller)
        return self._headers[caller]

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
        for placeholder, make in (
            ("{mine}", self.conversation),
            ("{own}", self.upload),
            ("{doomed}", self.doomed),
            ("{agreed}", self.agreed),
            ("{mistake}", self.mistake),
        ):
            if placeholder in path:
                path = path.replace(placeholder, make(caller))
        sent = dict(self.header(caller)) if headers is None else dict(headers)
        if path == "/api/widget/token":
            sent["origin"] = SITE
        if filled and "files" in filled:
            fields = {key: value for key, value in filled.items() if key != "files"}
            form = [("files", ("emu.md", filled["files"], "text/markdown"))]
            answer = self.client.request(method, path, data=fields, files=form, headers=sent)
        else:
            answer = self.client.request(method, path, json=filled, headers=sent)
        if answer.status_code == 202:
            self.settle()
        if answer.is_success and (path in _ENDS or (method, path) == ("DELETE", "/api/auth/me")):
            self._headers.pop(caller, None)
            # An agreement ends with the login that it was made by, or with the account.
            self._headers.pop("widget-user", None)
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

    def _number(self, caller: str) -> int | None:
        """The account's number, None for who has none."""
        if caller not in (*OWNERS, "ada") or caller == "guest":
            return None
        if caller == "external":
            headers = self.header(caller)
            return int(self.client.get("/api/auth/me", headers=headers).json()["id"])
        self.header(caller)
        with self.house.database.reading() as session:
            account = people.find(session, _address(caller))
        if account is None:
            # The caller has left, and comes back.
            self._headers.pop(caller, None)
            return self._number(caller)
        return account.id

    def _made_header(self, caller: str) -> dict[str, str]:
        if caller == "external":
            self._visitors += 1
            subject = f"visitor-{self._visitors}"
            email = f"{subject}@example.org"
            return bearer(ed_signer().token(self._issuer.url, sub=subject, email=email))
        if caller.startswith("widget"):
            path = "agreements" if caller == "widget-user" else "token"
            body = {"book_id": "robots", **({"origin": SITE} if caller == "widget-user" else {})}
            given = self.send("POST", f"/api/widget/{path}", "user", body)
            token = given.json()["token"]
            self.tokens.append(token)
            return {"authorization": f"Widget {token}", "origin": SITE}
        token = self.token(caller, "bearer")[0]
        if caller == "ended":
            self.client.post("/api/auth/logout", headers=bearer(token))
        if caller == "shut-out":
            with self.house.database.writing() as session:
                account = session.get_one(Account, people.get(session, _address(caller)).id)
                account.disabled_at = now()
        return bearer(token)


def _address(caller: str) -> str:
    return f"{'ada.platypus' if caller == 'ada' else caller}@example.org"


@contextmanager
def opened(folder: Path, url: str, embedder: Embedder) -> Iterator[World]:
    """A world over a database, whose every secret is a canary."""
    rules = folder / "rules.md"
    rules.write_text(RULES, "utf-8")
    # Passwords are hashed dozens of times here, and how well is shown elsewhere.
    with key_server() as issuer, patch.object(passwords, "MEMORY_KIB", 256):
        issuer.keys = [ed_signer().published()]
        settings = made_settings(
            folder, url, model="none", prompt_file=rules, questions_per_hour=10_000,
            signups_per_hour=10_000, issuers=json.dumps([issuer.setting("EdDSA")]), **CANARIES,
        )  # fmt: skip
        house = build(settings, embedder=embedder)
        with TestClient(create_app(house=house), raise_server_exceptions=False) as client:
            yield World(QuickClient(client), house, issuer)


@contextmanager
def logged(level: int = logging.INFO) -> Iterator[list[str]]:
    """Everything that is logged meanwhile, as it would be written."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.exc_text or record.exc_info or ''}")

    root = logging.getLogger()
    before, handler = root.level, Keeping()
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
