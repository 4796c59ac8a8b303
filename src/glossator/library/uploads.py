"""Users' own documents in the database; callers have already been allowed to see them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from glossator.foundation.web import moment
from glossator.library import access
from glossator.library.tables import Collection, Document, DocumentChunk, now


class Status(StrEnum):
    """Where a document is; the first three are unfinished."""

    QUEUED = "queued"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    READY = "ready"
    FAILED = "failed"


UNFINISHED = (Status.QUEUED, Status.PARSING, Status.EMBEDDING)

# What a list may be sorted by; a dash before the name turns it round.
SORTS = {
    "created_at": Document.created_at,
    "title": func.lower(Document.title),
    "filename": func.lower(Document.filename),
    "size": Document.size,
    "status": Document.status,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was judged and stored: what a new document's row says of it."""

    id: str
    user_id: int
    filename: str
    format: str
    media_type: str
    size: int
    checksum: str
    raw_path: str


def same_file(session: Session, user_id: int, checksum: str) -> Document | None:
    """The user's document that was made from the same bytes."""
    return session.scalar(
        select(Document).where(Document.user_id == user_id, Document.checksum == checksum)
    )


def used_bytes(session: Session, user_id: int) -> int:
    """What a user's files take: those that are there, and those that are just arriving."""
    there = Document.deleted_at.is_(None) | (Document.deleted_at > now())
    total = select(func.coalesce(func.sum(Document.size), 0)).where(
        Document.user_id == user_id, there
    )
    return int(session.scalar(total) or 0)


def lock(session: Session, user_id: int) -> None:
    """Make a user's collection where it isn't there, and let nobody else count or add until
    the transaction ends.
    """
    collection = access.user_collection(user_id)
    # Not from 0: see `books.put`. Two requests of a new user may be here at once.
    session.execute(
        text("INSERT INTO collections (id, version) VALUES (:id, :version) ON CONFLICT DO NOTHING"),
        {"id": collection, "version": secrets.randbelow(1_000_000_000)},
    )
    session.execute(select(Collection.id).where(Collection.id == collection).with_for_update())


def create(session: Session, upload: Upload, title: str, *, until: datetime) -> Document:
    """A new document that nobody sees, as if it were deleted at `until`: its file isn't there yet.

    The checksum comes with the file too: only then is the document the one copy of it.
    """
    lock(session, upload.user_id)
    row = Document(
        id=upload.id,
        collection_id=access.user_collection(upload.user_id),
        user_id=upload.user_id,
        filename=upload.filename,
        format=upload.format,
        media_type=upload.media_type,
        size=upload.size,
        deleted_at=until,
        raw_path=upload.raw_path,
        title=title,
        language="en",
        position=0,
        part=[],
        url_path="",
        source_path="",
        text="",
        headings=[],
        words=0,
        fingerprint="",
        status=Status.QUEUED,
    )
    session.add(row)
    session.flush()
    return row


def listed(
    session: Session,
    own: ColumnElement[bool],
    *,
    page: int,
    page_size: int,
    status: str | None = None,
    words: str | None = None,
    sort: str = "-created_at",
) -> tuple[Sequence[Document], int]:
    """A page of documents, and how many there are in all."""
    wanted = own
    if status is not None:
        wanted &= Document.status == status
    if words:
        pattern = "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wanted &= func.lower(Document.title + " " + Document.filename).like(
            f"{pattern}%", escape="\\"
        )
    key = SORTS[sort.removeprefix("-")]
    order = key.desc() if sort.startswith("-") else key.asc()
    rows = session.scalars(
        select(Document)
        .where(wanted)
        .order_by(order, Document.id)
        .offset((page - 1) * page_size)
        .limit(page_size)
    ).all()
    return rows, session.scalar(select(func.count()).where(wanted)) or 0


def unfinished(session: Session) -> int:
    """How many documents of all users wait or are being processed."""
    counted = select(func.count()).where(
        Document.status.in_(UNFINISHED), Document.user_id.is_not(None)
    )
    return session.scalar(counted) or 0


def owners(session: Session) -> Sequence[int]:
    """The users who have documents."""
    found = select(Document.user_id).where(Document.user_id.is_not(None)).distinct()
    return [user for user in session.scalars(found.order_by(Document.user_id)) if user is not None]


def chunk_counts(session: Session, documents: Sequence[str]) -> dict[str, int]:
    """How many chunks of each document are searchable by now."""
    rows = session.execute(
        select(DocumentChunk.document_id, func.count())
        .where(DocumentChunk.document_id.in_(documents))
        .group_by(DocumentChunk.document_id)
    )
    return dict(rows.all())


def pages_reached(session: Session, documents: Sequence[str]) -> dict[str, int]:
    """The last page of each document that has something searchable on it."""
    rows = session.execute(
        select(DocumentChunk.document_id, func.max(DocumentChunk.page))
        .where(DocumentChunk.document_id.in_(documents), DocumentChunk.page.is_not(None))
        .group_by(DocumentChunk.document_id)
    )
    return {document: page for document, page in rows if page is not None}


def shown(session: Session, rows: Sequence[Document]) -> list[dict[str, Any]]:
    """Uploads as the API shows them."""
    ids = [row.id for row in rows]
    counts, reached = chunk_counts(session, ids), pages_reached(session, ids)
    return [document_object(row, counts.get(row.id, 0), reached.get(row.id, 0)) for row in rows]


def document_object(row: Document, chunks: int, reached: int = 0) -> dict[str, Any]:
    """An upload as the API shows it; `reached` is the last page that has a chunk."""
    return {
        "document_id": row.id,
        "title": row.title,
        "filename": row.filename,
        "format": row.format,
        "media_type": row.media_type,
        "size": row.size,
        "checksum": row.checksum,
        "status": row.status,
        "error": row.error,
        "reason": row.reason,
        "notes": row.notes or [],
        "progress": _progress(row),
        "language": row.language,
        "words": row.words,
        "chunk_count": chunks,
        "pages": row.pages,
        "pages_searchable": _searchable(row, reached),
        "created_at": moment(row.created_at),
        "last_processed_at": row.last_processed_at and moment(row.last_processed_at),
        "raw_url": f"/api/docs/{row.id}/raw",
    }


def _searchable(row: Document, reached: int) -> int | None:
    """How many pages can be asked as a whole; None where the format has none, or none are known."""
    if row.pages is None:
        return None
    # Chunks come in the order of the text: of the last page there may be more to come.
    return row.pages if row.status == Status.READY else max(0, reached - 1)


def _progress(row: Document) -> dict[str, Any]:
    """How far the step in hand is: pages, slides or parts while it is read, then chunks."""
    reading = row.status in (Status.QUEUED, Status.PARSING)
    unit = {"pptx": "slides", "epub": "parts"}.get(row.format or "", "pages")
    return {
        "stage": row.status,
        "done": row.progress_done,
        "total": row.progress_total,
        "unit": unit if reading else "chunks",
    }
