"""Jupyter notebooks: Markdown cells as they are, code cells as listings, text outputs bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glossator.ingestion.canonical import build
from glossator.ingestion.pieces import fenced
from glossator.ingestion.readers.files import bounded, file_bytes
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, SourceError

OUTPUT_CHARS = 2_000
"""Characters that are kept of one cell's outputs."""

_DATA_ADDRESS = re.compile(r"\((?:data:|attachment:)[^()\s]*\)")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The notebook at `path`. Raises `SourceError`."""
    notebook = _loaded(file_bytes(path, limits), path.name)
    cells = _cells(notebook)
    if cells is None:
        raise SourceError(path.name, "It has no cells, so it isn't a notebook that can be read.")
    language = _language(notebook)
    parts = [part for cell in cells if isinstance(cell, dict) for part in _cell(cell, language)]
    text = "\n\n".join(parts)
    if len(text) > limits.document_chars:
        sentence = f"It has more than {limits.document_chars:,} characters; split it."
        raise SourceError(path.name, sentence)
    content, warnings = build(text, slug=github_slugger())
    named = _dig(notebook, "metadata", "title")
    heading = next((each.text for each in content.headings if each.depth == 1), None)
    document = DocumentSource(
        kind="notebook",
        title=(named if isinstance(named, str) and named.strip() else None)
        or heading
        or words_of_name(path.stem),
        content=content,
        problems=tuple(Problem("", warning) for warning in warnings),
    )
    return bounded(document, path.name, limits)


def _loaded(data: bytes, shown: str) -> dict[str, Any]:
    try:
        loaded = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        sentence = "It is no valid JSON, so the notebook is damaged; save it anew in Jupyter."
        raise SourceError(shown, sentence) from None
    if not isinstance(loaded, dict):
        raise SourceError(shown, "It has no cells, so it isn't a notebook that can be read.")
    return loaded


def _cells(notebook: dict[str, Any]) -> list[Any] | None:
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        # Version 3 kept cells in sheets.
        sheets = [each for each in notebook["worksheets"] if isinstance(each, dict)]
        cells = [cell for sheet in sheets for cell in _listed(sheet.get("cells"))]
    return cells if isinstance(cells, list) else None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _language(notebook: dict[str, Any]) -> str | None:
    for names in (("language_info", "name"), ("kernelspec", "language")):
        found = _dig(notebook, "metadata", *names)
        if isinstance(found, str) and _LANGUAGE.fullmatch(found):
            return found.lower()
    return None


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _cell(cell: dict[str, Any], language: str | None) -> Iterator[str]:
    kind = cell.get("cell_type")
    source = _text(cell.get("source", cell.get("input")))
    if kind == "heading":
        level = cell.get("level")
        depth = level if isinstance(level, int) and 1 <= level <= 6 else 1
        yield f"{'#' * depth} {' '.join(source.split())}"
    elif kind == "markdown":
        yield _DATA_ADDRESS.sub("()", source)
    elif kind == "code":
        own = _dig(cell, "metadata", "vscode", "languageId") or cell.get("language")
        named = own if isinstance(own, str) and _LANGUAGE.fullmatch(own) else language
        yield fenced(source, named)
        yield fenced(_outputs(cell), "text")


def _outputs(cell: dict[str, Any]) -> str:
    found: list[str] = []
    for output in _listed(cell.get("outputs")):
        if not isinstance(output, dict):
            continue
        data = output.get("data") if isinstance(output.get("data"), dict) else output
        text = _text(output.get("text")) or _text(_dig(data, "text/plain"))
        # The usual stand-in for a picture or a widget says nothing.
        if text and not re.fullmatch(
            r"\s*<[\w. ]{1,80}(?: at 0x[0-9a-f]+| size [^<>]*)?.{0,80}>\s*", text
        ):
            found.append(text)
    text = _ANSI.sub("", "\n".join(each.rstrip() for each in found))
    return text if len(text) <= OUTPUT_CHARS else f"{text[:OUTPUT_CHARS].rstrip()}\n…"
