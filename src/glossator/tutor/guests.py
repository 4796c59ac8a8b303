"""What a guest asked before they had an account, taken over into it."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import ChatMessage, ChatSession


def count(db: Session, guest: Owner) -> dict[str, int]:
    """How many sessions and questions belong to the holder of a guest's key."""
    if guest.guest_hash is None:
        return {"sessions": 0, "questions": 0}
    theirs = ChatSession.guest_hash == guest.guest_hash
    asked = select(func.count()).select_from(ChatMessage).join(ChatSession).where(theirs)
    return {
        "sessions": db.scalar(select(func.count()).select_from(ChatSession).where(theirs)) or 0,
        "questions": db.scalar(asked) or 0,
    }


def take_over(db: Session, guest: Owner, user_id: int) -> dict[str, int]:
    """Make a guest's sessions a user's, and say how many they were.

    The key opens none of them from then on. The questions count among those the user asked.
    Raises `Unauthorized` where the user has left.
    """
    people.hold(db, user_id)
    if guest.guest_hash is None:
        return {"sessions": 0, "questions": 0}
    # What is counted is what this statement has moved: of two at once, one moves it.
    moved = db.scalars(
        update(ChatSession)
        .where(ChatSession.guest_hash == guest.guest_hash, ChatSession.user_id.is_(None))
        .values(user_id=user_id, guest_hash=None)
        .returning(ChatSession.id)
    ).all()
    asked = select(func.count()).where(ChatMessage.session_id.in_(moved))
    questions = db.scalar(asked) or 0
    if questions:
        people.count_question(db, user_id, questions)
    return {"sessions": len(moved), "questions": questions}
