"""A book's pictures on their way into the library: files named after their content, and rows.

The files come first and the rows in one transaction; files that a kill leaves without a row are
taken away when a book of this id is added again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.ports import FileStore
from glossator.ingestion.sources import Picture
from glossator.library.pictures import ENDINGS, folder_of
from glossator.library.tables import BookPicture


def name_of(picture: Picture) -> str:
    """The name under which a picture is kept and served: its content's."""
    content = hashlib.sha256(picture.data).hexdigest()[:32]
    return f"{content}.{ENDINGS[picture.media_type]}"


class Pictures:
    """Writes the pictures of books and takes them away."""

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files

    def put(self, book_id: str, pictures: Sequence[Picture]) -> None:
        """Have exactly these; the chapters that name them may come before or after."""
        names = {picture.path: name_of(picture) for picture in pictures}
        with self._database.reading() as session:
            stored = self._stored(session, book_id)
        if names == stored:
            return
        for picture in pictures:
            if names[picture.path] not in stored.values():
                path = f"{folder_of(book_id)}/{names[picture.path]}"
                self._files.put(path, [picture.data], most=len(picture.data))
        with self._database.writing() as session:
            session.execute(delete(BookPicture).where(BookPicture.book_id == book_id))
            if pictures:
                session.execute(insert(BookPicture), [_row(book_id, one) for one in pictures])
        self._sweep(book_id, set(names.values()))

    def has(self, session: Session, book_id: str) -> bool:
        """Whether the book has any."""
        found = select(BookPicture.path).where(BookPicture.book_id == book_id).limit(1)
        return session.scalar(found) is not None

    def forget(self, book_id: str) -> None:
        """Remove the files of a book whose rows are gone."""
        self._sweep(book_id, set())

    def _sweep(self, book_id: str, kept: set[str]) -> None:
        for path in self._files.names(folder_of(book_id)):
            if path.rpartition("/")[2] not in kept:
                self._files.delete(path)

    def _stored(self, session: Session, book_id: str) -> dict[str, str]:
        found = select(BookPicture.path, BookPicture.name).where(BookPicture.book_id == book_id)
        return {row.path: row.name for row in session.execute(found)}


def _row(book_id: str, picture: Picture) -> dict[str, object]:
    return {
        "book_id": book_id,
        "path": picture.path,
        "name": name_of(picture),
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "size": len(picture.data),
    }
