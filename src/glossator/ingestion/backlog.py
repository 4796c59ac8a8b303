"""How much work waits, and for how long: of files, of books."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from glossator.foundation.database import in_utc
from glossator.ingestion.tables import BookJob
from glossator.library.tables import Document, now
from glossator.library.uploads import UNFINISHED

_OWN = Document.user_id.is_not(None) & Document.deleted_at.is_(None)


def waiting(session: Session) -> Mapping[tuple[str, str], int]:
    """How many documents and books are in each unfinished state; states without any too."""
    found = {(kind, str(status)): 0 for kind in ("document", "book") for status in UNFINISHED}
    files = (
        select(Document.status, func.count())
        .where(Document.status.in_(UNFINISHED), _OWN)
        .group_by(Document.status)
    )
    books = (
        select(BookJob.status, func.count())
        .where(BookJob.status.in_(UNFINISHED))
        .group_by(BookJob.status)
    )
    found |= {("document", status): count for status, count in session.execute(files)}
    return found | {("book", status): count for status, count in session.execute(books)}


def oldest_seconds(session: Session) -> Mapping[str, float]:
    """How long the oldest unfinished one waits, by kind; 0 where none does.

    Documents that are processed anew don't count: when that was asked for isn't kept.
    """
    files = select(func.min(Document.created_at)).where(
        Document.status.in_(UNFINISHED), Document.last_processed_at.is_(None), _OWN
    )
    books = select(func.min(BookJob.created_at)).where(BookJob.status.in_(UNFINISHED))
    found = {}
    for kind, query in (("document", files), ("book", books)):
        first = session.scalar(query)
        found[kind] = max(0.0, (now() - in_utc(first)).total_seconds()) if first else 0.0
    return found
