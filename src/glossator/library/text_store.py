"""Documents' texts and blocks as answers read them, from SQL or from memory.

Reading a chapter's blocks anew for each question was a third of what a question cost. As in
`chunk_store`, only what was read at a collection's present version is taken from memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import getsizeof
from typing import Final

from sqlalchemy.orm import Session

from glossator.library import books
from glossator.library.content import Block
from glossator.library.kept import Kept

# What Python's own objects take of a block.
_BLOCK_BYTES: Final = 300


@dataclass(frozen=True, slots=True)
class StoredText:
    """A document's canonical text, and its blocks in reading order."""

    text: str
    blocks: tuple[Block, ...]


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
        if missing:
            found |= self._texts.put(_read(session, missing, documents), versions)
        return found


def _read(
    session: Session, wanted: Sequence[str], documents: Mapping[str, str]
) -> Iterator[tuple[str, str, StoredText]]:
    for document in wanted:
        text = books.text_of(session, document)
        yield documents[document], document, StoredText(text, books.blocks(session, document))


def _bytes(stored: StoredText) -> int:
    return getsizeof(stored.text) + _BLOCK_BYTES * len(stored.blocks)
