"""Which reader reads which kind of file; a reader is imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from glossator.ingestion.readers.kinds import kind_of_file
from glossator.ingestion.sources import DocumentSource, ReadLimits, SourceError

DocumentReader = Callable[[Path, ReadLimits], DocumentSource]
# Readers of files with pages, slides or parts; they take a `Tell` too.
TELLING = frozenset({"pdf", "epub", "pptx"})

_MODULES = {
    "pdf": "pdf",
    "epub": "epub",
    "docx": "docx",
    "pptx": "pptx",
    "html": "html",
    "notebook": "notebook",
    "csv": "csv_table",
    "markdown": "markdown",
    "text": "text",
    "zip": "archive",
}


def reader_for(kind: str) -> DocumentReader:
    """The `read` function of a kind. Raises `SourceError` where this installation has none."""
    name = _MODULES.get(kind)
    if name is None:
        raise SourceError("", f"Files of the kind {kind} aren't read.")
    try:
        module = import_module(f"glossator.ingestion.readers.{name}")
    except ModuleNotFoundError as error:
        sentence = f"This installation can't read {kind} files: {error.name} is missing."
        raise SourceError("", sentence) from error
    reader: DocumentReader = module.read
    return reader


def read_file(path: Path, limits: ReadLimits) -> DocumentSource:
    """One file as what its content says it is. Raises `SourceError`."""
    return reader_for(kind_of_file(path))(path, limits)
