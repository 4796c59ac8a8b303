"""How answers went, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from glossator.tutor.answers import Mode
from glossator.tutor.tables import ChatMessage


def shares(db: Session, since: datetime) -> dict[str, Any]:
    """How many questions since a moment were answered, refused, or answered with less."""
    degraded = ChatMessage.answer["degraded"].as_string()
    rows = db.execute(
        select(ChatMessage.mode, degraded.label("degraded"), func.count().label("n"))
        .where(ChatMessage.asked_at >= since)
        .group_by(ChatMessage.mode, degraded)
    ).all()
    modes = dict.fromkeys((mode.value for mode in Mode), 0)
    reasons: dict[str, int] = {}
    for mode, reason, n in rows:
        modes[mode] = modes.get(mode, 0) + n
        if reason and reason != "null":
            reasons[reason] = reasons.get(reason, 0) + n
    return {"questions": sum(modes.values()), "modes": modes, "degraded": reasons}
