"""Tables of adapted parts, and of runs that are making a chapter's form just now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


class AdaptedPart(Table):
    """A part of a chapter that was made and checked; `key` says from what and how.

    `made` has [text, addition, reason] for each unit, the text None where none was good.
    `tries` counts the runs that failed on it; a part with failures is tried again later.
    """

    __tablename__ = "adapted_parts"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True, index=True)
    form: Mapped[str] = mapped_column(Text)
    made: Mapped[list[list[str | None]]] = mapped_column(JSON)
    model: Mapped[str] = mapped_column(Text)
    tries: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AdaptationRun(Table):
    """Who is making a form of a chapter, until when that is believed, and how far it has come."""

    __tablename__ = "adaptation_runs"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    claim: Mapped[str] = mapped_column(Text)
    lease_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done: Mapped[int]
    total: Mapped[int]
