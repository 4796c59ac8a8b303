"""What is stored of a book's pictures, and how the reader shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote as percent

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.foundation.errors import NotFound
from glossator.library.content import Shown
from glossator.library.links import picture_paths
from glossator.library.tables import BookPicture

ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
        "image/svg+xml": "svg",
    }
)  # fmt: skip


def folder_of(book_id: str) -> str:
    """Where the files of a book's pictures lie."""
    return f"pictures/{hashlib.sha256(book_id.encode('utf-8', 'replace')).hexdigest()[:24]}"


def of_chapter(session: Session, book_id: str, source_path: str) -> Callable[[str], Shown | None]:
    """What shows the address of a picture in a chapter: None where the book doesn't hold it."""
    rows = session.execute(
        select(BookPicture.path, BookPicture.name, BookPicture.width, BookPicture.height).where(
            BookPicture.book_id == book_id
        )
    ).all()
    by_path = {row.path: row for row in rows}
    base = f"/api/books/{percent(book_id, safe='')}/media/"

    def shown(address: str) -> Shown | None:
        for path in picture_paths(source_path, address) if by_path else ():
            if (row := by_path.get(path)) is not None:
                return Shown(base + row.name, row.width, row.height)
        return None

    return shown


def stored(session: Session, book_id: str, name: str) -> BookPicture:
    """A picture by its name; raises `NotFound`."""
    found = select(BookPicture).where(BookPicture.book_id == book_id, BookPicture.name == name)
    row = session.scalars(found.limit(1)).first() if "\x00" not in name else None
    if row is None:
        raise NotFound("There is no picture with this name.")
    return row
