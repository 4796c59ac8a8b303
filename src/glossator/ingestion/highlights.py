"""Where on the pages of a PDF a stretch of its text stands, for a viewer to highlight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.foundation.errors import Unusable
from glossator.ingestion.sandbox import Rectangle
from glossator.ingestion.views import Views
from glossator.library.tables import Document, DocumentBlock

# More than any quotation has; a viewer highlights no chapters.
MOST_CHARS = 20_000
_MOST_BLOCKS = 200
_NO_PDF = "Only PDF files have places on pages; this one has headings and offsets."
_OUTSIDE = "start and end must lie within the document's text, at most {most:,} characters apart."

Pages = list[dict[str, Any]]


class Highlights:
    """Finds places on pages; a viewer marks them."""

    def __init__(self, views: Views) -> None:
        self._views = views

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
        key = ("places", row.id, row.checksum, row.size, *quotes)
        return self._views.ask(
            key,
            row.raw_path or "",
            lambda sandbox, path: _told(sandbox.places(path, quotes)),
            lambda pages: sum(80 * len(page["rectangles"]) for page in pages),
        )


def _told(pages: Sequence[tuple[int, Sequence[Rectangle]]]) -> Pages:
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
