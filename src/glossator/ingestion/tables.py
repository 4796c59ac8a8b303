"""Tables of ingestion: jobs that bring books in over HTTP, and new texts of known documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table
from glossator.library.tables import Vectors, now


class BookJob(Table):
    """A book that was sent: what it is made from, and how far that is.

    `files` lists [path in the store, name within the book]; they go when the job ends. The
    columns from `status` on mean what they mean for `documents`.
    """

    __tablename__ = "book_jobs"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    book_id: Mapped[str] = mapped_column(Text, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    title: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    visibility: Mapped[str | None] = mapped_column(Text)
    replaces: Mapped[bool]
    files: Mapped[list[list[str]]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(Text, index=True)
    error: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[list[str]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DocumentDraft(Table):
    """An upload's new text, kept aside until all of its vectors are there.

    `source` is what was read, see `handover.document_to_json`; `fingerprint` as a document's.
    """

    __tablename__ = "document_drafts"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    fingerprint: Mapped[str] = mapped_column(Text)
    source: Mapped[dict[str, Any]] = mapped_column(JSON)


class DraftEmbedding(Vectors, Table):
    """The vectors of a chunk that will be there when its document's draft takes over."""

    __tablename__ = "draft_embeddings"

    chunk_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("document_drafts.document_id", ondelete="CASCADE"), index=True
    )
