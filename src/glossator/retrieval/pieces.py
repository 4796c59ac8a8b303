"""How much each word piece of a question tells: inverse document frequencies; pure.

The counts come from `scripts/count_pieces.py` over paragraphs of broad English text and are
kept as piece_idf.npy (float16, one per piece of the encoder's vocabulary).
"""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray


class PieceIdf:
    """idf by piece id; a piece outside the table counts as the rarest."""

    def __init__(self, table: NDArray[np.float32]) -> None:
        self._table = table
        self._rarest = float(table.max()) if table.size else 1.0

    def __call__(self, pieces: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weights [n] of pieces [n]."""
        inside = np.clip(pieces, 0, max(len(self._table) - 1, 0))
        known = self._table[inside] if self._table.size else np.ones(len(pieces), np.float32)
        return np.where(pieces < len(self._table), known, self._rarest).astype(np.float32)


def load() -> PieceIdf:
    """The table that is kept beside this module."""
    with resources.files("glossator.retrieval").joinpath("piece_idf.npy").open("rb") as file:
        return PieceIdf(np.load(file, allow_pickle=False).astype(np.float32))
