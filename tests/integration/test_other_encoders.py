"""Encoders that nothing was fitted for: they find, and what can't be known is not claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Embedder, Encoded, Scope
from glossator.ingestion.chunking import ChunkSizes
from glossator.library.tables import DocumentChunk
from glossator.retrieval.confidence import Zone
from glossator.tutor.answers import Mode
from glossator.wiring import build
from house_tools import made_settings
from small_books import book

PRESENT = "What does a stereo camera compute from the disparity between two pictures?"
ABSENT = "Which monarch signed the treaty of Vienna in winter?"
SCOPE = Scope(("book:robots",))


class Unfitted(FakeEmbedder):
    """Reads little at once, and any language."""

    name = "unfitted-1"
    calibrated = False
    max_pieces = 126
    languages = frozenset({"en", "ur", "und"})


class Tokenless(Unfitted):
    """Gives no vectors of word pieces."""

    name = "tokenless-1"

    def encode(self, texts: Sequence[str], *, tokens: bool = False) -> list[Encoded]:
        return [_bare(item) for item in super().encode(texts)]

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[tuple[Encoded, NDArray[np.float32]]]:
        found = super().encode_with_spans(texts, spans)
        return [(_bare(item), parts) for item, parts in found]


def _bare(item: Encoded) -> Encoded:
    return replace(item, tokens=np.empty((0, 64), np.int8))


@pytest.mark.parametrize("encoder", [Unfitted(), Tokenless()], ids=["unfitted", "tokenless"])
def test_it_finds_and_leaves_the_decision_open(encoder: Embedder, sqlite_url: str, tmp_path: Path):
    house = build(made_settings(tmp_path, sqlite_url), embedder=encoder)
    house.pipeline.add_book(book(), "robots")
    with house.database.reading() as session:
        lengths = [
            encoder.count([" ".join(row.heading_path), row.text])
            for row in session.scalars(select(DocumentChunk).where(DocumentChunk.kind != "code"))
        ]
        for question, present in (
            (PRESENT, True),
            (ABSENT, False),
            ("سٹیریو کیمرا کیا ہے؟", False),
        ):
            result = house.search.search(session, SCOPE, question)
            answer = house.tutor.ask(session, SCOPE, question)
            assert (result.zone, result.confidence, result.judged) == (Zone.UNSURE, 0.5, True)
            assert (answer.mode, answer.sources) == (Mode.CLOSEST, ())
            assert "reads English" not in answer.answer
            if present:
                assert "disparity" in result.found[0].ranked.passage.text
                assert "disparity" in answer.nearest[0].quote
    assert max(map(sum, lengths)) <= encoder.max_pieces
    house.close()


def test_sizes_shrink_alike_for_an_encoder_that_reads_less():
    usual = ChunkSizes()
    assert ChunkSizes.within(usual.limit) == usual
    assert ChunkSizes.within(4 * usual.limit) == replace(usual, limit=4 * usual.limit)
    half = ChunkSizes.within(127)
    assert (half.target, half.overlap, half.prefix) == (75, 15, 32)
    assert half.target + half.prefix <= half.limit
