"""Chapters in another form: retold or translated, with their alignment to the original.

They are made by another room and kept here, so that whoever reads a chapter, or cites one, finds
its forms beside it. A form belongs to one state of its original; `made_from` tells which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Float, ForeignKey, Index, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, undefer

from glossator.foundation.database import Table
from glossator.foundation.errors import NotFound
from glossator.library import books
from glossator.library.content import Block, BlockKind
from glossator.library.tables import Document, now


class State(StrEnum):
    """What a block of a form is.

    `kept` was never to be changed (a listing, a formula); `original` should have been and stayed,
    because nothing good came back; `added` doesn't stand in the original at all.
    """

    ADAPTED = "adapted"
    KEPT = "kept"
    ORIGINAL = "original"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Aligned:
    """A block of a form: its place in the form's content, and in the original's text."""

    block_id: str
    kind: BlockKind
    start: int
    end: int
    original_start: int
    original_end: int
    state: State


class ChapterVariant(Table):
    """A chapter's form: a translation (`language`), a retelling (`level` and `hardware`).

    What doesn't apply is empty. `blocks` is a list of `Aligned` as lists, `originals` one of
    {block_id, reason}. `recipe` is what it was made by, besides the text.
    """

    __tablename__ = "chapter_variants"
    __table_args__ = (
        Index(
            "uq_chapter_variants_form",
            "document_id", "language", "level", "hardware", unique=True,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    hardware: Mapped[str] = mapped_column(Text)
    made_from: Mapped[str] = mapped_column(Text)
    recipe: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text, deferred=True)
    blocks: Mapped[list[list[Any]]] = mapped_column(JSON, deferred=True)
    headings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, deferred=True)
    completeness: Mapped[float] = mapped_column(Float)
    originals: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


@dataclass(frozen=True, slots=True)
class Form:
    """Which form of a chapter is meant; what doesn't apply is empty."""

    language: str = ""
    level: str = ""
    hardware: str = ""


def mark(text: str, blocks: Sequence[Block]) -> str:
    """The fingerprint of the state of a chapter that a form is made from."""
    told = "\x00".join([text, *(f"{block.kind.value} {block.start}" for block in blocks)])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def find(session: Session, document: str, form: Form) -> ChapterVariant | None:
    """A form of a document, in whatever state of it; its texts are loaded with it."""
    wanted = select(ChapterVariant).where(
        ChapterVariant.document_id == document,
        ChapterVariant.language == form.language,
        ChapterVariant.level == form.level,
        ChapterVariant.hardware == form.hardware,
    )
    loaded = (ChapterVariant.content, ChapterVariant.blocks, ChapterVariant.headings)
    return session.scalar(wanted.options(*(undefer(column) for column in loaded)))


def current(session: Session, document: Document, form: Form) -> ChapterVariant:
    """The form of a document as it is now; raises `NotFound` where none is kept.

    `document` comes with its text. A form of an older state of it isn't shown.
    """
    known = books.possible(f"{form.language}{form.level}{form.hardware}")
    row = find(session, document.id, form) if known else None
    if row is None or row.made_from != mark(document.text, books.blocks(session, document.id)):
        raise NotFound(
            "This chapter isn't kept in this form. Have it made by POST /api/translate/chapter or "
            "/api/personalize/chapter."
        )
    return row


def among(
    session: Session, documents: Collection[str], chapter_id: str, form: Form
) -> ChapterVariant | None:
    """The form of a chapter that is one of these documents; None where it isn't kept as it is now.

    Its texts are loaded with it.
    """
    if not books.possible(f"{form.language}{form.level}{form.hardware}"):
        return None
    document = session.scalar(
        select(Document.id)
        .join(ChapterVariant, ChapterVariant.document_id == Document.id)
        .where(
            Document.id.in_(documents),
            Document.chapter_id == chapter_id,
            ChapterVariant.language == form.language,
            ChapterVariant.level == form.level,
            ChapterVariant.hardware == form.hardware,
        )
    )
    row = find(session, document, form) if document is not None else None
    if row is None or document is None:
        return None
    now = mark(books.text_of(session, document), books.blocks(session, document))
    return row if row.made_from == now else None


def keep(session: Session, row: ChapterVariant) -> None:
    """Put a form in the place of what was there."""
    form = Form(row.language, row.level, row.hardware)
    old = find(session, row.document_id, form)
    if old is not None:
        session.delete(old)
        session.flush()
    session.add(row)
    session.flush()


def prepared(session: Session, book_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """In which forms how many chapters of each book are kept, also those of an older state."""
    form = (ChapterVariant.language, ChapterVariant.level, ChapterVariant.hardware)
    rows = session.execute(
        select(Document.book_id, *form, func.count().label("chapters"))
        .join(Document, ChapterVariant.document_id == Document.id)
        .where(Document.book_id.in_(book_ids))
        .group_by(Document.book_id, *form)
        .order_by(Document.book_id, *form)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told = {"language": row.language, "level": row.level, "hardware": row.hardware}
        found.setdefault(row.book_id or "", []).append({**told, "chapters": row.chapters})
    return found


def aligned(row: ChapterVariant) -> tuple[Aligned, ...]:
    """A form's blocks."""
    return tuple(
        Aligned(name, BlockKind(kind), start, end, first, last, State(state))
        for name, kind, start, end, first, last, state in row.blocks
    )


def stored(blocks: Sequence[Aligned]) -> list[list[Any]]:
    """Blocks as a row keeps them."""
    return [
        [b.block_id, b.kind.value, b.start, b.end, b.original_start, b.original_end, b.state.value]
        for b in blocks
    ]


def place(blocks: Sequence[Aligned], start: int, end: int) -> tuple[int, int] | None:
    """Where a stretch of the original stands in a form: the blocks that hold it.

    The same letters in blocks that stayed as they were; None where no block holds any of it.
    """
    return _across([b for b in blocks if b.state is not State.ADDED], start, end)


def origin(blocks: Sequence[Aligned], start: int, end: int) -> tuple[int, int] | None:
    """Where a stretch of a form comes from: as `place`, the other way.

    What was added comes from the block that it explains.
    """
    turned = [
        replace(
            block,
            start=block.original_start,
            end=block.original_end,
            original_start=block.start,
            original_end=block.end,
        )
        for block in blocks
    ]
    return _across(turned, start, end)


def _across(blocks: Sequence[Aligned], start: int, end: int) -> tuple[int, int] | None:
    touched = [b for b in blocks if b.original_start < end and b.original_end > start]
    if not touched:
        return None
    first, last = touched[0], touched[-1]
    if first is last and first.state in (State.KEPT, State.ORIGINAL):
        shift = first.start - first.original_start
        return max(start, first.original_start) + shift, min(end, first.original_end) + shift
    return first.start, last.end


def forget_old(session: Session, before: datetime) -> None:
    """Remove forms that were made from another state of their chapter, before a moment."""
    rows = session.execute(
        select(ChapterVariant.id, ChapterVariant.document_id, ChapterVariant.made_from).where(
            ChapterVariant.made_at < before
        )
    )
    for row in rows.all():
        state = mark(
            books.text_of(session, row.document_id), books.blocks(session, row.document_id)
        )
        if state != row.made_from:
            session.execute(delete(ChapterVariant).where(ChapterVariant.id == row.id))
