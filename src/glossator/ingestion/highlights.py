"""Where on the pages of a PDF a stretch of its text stands, for a viewer to highlight."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.foundation.errors import NotFound, Unavailable, Unusable
from glossator.gateways.ports import FileStore, MayPass
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.sources import SourceError
from glossator.library.tables import Document, DocumentBlock

# More than any quotation has; a viewer highlights no chapters.
MOST_CHARS = 20_000
_MOST_BLOCKS = 200
_KEPT = 500
_AT_ONCE = 3
_GONE = "The stored file is gone. Upload it again."
_BUSY = "Other places are being looked up. Try again in a moment."
_NO_PDF = "Only PDF files have places on pages; this one has headings and offsets."
_OUTSIDE = "start and end must lie within the document's text, at most {most:,} characters apart."

Pages = list[dict[str, Any]]


class Highlights:
    """Asks a reader of its own, in a process apart, and keeps its last answers.

    Few ask at once: whoever waits holds a thread, and a file can make its reader slow.
    """

    def __init__(self, files: FileStore, sandbox: Sandbox, folder: Path) -> None:
        self._files = files
        self._sandbox = sandbox
        self._folder = folder
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Pages] = OrderedDict()

    def quotes(
        self, session: Session, row: Document, start: int, end: int
    ) -> list[tuple[int, str]]:
        """The parts of text[start:end] with the pages they begin on; raises `Unusable`."""
        if row.format != "pdf":
            raise Unusable(_NO_PDF, field="document_id")
        if not 0 <= start < end <= min(len(row.text), start + MOST_CHARS):
            raise Unusable(_OUTSIDE.format(most=MOST_CHARS), field="end")
        blocks = session.execute(
            select(DocumentBlock.page, DocumentBlock.start, DocumentBlock.end)
            .where(
                DocumentBlock.document_id == row.id,
                DocumentBlock.page.is_not(None),
                DocumentBlock.end > start,
                DocumentBlock.start < end,
            )
            .order_by(DocumentBlock.position)
            .limit(_MOST_BLOCKS)
        )
        return [
            (page, row.text[max(start, first) : min(end, last)])
            for page, first, last in blocks
            if page is not None
        ]

    def places(self, row: Document, quotes: Sequence[tuple[int, str]]) -> Pages:
        """For each page the rectangles of what stands on it, as fractions of the page as shown.

        `x` and `y` are the upper left corner, from the page's upper left. A page that was read
        from its picture has none. Raises `NotFound` where the file is gone, `Unusable` where it
        can't be read, `Unavailable` where a part doesn't answer now.
        """
        key = (row.id, row.checksum, *quotes)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        if not self._free.acquire(timeout=0.5):
            raise Unavailable(_BUSY)
        try:
            found = self._asked(row.raw_path or "", quotes)
        finally:
            self._free.release()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _asked(self, raw_path: str, quotes: Sequence[tuple[int, str]]) -> Pages:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix="places-") as copy:
                for part in self._files.read(raw_path):
                    copy.write(part)
                copy.flush()
                pages = self._sandbox.places(Path(copy.name), quotes)
        except FileNotFoundError:
            raise NotFound(_GONE) from None
        except SourceError as error:
            raise Unusable(error.message, field="document_id") from None
        except (MayPass, OSError):
            raise Unavailable(_BUSY) from None
        return [
            {
                "page": page,
                "rectangles": [
                    {"x": x, "y": y, "width": width, "height": height}
                    for x, y, width, height in rectangles
                ],
            }
            for page, rectangles in pages
        ]
