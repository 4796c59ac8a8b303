"""Found passages as the API and the command line show them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from glossator.library.links import document_address, quote_address
from glossator.library.tables import Book
from glossator.retrieval.ranking import FEATURES
from glossator.retrieval.service import Found


def result_object(session: Session, found: Found) -> dict[str, Any]:
    """A found passage as the API and the command line show it."""
    document, passage = found.document, found.ranked.passage
    book = session.get(Book, document.book_id) if document.book_id else None
    why = found.ranked.why
    return {
        "chapter_id": document.chapter_id,
        "document_id": None if document.chapter_id is not None else document.id,
        "book_id": document.book_id,
        "title": document.title,
        "section": " > ".join(passage.heading_path),
        "page": passage.page,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "similarity": found.similarity,
        "url": document_address(document.id, passage.page)
        if document.book_id is None
        else quote_address(
            book_url=book.url if book else None,
            book_id=document.book_id or "",
            chapter_id=document.chapter_id or document.id,
            url_path=document.url_path,
            anchor=passage.anchor,
            block_id="",
            quote=passage.text,
        ),
        "score": round(found.ranked.score, 4),
        "why": {name: round(getattr(why, name), 4) for name in FEATURES},
    }
