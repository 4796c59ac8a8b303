"""What a reader gave, as JSON and back: how a child process hands its result over."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

from glossator.ingestion.sources import (
    BookSource,
    ChapterSource,
    DocumentSource,
    Picture,
    Problem,
)
from glossator.library.content import Block, BlockKind, CanonicalText, Container, Heading

Json = dict[str, Any]


def document_to_json(source: DocumentSource) -> Json:
    """A document as JSON takes it."""
    return _flat(source)


def document_from_json(data: Json) -> DocumentSource:
    """The document again."""
    return DocumentSource(**{**_common(data), "content": _content(data["content"])})


def books_to_json(sources: list[BookSource]) -> Json:
    """A book and its versions as JSON takes them."""
    return {
        "books": [
            {
                **_flat(source, leave=("chapters", "translations", "pictures")),
                "chapters": [_flat(chapter) for chapter in source.chapters],
                "translations": [_flat(chapter) for chapter in source.translations],
                "pictures": [_drawn(picture) for picture in source.pictures],
            }
            for source in sources
        ]
    }


def books_from_json(data: Json) -> list[BookSource]:
    """The books again."""
    return [
        BookSource(
            **{
                **_common(book),
                "chapters": tuple(_chapter(item) for item in book["chapters"]),
                "translations": tuple(_chapter(item) for item in book["translations"]),
                "pictures": tuple(_picture(item) for item in book["pictures"]),
            }
        )
        for book in data["books"]
    ]


def _flat(value: Any, *, leave: tuple[str, ...] = ()) -> Json:
    """A source's fields; rows of blocks, headings and problems as lists."""
    found: Json = {}
    for field in dataclasses.fields(value):
        if field.name in leave:
            continue
        item = getattr(value, field.name)
        if isinstance(item, CanonicalText):
            found[field.name] = _written(item)
        elif field.name == "problems":
            found[field.name] = [[p.path, p.message, p.line] for p in item]
        else:
            found[field.name] = item
    return found


def _common(data: Json) -> Json:
    return {**data, "problems": tuple(Problem(*item) for item in data["problems"])}


def _drawn(picture: Picture) -> Json:
    return {**_flat(picture), "data": base64.b64encode(picture.data).decode("ascii")}


def _picture(data: Json) -> Picture:
    return Picture(**{**data, "data": base64.b64decode(data["data"])})


def _chapter(data: Json) -> ChapterSource:
    return ChapterSource(
        **{
            **data,
            "content": _content(data["content"]),
            "part": tuple(data["part"]),
            "notes": tuple(data["notes"]),
        }
    )


def _written(content: CanonicalText) -> Json:
    return {
        "text": content.text,
        "blocks": [
            [
                block.block_id,
                block.kind.value,
                block.start,
                block.end,
                block.language,
                [[c.kind, c.title, c.group] for c in block.containers],
                block.page,
            ]
            for block in content.blocks
        ],
        "headings": [[h.text, h.depth, h.anchor, h.start] for h in content.headings],
    }


def _content(data: Json) -> CanonicalText:
    blocks = tuple(
        Block(
            name,
            BlockKind(kind),
            start,
            end,
            language,
            tuple(Container(*container) for container in containers),
            page,
        )
        for name, kind, start, end, language, containers, page in data["blocks"]
    )
    return CanonicalText(
        data["text"], blocks, tuple(Heading(*heading) for heading in data["headings"])
    )
