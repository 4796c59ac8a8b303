"""Tables of the library: collections, books, documents, blocks, chunks and their embeddings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Collection(Table):
    """What is searched together: one book (`book:<id>`) or one user's documents.

    `version` grows with every change of its chunks; caches of any process compare it.
    """

    __tablename__ = "collections"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Book(Table):
    """A book. `url` is the base address of the author's site, None where our reader serves it.

    `own_title` is one that a person gave it; the source's title doesn't overwrite that.
    """

    __tablename__ = "books"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"))
    title: Mapped[str] = mapped_column(Text)
    own_title: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(Text, default="public")
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class BookPicture(Table):
    """A picture of a book: `path` in its source, and `name`, made of its content, as it is served.

    `width` and `height` in pixels where the file tells them, `size` in bytes.
    """

    __tablename__ = "book_pictures"

    book_id: Mapped[str] = mapped_column(
        ForeignKey("books.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    size: Mapped[int]


class Document(Table):
    """A book's chapter (in one language), or a user's upload, with its canonical text.

    `fingerprint` covers everything that the stored rows were made from, so that an equal
    one means there is nothing to do. `headings` is a list of {text, depth, anchor, start}.
    A chapter has a `book_id`, an upload a `user_id`, and no document has both. What follows
    `last_processed_at` belongs to uploads: their raw file and the state of their processing.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index("uq_documents_chapter", "book_id", "chapter_id", "language", unique=True),
        Index("ix_documents_chapter_id", "chapter_id"),
        # One copy of a file per user; a document that is being deleted has no checksum any more.
        Index("uq_documents_upload", "user_id", "checksum", unique=True),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("collections.id"), index=True)
    book_id: Mapped[str | None] = mapped_column(ForeignKey("books.id"))
    chapter_id: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    depth: Mapped[int] = mapped_column(default=0)
    part: Mapped[list[str]] = mapped_column(JSON)
    url_path: Mapped[str] = mapped_column(Text)
    source_path: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, deferred=True)
    headings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, deferred=True)
    words: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, index=True)
    error: Mapped[str | None] = mapped_column(Text)
    # Why an upload failed, for programs: `password`, `scan` or `stopped`; None for all else.
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    last_processed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # As the user called it: shown, never used as a path.
    filename: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None] = mapped_column(BigInteger)
    checksum: Mapped[str | None] = mapped_column(Text)
    raw_path: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None]
    notes: Mapped[list[str] | None] = mapped_column(JSON)
    # Starts since the last step that came to its end; too many, and the document has failed.
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    progress_done: Mapped[int] = mapped_column(default=0, server_default="0")
    progress_total: Mapped[int] = mapped_column(default=0, server_default="0")
    # Who works on it, and until when that is believed without another sign of life.
    claim: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Not before this moment: after a failure that may pass.
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # A tombstone: nobody sees it any more, and what is left of it is on its way out.
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DocumentBlock(Table):
    """One block of a document, see `library.content.Block`."""

    __tablename__ = "document_blocks"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    block_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    start: Mapped[int]
    end: Mapped[int]
    language: Mapped[str | None] = mapped_column(Text)
    containers: Mapped[list[list[Any]]] = mapped_column(JSON)
    page: Mapped[int | None]


class DocumentChunk(Table):
    """A stretch of a document that search finds: `text` is the document's text[start:end].

    `id` is made from the document, the content's hash and which of equal ones it is, so the
    same book gives the same ids on every machine. `kind` is `prose`, `table`, `math` or
    `code`; code has no embedding.
    """

    __tablename__ = "document_chunks"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    collection_id: Mapped[str] = mapped_column(Text, index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    heading_path: Mapped[list[str]] = mapped_column(JSON)
    anchor: Mapped[str] = mapped_column(Text)
    page: Mapped[int | None]
    start: Mapped[int]
    end: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text, index=True)


class Vectors:
    """A chunk's vectors as columns.

    `vector` is float32 [dimensions]; `sentences` int8 [n, dimensions], each row scaled so
    that its largest component is 127 (a cosine needs no scale); `spans` int32 [n, 2], the
    sentences' places in the chunk's text; `tokens` int8 [m, 64], `token_ids`
    uint16 [m] and `token_sentences` uint8 [m] (which sentence a piece is of, 255 for the
    heading path). All little-endian, row by row.
    """

    vector: Mapped[bytes] = mapped_column(LargeBinary)
    sentences: Mapped[bytes] = mapped_column(LargeBinary)
    spans: Mapped[bytes] = mapped_column(LargeBinary)
    tokens: Mapped[bytes] = mapped_column(LargeBinary)
    token_ids: Mapped[bytes] = mapped_column(LargeBinary)
    token_sentences: Mapped[bytes] = mapped_column(LargeBinary)


class DocumentEmbedding(Vectors, Table):
    """A chunk's vectors, kept beside it: SQL is the truth, every index is a copy."""

    __tablename__ = "document_embeddings"

    chunk_id: Mapped[int] = mapped_column(
        ForeignKey("document_chunks.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(Text, primary_key=True)


class IndexEmbedder(Table):
    """The embedder that the library is indexed by, in one row whose `place` is `active`.

    `choice` is the setting that it was opened by; vectors of any other `model` are not looked at.
    """

    __tablename__ = "index_embedders"

    place: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    choice: Mapped[str] = mapped_column(Text)
    dimensions: Mapped[int]


class OutsideCopy(Table):
    """A copy of one embedder's vectors in an outside store.

    `state` is `active` (searched), `building` (being filled beside it) or `leaving`. Whoever holds
    the claim writes to it.
    """

    __tablename__ = "vector_copies"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    store: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    dimensions: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    claim: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CopiedCollection(Table):
    """The version of a collection that a copy holds; there before anything of it is copied.

    It outlives the collection until the copy has forgotten that too, so it refers to none.
    """

    __tablename__ = "vector_copy_collections"

    copy: Mapped[str] = mapped_column(
        ForeignKey("vector_copies.name", ondelete="CASCADE"), primary_key=True
    )
    collection: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int]
