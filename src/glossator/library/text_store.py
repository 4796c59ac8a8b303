"""Documents' texts and blocks as answers read them, from SQL or from memory.

Reading a chapter's blocks anew for each question was a third of what a question cost. As in
`chunk_store`, only what was read at a collection's present version is taken from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import getsizeof
from typing import Final

from sqlalchemy.orm import Session

from glossator.foundation.journal import looked_up
from glossator.library import books
from glossator.library.content import Block, BlockKind
from glossator.library.kept import Kept

# What Python's own objects take of a block.
_BLOCK_BYTES: Final = 300
_HASHES: Final = re.compile(r"(#{1,6})\s+(.*)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's place, its depth (1 is the highest) and its words as they are written."""

    start: int
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class StoredText:
    """A document's canonical text, its blocks in reading order, and its headings among them."""

    text: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]

    def section(self, at: int) -> list[str]:
        """The headings around a place, the outermost first."""
        path: list[Heading] = []
        for heading in self.headings:
            if heading.start > at:
                break
            path = [*(above for above in path if above.depth < heading.depth), heading]
        return [heading.text for heading in path]


class TextStore:
    """Documents' texts, at most `cache_bytes` of them in memory.

    `versions` are those of the collections that the caller may look at, read in the same
    transaction, which must only read: a document of any other collection is never given.
    """

    def __init__(self, *, cache_bytes: int) -> None:
        self._texts: Kept[str, StoredText] = Kept(cache_bytes, _bytes)

    def texts(
        self, session: Session, versions: Mapping[str, int], documents: Mapping[str, str]
    ) -> dict[str, StoredText]:
        """The texts of documents, named with their collections."""
        found, missing = self._texts.get(list(documents), versions)
        looked_up("texts", len(found), len(missing))
        if missing:
            found |= self._texts.put(_read(session, missing, documents), versions)
        return found


def _read(
    session: Session, wanted: Sequence[str], documents: Mapping[str, str]
) -> Iterator[tuple[str, str, StoredText]]:
    for document in wanted:
        text, blocks = books.text_of(session, document), books.blocks(session, document)
        headings = tuple(_headings(text, blocks))
        yield documents[document], document, StoredText(text, blocks, headings)


def _headings(text: str, blocks: Sequence[Block]) -> Iterator[Heading]:
    for block in blocks:
        found = _HASHES.match(text, block.start, block.end)
        if block.kind is BlockKind.HEADING and found:
            yield Heading(block.start, len(found[1]), found[2].strip())


def _bytes(stored: StoredText) -> int:
    return getsizeof(stored.text) + _BLOCK_BYTES * len(stored.blocks)
