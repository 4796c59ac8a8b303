"""The real encoder, which runs each text once in a process of tests."""

from __future__ import annotations

from collections.abc import Sequence

from glossator.gateways.embedders.bundled import BundledEmbedder, Floats, Span
from glossator.gateways.ports import Encoded


class Remembering(BundledEmbedder):
    """Books that several tests add, and one text in eleven formats, are embedded once.

    A text's vectors depend on nothing but the text and its parts (`BundledEmbedder`), so they may
    be kept; about 12 KB a chunk.
    """

    def __init__(self) -> None:
        super().__init__(threads=2)
        self._made: dict[tuple[str, tuple[Span, ...]], tuple[Encoded, Floats]] = {}

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[tuple[Encoded, Floats]]:
        """As the encoder does it, from memory where it was done before."""
        keys = [(text, tuple(parts)) for text, parts in zip(texts, spans, strict=True)]
        new = [key for key in dict.fromkeys(keys) if key not in self._made]
        made = super().encode_with_spans([text for text, _ in new], [parts for _, parts in new])
        self._made.update(zip(new, made, strict=True))
        return [self._made[key] for key in keys]
