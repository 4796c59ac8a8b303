"""A canonical text cut by LangChain's `RecursiveCharacterTextSplitter`, for those who migrate.

The chunks are the splitter's own, character by character, so that what was tuned elsewhere
behaves alike here; they run over headings, tables and listings. Everything else is as with our
own chunker: exact places in the text, the heading path in front, sentences, hashes.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Embedder
from glossator.ingestion.chunking import Chunk, ChunkSizes, Count, chunks_of, digest, fit, prefixes
from glossator.library.content import Block, BlockKind, CanonicalText, Heading
from glossator.library.plain import plain
from glossator.library.sentences import item_spans, row_spans, sentence_spans


@dataclass(frozen=True, slots=True)
class RecursiveSizes:
    """`size` and `overlap` in characters, `limit` and `prefix` in word pieces of the encoder.

    What of a chunk lies beyond the encoder's limit is found by its words alone.
    """

    size: int = 1_000
    overlap: int = 200
    limit: int = 254
    prefix: int = 64


Sizes = ChunkSizes | RecursiveSizes
SizesFor = Callable[[Embedder], Sizes]
"""How texts are cut for an embedder."""


def cut(content: CanonicalText, title: str, count: Count, sizes: Sizes) -> Iterator[Chunk]:
    """The chunks of a chapter one after the other, by the chunker that `sizes` belong to."""
    if isinstance(sizes, ChunkSizes):
        yield from chunks_of(content, title, count, sizes)
        return
    spans = list(_spans(content.text, sizes))
    paths = [_path(content.headings, title, start) for start, _ in spans]
    limits = ChunkSizes(limit=sizes.limit, prefix=sizes.prefix)
    for span, path, prefix in zip(spans, paths, prefixes(paths, count, limits), strict=True):
        yield _chunk(content, span, path, prefix, count, sizes)


def check() -> None:
    """Raise `Unavailable` where LangChain's splitters aren't installed."""
    if importlib.util.find_spec("langchain_text_splitters") is None:
        raise Unavailable(
            "GLOSSATOR_CHUNKER=recursive needs LangChain's splitters: "
            "pip install 'glossator[langchain]'."
        )


def _spans(text: str, sizes: RecursiveSizes) -> Iterator[tuple[int, int]]:
    """The splitter's pieces as places; each begins behind the beginning of the one before."""
    check()
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=sizes.size, chunk_overlap=sizes.overlap, length_function=len
    )
    start, end = -1, 0
    for piece in splitter.split_text(text):
        # Words repeat: a piece is looked for no earlier than its overlap allows.
        start = text.index(piece, max(start + 1, end - sizes.overlap))
        end = start + len(piece)
        yield start, end


def _path(headings: Sequence[Heading], title: str, start: int) -> tuple[str, ...]:
    """The chapter's title and the headings above a place."""
    stack: list[tuple[int, str]] = []
    for heading in headings:
        if heading.start > start:
            break
        while stack and stack[-1][0] >= heading.depth:
            stack.pop()
        if heading.text != title or stack:
            stack.append((heading.depth, heading.text))
    return (title, *(text for _, text in stack))


def _chunk(
    content: CanonicalText,
    span: tuple[int, int],
    path: tuple[str, ...],
    prefix: str,
    count: Count,
    sizes: RecursiveSizes,
) -> Chunk:
    start, end = span
    touched = [block for block in content.blocks if block.start < end and start < block.end]
    code = bool(touched) and all(block.kind is BlockKind.CODE for block in touched)
    sentences = [] if code else list(_sentences(content.text, touched, start, end))
    texts = [plain(content.text[a:b]) for a, b in sentences]
    body = " ".join(texts)
    embed = "" if code or not body.strip() else fit(prefix + body, count, sizes.limit)
    words = content.text[start:end] if code else body
    above = [heading for heading in content.headings if heading.start <= start]
    return Chunk(
        kind="code" if code else "prose",
        start=start,
        end=end,
        heading_path=path,
        sentences=tuple(sentences) if embed else (),
        places=tuple(_places(texts, len(prefix), len(embed))) if embed else (),
        embed=embed,
        words=words,
        hash=digest("recursive", *path, embed, content.text[start:end]),
        anchor=above[-1].anchor if above else "",
        page=touched[0].page if touched else None,
    )


def _sentences(
    text: str, blocks: Sequence[Block], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Sentences, items and rows as far as they lie in the chunk."""
    for block in blocks:
        body = text[block.start : block.end]
        if block.kind is BlockKind.TABLE:
            spans = row_spans(body)
        elif block.kind is BlockKind.LIST:
            spans = item_spans(body)
        elif block.kind is BlockKind.PARAGRAPH:
            spans = sentence_spans(body)
        else:
            spans = [(0, len(body))]
        for a, b in spans:
            first, last = max(block.start + a, start), min(block.start + b, end)
            if text[first:last].strip():
                yield first, last


def _places(texts: Sequence[str], at: int, end: int) -> Iterator[tuple[int, int]]:
    ends = [at]
    for text in texts:
        ends.append(ends[-1] + len(text) + 1)
    for before, after in pairwise(ends):
        yield min(before, end), min(after - 1, end)
