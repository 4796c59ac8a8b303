"""The documents of one user: told whole, and forgotten when the user leaves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from glossator.ingestion.documents import Documents
from glossator.library import access
from glossator.library.tables import Collection, Document
from glossator.library.uploads import document_object

# Where documents lie that are on their way out and belong to nobody any more.
_ERASED = "erased"


class PersonalDocuments:
    """What the room keeps of a user, as `accounts.personal.Keeper` wants it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def export(self, session: Session, user_id: int) -> list[dict[str, Any]]:
        """All documents of a user with their texts; the files are at their `raw_url`."""
        rows = session.scalars(
            select(Document)
            .where(Document.user_id == user_id, Document.deleted_at.is_(None))
            .order_by(Document.created_at, Document.id)
        )
        return [{**document_object(row, 0), "text": row.text} for row in rows]

    def forget(self, session: Session, user_id: int) -> None:
        """Remove a user's documents; only the files are left to the job that erases."""
        # All of them before their collection, in one order: whoever processes one has its row first
        # and the collection's afterwards, and each would wait for the other.
        rows = session.scalars(
            select(Document)
            .where(Document.user_id == user_id)
            .order_by(Document.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        if rows:
            session.execute(
                text(
                    "INSERT INTO collections (id, version) VALUES (:id, 0) ON CONFLICT DO NOTHING"
                ),
                {"id": _ERASED},
            )
        for row in rows:
            self._documents.bury(session, row)
            self._documents.empty(session, row.id)
            row.user_id, row.collection_id = None, _ERASED
            row.title = row.text = row.source_path = ""
            row.filename, row.headings, row.notes, row.error = None, [], None, None
        session.flush()
        own = access.user_collection(user_id)
        session.execute(delete(Collection).where(Collection.id == own))
