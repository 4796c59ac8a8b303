"""The one list of the kinds of files that can be read: how each is told, called and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath

from glossator.ingestion.readers.decoding import decode
from glossator.ingestion.sources import DocumentSource, ReadLimits, SourceError

FileReader = Callable[[Path, ReadLimits], DocumentSource]

# What is looked at to tell a text from anything else.
_HEAD = 65_536
_MARKDOWN = frozenset({".md", ".markdown", ".mdx"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, and its reader as `module:function` in this folder."""

    name: str
    media_type: str
    reader: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("markdown", "text/markdown; charset=utf-8", "single:read_markdown"),
        Kind("text", "text/plain; charset=utf-8", "single:read_text"),
    )
}


def reader_for(kind: str) -> FileReader:
    """The reader of a kind; its module is loaded now and not before."""
    module, function = KINDS[kind].reader.split(":")
    reader: FileReader = getattr(import_module(f"glossator.ingestion.readers.{module}"), function)
    return reader


def kind_of_file(path: Path, name: str) -> str | None:
    """The kind that a file's content shows, None where it is none of ours.

    Between kinds of text, which only differ in what is meant by the same letters, the ending of
    `name` decides.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        decode(head, name, _HEAD)
    except SourceError:
        return None
    if head[:4] in (b"%PDF", b"PK\x03\x04") or head[:5] == b"{\\rtf":
        return None
    return "markdown" if PurePosixPath(name.lower()).suffix in _MARKDOWN else "text"
