"""The page that a reader has open, where it is a chapter in another form: retold or translated.

What is searched for and quoted is the original; what the reader marked, and where he finds a
source, stands in the form. The two are aligned block by block.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from glossator.gateways.ports import Scope
from glossator.library import books, variants
from glossator.library.variants import Aligned, ChapterVariant, Form
from glossator.retrieval.context import Stretch
from glossator.tutor.answers import Seen
from glossator.tutor.exchange import Asked
from glossator.tutor.verbatim import fold, folded_quote

# What is longer is mapped by its beginning, in characters.
_LONGEST = 3_000


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A form of a chapter that somebody reads.

    `marked` is where the original of what the reader marked stands, and `words` its text; None
    and empty where nothing is marked, or something else than this form's text.
    """

    document_id: str
    form: Form
    blocks: tuple[Aligned, ...]
    marked: Stretch | None
    words: str

    def seen(self, document: str, start: int, end: int) -> Seen | None:
        """Where the reader sees a stretch of a document's text; None if not on this page."""
        place = variants.place(self.blocks, start, end) if document == self.document_id else None
        form = self.form
        return None if place is None else Seen(form.language, form.level, form.hardware, *place)


def open_page(session: Session, scope: Scope, asked: Asked) -> OpenPage | None:
    """The form that a question names; None where none is named, or it isn't kept any more."""
    if asked.form is None or asked.chapter_id is None or scope.documents is None:
        return None
    row = variants.among(session, scope.documents, asked.chapter_id, asked.form)
    if row is None:
        return None
    blocks = variants.aligned(row)
    marked = _marked(row, blocks, asked.selected_text or "")
    words = ""
    if marked is not None:
        words = books.text_of(session, row.document_id)[marked.start : marked.end]
    return OpenPage(row.document_id, asked.form, blocks, marked, words)


def _marked(row: ChapterVariant, blocks: tuple[Aligned, ...], selection: str) -> Stretch | None:
    """The original of a selection; of its longest line where a browser left marks out of it."""
    if not selection:
        return None
    content = fold(row.content)
    for part in (selection, max(selection.splitlines(), key=len)):
        wanted = folded_quote(part)
        found = content.find(wanted) if wanted else None
        if found is not None:
            start, end = found
            place = variants.origin(blocks, start, min(end, start + _LONGEST))
            return None if place is None else Stretch(row.document_id, *place, rank=-1)
    return None
