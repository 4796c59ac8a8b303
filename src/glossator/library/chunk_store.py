"""The stored chunks as ranking reads them, from SQL or from memory.

Reading a question's chunks anew was a third of what it cost. Every question asks for the
versions of its collections in its own transaction, and only what was read at these versions is
taken from memory: a chunk that another process changed or removed is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sys import getsizeof
from typing import Final

from sqlalchemy.orm import Session

from glossator.foundation.journal import looked_up
from glossator.library.embeddings import Held, Outline, outlines, passages
from glossator.library.kept import Kept

# What Python's own objects take of an outline and of a passage, beside arrays and text.
_OUTLINE_BYTES: Final = 900
_PASSAGE_BYTES: Final = 2_400
# A search looks at three times as many outlines, each a third of a passage's size.
_OUTLINES_SHARE: Final = 0.3


class ChunkStore:
    """The chunks with one embedder's vectors, at most `cache_bytes` of them in memory.

    `versions` are those of the collections that the caller may look at, read in the same
    transaction, which must only read: a chunk of any other collection is never given.
    """

    def __init__(self, model: str, dimensions: int, *, cache_bytes: int) -> None:
        self._model = model
        self._dimensions = dimensions
        share = int(cache_bytes * _OUTLINES_SHARE)
        self._outlines: Kept[int, Outline | None] = Kept(share, _outline_bytes)
        self._passages: Kept[int, Held] = Kept(cache_bytes - share, _passage_bytes)

    def outlines(
        self, session: Session, versions: Mapping[str, int], chunks: Sequence[int]
    ) -> dict[int, Outline]:
        """The vectors of chunks by id; a chunk without an embedding (code) has none."""
        found, missing = self._outlines.get(chunks, versions)
        looked_up("outlines", len(found), len(missing))
        if missing:
            rows = outlines(session, missing, self._model, self._dimensions)
            found |= self._outlines.put(rows, versions)
        return {chunk: outline for chunk, outline in found.items() if outline is not None}

    def passages(
        self, session: Session, versions: Mapping[str, int], chunks: Sequence[int]
    ) -> dict[int, Held]:
        """The chunks with their embeddings and documents, by id."""
        found, missing = self._passages.get(chunks, versions)
        looked_up("passages", len(found), len(missing))
        if missing:
            found |= self._passages.put(passages(session, missing, self._model), versions)
        return found


def _outline_bytes(outline: Outline | None) -> int:
    if outline is None:
        return _OUTLINE_BYTES
    return _OUTLINE_BYTES + outline.vector.nbytes + outline.sentences.nbytes


def _passage_bytes(held: Held) -> int:
    passage = held.passage
    arrays = (passage.spans, passage.tokens, passage.token_ids, passage.token_sentences)
    return _PASSAGE_BYTES + getsizeof(passage.text) + sum(array.nbytes for array in arrays)
