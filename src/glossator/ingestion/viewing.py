"""What a viewer shows of a document: a PDF's pages, or any document's text as HTML."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent
from urllib.parse import unquote

from sqlalchemy.orm import Session

from glossator.foundation.errors import Conflict, NotFound, TooLarge, Unusable
from glossator.gateways.ports import FileStore
from glossator.ingestion.intake import pieces
from glossator.ingestion.readers.media import FORMATS
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.sources import PASSWORD, SourceError
from glossator.ingestion.views import Views
from glossator.library import books
from glossator.library.content import Shown
from glossator.library.links import picture_addresses
from glossator.library.objects import direction
from glossator.library.pictures import ENDINGS
from glossator.library.rendering import render_chapter
from glossator.library.tables import Document
from glossator.library.uploads import Status

WIDTHS = (160, 320, 640, 960, 1_280, 1_920, 2_560)
"""Pixels across that a picture can have: few, so that two screens share one drawing."""
# Changes with how pages are drawn: what browsers have kept is drawn anew.
_DRAWING = 1
_NO_PDF = "Only PDF files have pages to be seen; this one has text."
_NO_PICTURE = "The document's text names no such picture."
_NO_PAGE = "It has no page {page}."
_NOT_LOCKED = "This document doesn't wait for a password."
_PNG = b"\x89PNG\r\n\x1a\n"


class Viewing:
    """Pages and texts; `looks` asks for places of words, `paints` for pictures."""

    def __init__(
        self, files: FileStore, looks: Views, paints: Views, folder: Path, most_bytes: int
    ) -> None:
        self._files = files
        self._looks = looks
        self._paints = paints
        self._folder = folder
        self._most_bytes = most_bytes

    def sizes(self, row: Document) -> dict[str, Any]:
        """`sizes` and `direction` of a PDF's pages; raises as `Views.ask` does."""
        return self._looks.ask(
            ("sizes", *_mark(row)),
            row.raw_path or "",
            lambda sandbox, path: sandbox.sizes(path),
            lambda found: 60 * len(found["sizes"]),
        )

    def words(self, row: Document, page: int) -> list[list[Any]]:
        """Lines of words with their places; raises as `Views.ask` does."""
        _there(row, page)
        return self._looks.ask(
            ("words", *_mark(row), page),
            row.raw_path or "",
            lambda sandbox, path: sandbox.words(path, page),
            lambda lines: 200 * sum(len(line) for line in lines),
        )

    def picture(self, row: Document, page: int, width: int) -> bytes:
        """A page as a PNG of at least `width` pixels across; raises as `Views.ask` does."""
        _there(row, page)
        wide = drawn_width(width)

        def look(sandbox: Sandbox, path: Path) -> bytes:
            found = sandbox.picture(path, page, wide)
            # A file that took its reader over sends no other kind of file by way of us.
            if not found.startswith(_PNG):
                raise SourceError("", f"Page {page} can't be drawn.")
            return found

        return self._paints.ask(("picture", *_mark(row), page, wide), row.raw_path or "", look, len)

    def media(self, row: Document, name: str) -> tuple[str, bytes]:
        """A picture within the file, with its media type; raises as `Views.ask` does."""

        def look(sandbox: Sandbox, path: Path) -> tuple[str, bytes]:
            kind, data = sandbox.media(path, name)
            if kind not in ENDINGS:
                raise SourceError("", "This picture is of a kind that browsers don't show.")
            return kind, data

        key = ("media", row.id, row.checksum, row.size, name)
        return self._paints.ask(key, row.raw_path or "", look, lambda found: len(found[1]))

    def unlock(self, row: Document, password: str) -> int:
        """Put a copy that anybody may open in the place of a locked file; its size in bytes.

        The password is used here and kept nowhere. Raises `Conflict` where the document wants
        none, `Unusable` where this one doesn't open it, else as `Views.ask` does.
        """
        if row.status != Status.FAILED or row.reason != PASSWORD:
            raise Conflict(_NOT_LOCKED)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        to = self._folder / f"unlocked-{secrets.token_hex(8)}"
        try:
            self._looks.once(
                row.raw_path or "", lambda sandbox, path: sandbox.unlock(path, password, to)
            )
            size = to.stat().st_size
            if size > self._most_bytes:
                raise TooLarge("Without its password the file is larger than a file may be.")
            self._files.put(row.raw_path or "", pieces(to), most=self._most_bytes)
        except SourceError as error:
            raise Unusable(error.message, field="password") from None
        finally:
            to.unlink(missing_ok=True)
        return size


def drawn_width(width: int) -> int:
    """The width that a picture for `width` pixels is drawn with."""
    return next((step for step in WIDTHS if step >= width), WIDTHS[-1])


def picture_tag(row: Document, page: int, width: int) -> str:
    """An entity tag of a page's picture."""
    return f'"{row.checksum}-{row.size}-{page}-{drawn_width(width)}-{_DRAWING}"'


def readable_object(session: Session, row: Document) -> dict[str, Any]:
    """A document's text as a page shows it: blocks as HTML that may be put there as it is."""
    blocks = books.blocks(session, row.id)
    anchors = {heading["start"]: heading["anchor"] for heading in row.headings}
    return {
        "document_id": row.id,
        "title": row.title,
        "language": row.language,
        "direction": direction(row.language),
        "headings": row.headings,
        "html": render_chapter(row.text, blocks, anchors, picture=_shown(row)),
    }


def check_named(row: Document, name: str) -> None:
    """Raise `NotFound` where a document, still in its session, names no such picture."""
    if name not in named(row):
        raise NotFound(_NO_PICTURE)


def named(row: Document) -> frozenset[str]:
    """The parts of a document's own file that its text names as pictures."""
    if row.format not in FORMATS:
        return frozenset()
    return frozenset(unquote(address) for address in picture_addresses(row.text))


def _shown(row: Document) -> Callable[[str], Shown | None]:
    names = named(row)
    base = f"/api/docs/{percent(row.id, safe='')}/media?name="

    def shown(address: str) -> Shown | None:
        name = unquote(address)
        return Shown(base + percent(name, safe=""), None, None) if name in names else None

    return shown


def _mark(row: Document) -> tuple[object, ...]:
    if row.format != "pdf":
        raise Unusable(_NO_PDF, field="document_id")
    return (row.id, row.checksum, row.size)


def _there(row: Document, page: int) -> None:
    if row.pages is not None and page > row.pages:
        raise NotFound(_NO_PAGE.format(page=page))
