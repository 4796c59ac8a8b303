"""The state of books and of work in hand over HTTP, for authors and administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from glossator.accounts.callers import Admin, Author
from glossator.foundation.web import Page, Store, moment, not_stored
from glossator.ingestion.book_routes import job_object
from glossator.ingestion.tables import BookJob
from glossator.library import access, books, variants
from glossator.library.tables import Document
from glossator.library.uploads import UNFINISHED, Status

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(not_stored)])

Paging = Annotated[Page, Depends()]


@router.get("/books", response_model=None)
def list_books(author: Author, store: Store, page: Paging) -> dict[str, Any]:
    """Books with their newest jobs, and in which forms their chapters are kept.

    Before them those that are only being added: `title` is null, or what was sent with them.
    """
    with store.reading() as session:
        jobs = _newest_jobs(session)
        seen = access.visible_books(session, author)
        there = set(books.every_id(session))
        coming = [job for name, job in jobs.items() if name not in there]
        rows: list[Any] = [*coming, *seen][(page.page - 1) * page.page_size :][: page.page_size]
        forms = variants.prepared(session, [book.id for book in seen])
        items = []
        for row in rows:
            if isinstance(row, BookJob):
                items.append(_coming(row))
                continue
            chapters = books.chapters(session, row)
            job = jobs.get(row.id)
            items.append(
                {
                    "book_id": row.id,
                    "title": row.title,
                    "language": row.language,
                    "visibility": row.visibility,
                    "url": row.url,
                    "chapters": len(chapters),
                    "words": sum(chapter.words for chapter in chapters),
                    "updated_at": moment(row.updated_at),
                    "prepared": forms.get(row.id, []),
                    "job": job and job_object(job),
                }
            )
        return page.of(items, len(coming) + len(seen))


@router.get("/jobs", response_model=None)
def list_jobs(_: Admin, store: Store, page: Paging) -> dict[str, Any]:
    """Work that waits, is under way or failed: of books, and of people's files without names.

    Whose a file is and what it is called isn't told; administrators don't see others' documents.
    """
    pending = (*UNFINISHED, Status.FAILED)
    with store.reading() as session:
        files = Document.user_id.is_not(None) & Document.deleted_at.is_(None)
        counted = select(Document.status, func.count()).where(files).group_by(Document.status)
        # The newest job of a book alone: what failed and was done anew is no trouble any more.
        works = [job for job in _newest_jobs(session).values() if job.status in pending]
        wanted = files & Document.status.in_(pending)
        start = (page.page - 1) * page.page_size
        shown: list[dict[str, Any]] = [_of_book(job) for job in works][start:][: page.page_size]
        room = page.page_size - len(shown)
        rows: Sequence[Document] = session.scalars(
            select(Document)
            .where(wanted)
            .order_by(Document.created_at.desc(), Document.id)
            .offset(max(0, start - len(works)))
            .limit(room)
        ).all()
        total = session.scalar(select(func.count()).where(wanted)) or 0
        told = page.of([*shown, *map(_of_file, rows)], len(works) + total)
        return {**told, "files": dict(session.execute(counted).all())}


def _newest_jobs(session: Session) -> dict[str, BookJob]:
    """By book, the last ordered first."""
    rows = session.scalars(select(BookJob).order_by(BookJob.created_at.desc(), BookJob.id))
    found: dict[str, BookJob] = {}
    for row in rows:
        found.setdefault(row.book_id, row)
    return found


def _coming(job: BookJob) -> dict[str, Any]:
    return {
        "book_id": job.book_id,
        "title": job.title,
        "language": None,
        "visibility": job.visibility or "public",
        "url": job.url,
        "chapters": 0,
        "words": 0,
        "updated_at": moment(job.created_at),
        "prepared": [],
        "job": job_object(job),
    }


def _of_book(job: BookJob) -> dict[str, Any]:
    return {
        "kind": "book",
        "book_id": job.book_id,
        "status": job.status,
        "error": job.error,
        "format": None,
        "size": None,
        "created_at": moment(job.created_at),
    }


def _of_file(row: Document) -> dict[str, Any]:
    return {
        "kind": "file",
        "book_id": None,
        "status": row.status,
        "error": row.error,
        "format": row.format,
        "size": row.size,
        "created_at": moment(row.created_at),
    }
