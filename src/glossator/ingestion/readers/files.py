"""What readers of single files share: bytes within the limits, texts within the limits."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, SourceError

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def file_bytes(path: Path, limits: ReadLimits) -> bytes:
    """The bytes of a regular file. Raises `SourceError` beyond `file_bytes`."""
    try:
        descriptor = os.open(path, _FLAGS)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceError(path.name, "It is not a regular file.")
            data = stream.read(limits.file_bytes + 1)
    except OSError:
        raise SourceError(path.name, "It can't be read; check that it is there.") from None
    if len(data) > limits.file_bytes:
        sentence = f"It is larger than {limits.file_bytes:,} bytes; split it into smaller files."
        raise SourceError(path.name, sentence)
    return data


def bounded(document: DocumentSource, shown: str, limits: ReadLimits) -> DocumentSource:
    """The document itself. Raises `SourceError` where it is too long or holds no text."""
    if len(document.content.text) > limits.document_chars:
        sentence = f"It has more than {limits.document_chars:,} characters; split it."
        raise SourceError(shown, sentence)
    if not document.content.blocks:
        raise SourceError(shown, "It holds no text; if it shows pictures of text, add a PDF.")
    return document


def broken_letters(text: str, data: bytes) -> tuple[Problem, ...]:
    """A problem where bytes could not be read as letters and stand as � in the text."""
    bad = text.count("\ufffd")
    if not bad or "\ufffd".encode() in data:
        return ()
    line = text.count("\n", 0, text.index("\ufffd")) + 1
    message = f"{bad:,} letters can't be read and show as �; save the file as UTF-8."
    return (Problem("", message, line),)
