"""A single Markdown file, MDX included, as one document."""

from __future__ import annotations

from pathlib import Path

from glossator.ingestion.canonical import build
from glossator.ingestion.readers.decoding import text_of_bytes
from glossator.ingestion.readers.files import bounded, broken_letters, file_bytes
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.mdx import mdx_to_neutral
from glossator.ingestion.readers.pages import first_heading, text_of
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The text at `path`; what it includes from other files is left out. Raises `SourceError`."""
    data = file_bytes(path, limits)
    text = text_of_bytes(data, path.name)
    front = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    body = front.body
    mdx = path.suffix.lower() == ".mdx"
    problems = [*broken_letters(text, data), *(Problem("", each) for each in front.warnings)]
    if mdx:
        # A folder of this file alone: nothing beside it can be included.
        folder = SourceFolder.open(path, limits)
        body = mdx_to_neutral(folder, folder.files()[0], body)
    content, warnings = build(body, slug=github_slugger(), indented_code=not mdx)
    language = text_of(front.data.get("lang")) or text_of(front.data.get("language"))
    document = DocumentSource(
        kind="markdown",
        title=text_of(front.data.get("title"))
        or first_heading(content)
        or words_of_name(path.stem),
        content=content,
        language=language or "en",
        problems=(*problems, *(Problem("", warning) for warning in warnings)),
    )
    return bounded(document, path.name, limits)
