"""A chapter's rows in the database: its document, blocks and chunks, and their ids."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from glossator.ingestion.canonical import PIPELINE_VERSION
from glossator.ingestion.chunking import Chunk
from glossator.ingestion.recursive import Sizes
from glossator.ingestion.sources import ChapterSource
from glossator.library.content import CanonicalText
from glossator.library.tables import Document, DocumentBlock, DocumentChunk, now


def numbered(document: str, chunks: Sequence[Chunk]) -> list[tuple[int, Chunk]]:
    """All chunks of a document with their ids."""
    return list(numbers(document, chunks))


def numbers(document: str, chunks: Iterable[Chunk]) -> Iterator[tuple[int, Chunk]]:
    """Ids of 63 bits: they fit a signed column and every vector store's unsigned ids."""
    seen: dict[str, int] = {}
    for item in chunks:
        nth = seen[item.hash] = seen.get(item.hash, 0) + 1
        digest = hashlib.sha256(f"{document}\x00{item.hash}\x00{nth}".encode()).digest()
        yield int.from_bytes(digest[:8], "big") >> 1, item


def fingerprint(chapter: ChapterSource, position: int, model: str, sizes: Sizes) -> str:
    """A hash of all that a chapter's rows are made from; equal ones mean nothing to do.

    What its content was made from stands before it, where its reader tells.
    """
    facts = json.dumps(
        [
            PIPELINE_VERSION,
            model,
            dataclasses.astuple(sizes),
            position,
            chapter.title,
            chapter.depth,
            chapter.url_path,
            chapter.part,
            chapter.source_path,
            chapter.made_from,
        ],
        ensure_ascii=True,
    )
    digest = hashlib.sha256(facts.encode())
    if chapter.made_from:
        return f"{chapter.made_from}:{digest.hexdigest()}"
    content = chapter.content
    places = [dataclasses.astuple(heading) for heading in content.headings]
    places += [dataclasses.astuple(block) for block in content.blocks]
    digest.update(json.dumps(places, ensure_ascii=True).encode())
    digest.update(chapter.content.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def write_document(
    session: Session,
    document: str,
    book_id: str,
    collection: str,
    position: int,
    chapter: ChapterSource,
    mark: str,
) -> None:
    """Create or renew a document's row and its blocks."""
    row = session.get(Document, document)
    if row is None:
        row = Document(
            id=document,
            collection_id=collection,
            book_id=book_id,
            chapter_id=chapter.chapter_id,
            language=chapter.language,
        )
        session.add(row)
    content = chapter.content
    row.title, row.position, row.depth = chapter.title, position, chapter.depth
    row.part, row.url_path = list(chapter.part), chapter.url_path
    row.source_path, row.text, row.words = chapter.source_path, content.text, content.words
    row.headings = [dataclasses.asdict(heading) for heading in content.headings]
    row.notes = list(chapter.notes)
    row.fingerprint, row.status, row.error, row.last_processed_at = mark, "ready", None, now()
    session.flush()
    write_blocks(session, document, content)


def write_blocks(session: Session, document: str, content: CanonicalText) -> None:
    """Put a document's blocks in place of those it had."""
    session.execute(delete(DocumentBlock).where(DocumentBlock.document_id == document))
    blocks = [
        {
            "document_id": document,
            "position": n,
            "block_id": block.block_id,
            "kind": block.kind.value,
            "start": block.start,
            "end": block.end,
            "language": block.language,
            "containers": [[c.kind, c.title, c.group] for c in block.containers],
            "page": block.page,
        }
        for n, block in enumerate(content.blocks)
    ]
    if blocks:
        session.execute(DocumentBlock.__table__.insert(), blocks)  # type: ignore[attr-defined]


def write_chunks(
    session: Session,
    document: str,
    collection: str,
    content: CanonicalText,
    chunks: Sequence[tuple[int, Chunk]],
    order: Mapping[int, int] | None = None,
) -> None:
    """Insert the rows of new chunks; `order` gives their places by id, else as they come."""
    if chunks:
        session.execute(
            DocumentChunk.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "id": number,
                    "document_id": document,
                    "collection_id": collection,
                    "kind": item.kind,
                    "hash": item.hash,
                    **place_of(n if order is None else order[number], item, content),
                }
                for n, (number, item) in enumerate(chunks)
            ],
        )


def place_of(position: int, item: Chunk, content: CanonicalText) -> dict[str, Any]:
    """The columns of a chunk that change when the text around it does."""
    return {
        "position": position,
        "heading_path": list(item.heading_path),
        "anchor": item.anchor,
        "page": item.page,
        "start": item.start,
        "end": item.end,
        "text": content.text[item.start : item.end],
    }
