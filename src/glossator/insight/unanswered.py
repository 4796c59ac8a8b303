"""Questions without a good answer, as they are kept: refused, only near passages, or rated down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from glossator.accounts.tables import Account
from glossator.tutor.answers import Mode
from glossator.tutor.tables import ChatMessage, ChatSession

Kind = Literal["refused", "closest", "rated_down"]
Whose = Literal["all", "members", "off"]
# Looked at for one report: the newest.
MOST = 5_000
_KINDS: Mapping[str, Kind] = {Mode.REFUSED.value: "refused", Mode.CLOSEST.value: "closest"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `sought` is it as it was searched for, with what a follow-up leans on.

    `near` are the passages that came closest, or were cited, the first one first. `asker` tells
    two people apart and says nothing else of them.
    """

    question: str
    sought: str
    kind: Kind
    near: tuple[Mapping[str, Any], ...]
    asked_from: str | None
    asked_at: datetime
    asker: str

    @property
    def place(self) -> Mapping[str, Any]:
        """The passage that came closest."""
        return self.near[0]


def unanswered(
    session: Session, books: Collection[str], since: datetime, whose: Whose
) -> list[Asked]:
    """Those about the books since a moment, the newest first.

    A question with a passage of somebody's own document, or of a book that isn't among these, is
    left out; so are those of users who keep theirs back.
    """
    if whose == "off":
        return []
    wanted = (
        select(ChatMessage, ChatSession.user_id, ChatSession.guest_hash)
        .join(ChatSession, ChatSession.id == ChatMessage.session_id)
        .outerjoin(Account, Account.id == ChatSession.user_id)
        .where(
            ChatMessage.asked_at >= since,
            or_(ChatMessage.mode.in_(_KINDS), ChatMessage.rating == "down"),
            or_(ChatSession.user_id.is_(None), Account.questions_told),
        )
    )
    if whose == "members":
        wanted = wanted.where(ChatSession.user_id.is_not(None))
    rows = session.execute(wanted.order_by(ChatMessage.asked_at.desc()).limit(MOST))
    found = []
    for row, user_id, guest in rows:
        near = (*(row.answer.get("nearest") or ()), *(row.answer.get("sources") or ()))
        if near and all(each.get("book_id") in books for each in near):
            asker = f"u{user_id}" if user_id is not None else f"g{guest or row.session_id}"
            found.append(
                Asked(
                    row.question,
                    row.standalone,
                    _KINDS.get(row.mode, "rated_down"),
                    near,
                    row.asked_from,
                    row.asked_at,
                    asker,
                )
            )
    return found
