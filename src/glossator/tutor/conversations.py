"""Chat sessions and messages: whose they are, what is kept, what is shown."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Select, Table, Text, bindparam, delete, func, insert, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.foundation.errors import NotFound, Unauthorized, UnknownReference
from glossator.foundation.web import moment
from glossator.gateways.chat import Turn
from glossator.tutor.tables import ChatMessage, ChatSession

_Row = TypeVar("_Row")

_SESSION = cast("Table", ChatSession.__table__)
# Built once and over tables, as in usage/budget.py.
_GOES_ON = (
    update(_SESSION)
    .where(_SESSION.c.id == bindparam("session"))
    .values(updated_at=bindparam("at"))
    .returning(_SESSION.c.id)
)
_BEGIN = insert(_SESSION)
_SAY = insert(cast("Table", ChatMessage.__table__))
_TITLE = 60
# Of a session so many messages are remembered.
REMEMBERED = 3
_TURN = 1_200
_NUMBERS = re.compile(r" ?\[\d{1,2}\]")
_ID = re.compile(r"[A-Za-z0-9_-]{24}")
# So few different ones in 24 are no chance's work.
_FEWEST_CHARACTERS = 11
_WORDS = "There is no session or message with this id."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is: a user, or whoever holds a guest's key."""

    user_id: int | None = None
    guest_key: str | None = None

    @property
    def guest_hash(self) -> str | None:
        """What is kept of the key; whoever reads the database can't use it."""
        if self.user_id is not None or not self.guest_key:
            return None
        return hashlib.sha256(self.guest_key.encode("utf-8", "replace")).hexdigest()

    def owns(self, session: ChatSession) -> bool:
        """Whether a session is this owner's."""
        if session.user_id is not None or self.user_id is not None:
            return session.user_id == self.user_id
        mine, theirs = self.guest_hash, session.guest_hash
        return bool(mine and theirs) and hmac.compare_digest(mine or "", theirs or "")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier message, as a follow-up needs it: what was asked, searched for and answered."""

    question: str
    standalone: str
    answer: str
    sections: tuple[str, ...]


def new_id() -> str:
    """An unguessable id of a session, a message or a guest."""
    return secrets.token_urlsafe(18)


def is_id(text: str) -> bool:
    """Whether it has the form of an id of ours: 144 random bits, not something one made up."""
    return bool(_ID.fullmatch(text)) and len(set(text)) >= _FEWEST_CHARACTERS


def title_of(question: str) -> str:
    """A session's title: its first question, cut at a word."""
    line = " ".join(question.split())
    if len(line) <= _TITLE:
        return line
    cut = line.rfind(" ", _TITLE // 2, _TITLE)
    return line[: cut if cut > 0 else _TITLE] + "\u2026"


def turns(earlier: Sequence[Past]) -> tuple[Turn, ...]:
    """Earlier messages as a model gets them: cut, and without the numbers of their sources."""
    return tuple(
        Turn(past.question, _NUMBERS.sub("", past.answer)[:_TURN].strip()) for past in earlier
    )


def mine(db: Session, owner: Owner, session_id: str) -> ChatSession:
    """A session of the owner's; raises `NotFound`, the same for one that isn't there."""
    row = db.get(ChatSession, session_id) if "\x00" not in session_id else None
    if row is None or not owner.owns(row):
        raise NotFound(_WORDS)
    return row


def named(db: Session, owner: Owner, session_id: str) -> ChatSession:
    """As `mine`, for an id in a body: raises `UnknownReference`."""
    try:
        return mine(db, owner, session_id)
    except NotFound:
        raise UnknownReference(_WORDS) from None


def exists(db: Session, owner: Owner, session_id: str) -> bool:
    """Whether the owner has this session."""
    row = db.get(ChatSession, session_id)
    return row is not None and owner.owns(row)


def past(db: Session, session_id: str) -> list[Past]:
    """The last few messages of a session, oldest first."""
    rows = db.scalars(
        select(ChatMessage)
        .where(ChatMessage.session_id == session_id)
        .order_by(ChatMessage.asked_at.desc(), ChatMessage.id)
        .limit(REMEMBERED)
    ).all()
    return [
        Past(
            row.question,
            row.standalone,
            str(row.answer.get("answer", "")),
            tuple(str(source.get("section", "")) for source in row.answer.get("sources", ())),
        )
        for row in reversed(rows)
    ]


def keep(
    db: Session,
    owner: Owner,
    *,
    session_id: str,
    message_id: str,
    question: str,
    standalone: str,
    selected_text: str | None,
    answer: dict[str, Any],
    at: datetime,
    begins: bool,
    asked_from: str | None = None,
) -> None:
    """Save a message, the first of its session where that `begins` with it.

    A session or a user who was deleted while the question was answered stays deleted.
    """
    if owner.user_id is not None:
        try:
            people.hold(db, owner.user_id)
        except Unauthorized:
            return
    there = db.execute(_GOES_ON, {"session": session_id, "at": at}).one_or_none()
    if there is None and not begins:
        return
    if there is None:
        row = {
            "id": session_id,
            "user_id": owner.user_id,
            "guest_hash": owner.guest_hash,
            "title": title_of(question),
            "created_at": at,
            "updated_at": at,
        }
        db.execute(_BEGIN, row)
    said = {
        "id": message_id,
        "session_id": session_id,
        "question": question,
        "standalone": standalone,
        "selected_text": selected_text,
        "answer": answer,
        "mode": answer["mode"],
        "confidence": answer["confidence"],
        "asked_at": at,
        "asked_from": asked_from,
    }
    db.execute(_SAY, said)


def sessions(db: Session, owner: Owner, *, page: int, size: int) -> tuple[list[ChatSession], int]:
    """The owner's sessions, the last used first, and how many there are."""
    if owner.user_id is not None:
        whose = ChatSession.user_id == owner.user_id
    else:
        whose = ChatSession.user_id.is_(None) & (ChatSession.guest_hash == owner.guest_hash)
    own = select(ChatSession).where(whose)
    ordered = own.order_by(ChatSession.updated_at.desc(), ChatSession.id)
    return _page(db, ordered, page, size), _count(db, own)


def messages(
    db: Session, session_id: str, *, page: int, size: int
) -> tuple[list[ChatMessage], int]:
    """A session's messages in the order they were asked, and how many there are."""
    own = select(ChatMessage).where(ChatMessage.session_id == session_id)
    ordered = own.order_by(ChatMessage.asked_at, ChatMessage.id)
    return _page(db, ordered, page, size), _count(db, own)


def message(db: Session, owner: Owner, message_id: str) -> ChatMessage:
    """A message in a session of the owner's; raises `NotFound`."""
    row = db.get(ChatMessage, message_id) if "\x00" not in message_id else None
    if row is None:
        raise NotFound(_WORDS)
    mine(db, owner, row.session_id)
    return row


def quoting(db: Session, user_id: int, document_id: str) -> int:
    """How many of a user's answers quote a document."""
    said = (
        select(ChatMessage.answer)
        .join(ChatSession, ChatSession.id == ChatMessage.session_id)
        .where(
            ChatSession.user_id == user_id,
            # The few that name it at all; the passages nearest to a refusal do so too.
            sql_cast(ChatMessage.answer, Text).contains(document_id, autoescape=True),
        )
    )
    return sum(
        any(source.get("document_id") == document_id for source in answer.get("sources", ()))
        for answer in db.scalars(said)
    )


def forget_old(db: Session, before: datetime) -> int:
    """Remove messages from before a moment, and sessions last used before it; how many of both."""
    said = delete(ChatMessage).where(ChatMessage.asked_at < before).returning(ChatMessage.id)
    old = delete(ChatSession).where(ChatSession.updated_at < before).returning(ChatSession.id)
    return len(db.execute(said).all()) + len(db.execute(old).all())


def export(db: Session, user_id: int) -> list[dict[str, Any]]:
    """All sessions of a user with all their messages."""
    rows = db.scalars(
        select(ChatSession).where(ChatSession.user_id == user_id).order_by(ChatSession.created_at)
    ).all()
    return [
        {
            **session_object(row),
            "messages": [
                {**message_object(said), "asked_from": said.asked_from}
                for said in db.scalars(
                    select(ChatMessage)
                    .where(ChatMessage.session_id == row.id)
                    .order_by(ChatMessage.asked_at, ChatMessage.id)
                )
            ],
        }
        for row in rows
    ]


def forget(db: Session, user_id: int) -> None:
    """Remove a user's sessions and messages."""
    own = select(ChatSession.id).where(ChatSession.user_id == user_id)
    db.execute(delete(ChatMessage).where(ChatMessage.session_id.in_(own)))
    db.execute(delete(ChatSession).where(ChatSession.user_id == user_id))


def session_object(row: ChatSession) -> dict[str, Any]:
    """A session as the API shows it."""
    return {
        "session_id": row.id,
        "title": row.title,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def message_object(row: ChatMessage) -> dict[str, Any]:
    """A message as the API shows it: the question beside its whole answer."""
    return {
        **row.answer,
        "message_id": row.id,
        "session_id": row.session_id,
        "question": row.question,
        "selected_text": row.selected_text,
        "asked_at": moment(row.asked_at),
        "rating": row.rating,
        "comment": row.comment,
    }


def as_markdown(session: ChatSession, rows: Sequence[ChatMessage]) -> str:
    """A conversation to keep: questions as headings, quotes with their places below."""
    parts = [f"# {session.title}"]
    for row in rows:
        parts.append(f"## {' '.join(row.question.split())}")
        parts.append(str(row.answer.get("answer", "")))
        for number, source in enumerate(row.answer.get("sources", ()), 1):
            quote = " ".join(str(source.get("quote", "")).split())
            place = f"{source.get('title')}, {source.get('section')}"
            parts.append(f"[{number}] {place}: \u201c{quote}\u201d")
    return "\n\n".join(parts) + "\n"


def _page(db: Session, query: Select[_Row], page: int, size: int) -> list[_Row]:
    return list(db.scalars(query.offset((page - 1) * size).limit(size)).all())


def _count(db: Session, query: Select[_Row]) -> int:
    return db.scalar(select(func.count()).select_from(query.subquery())) or 0
