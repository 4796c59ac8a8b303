"""A single file of Markdown or text."""

from __future__ import annotations

from pathlib import Path

from glossator.ingestion.canonical import build, plain
from glossator.ingestion.readers.decoding import decode
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.pages import text_of
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, SourceError


def read_markdown(path: Path, limits: ReadLimits) -> DocumentSource:
    """A Markdown file; its title is the front matter's, else its first heading, else empty."""
    text, problems = _text(path, limits)
    front = split_front_matter(text)
    content, warnings = build(front.body, slug=github_slugger())
    if not content.blocks:
        raise SourceError("", "The file holds no text.")
    title = text_of(front.data.get("title"))
    language = text_of(front.data.get("lang")) or text_of(front.data.get("language"))
    first = content.headings[0].text if content.headings else ""
    return DocumentSource(
        kind="markdown",
        title=title or first,
        content=content,
        language=language or "en",
        problems=(*problems, *(Problem("", message) for message in (*front.warnings, *warnings))),
    )


def read_text(path: Path, limits: ReadLimits) -> DocumentSource:
    """A text file: its paragraphs as they are; it has no title of its own."""
    text, problems = _text(path, limits)
    content = plain(text, slug=github_slugger())
    if not content.blocks:
        raise SourceError("", "The file holds no text.")
    return DocumentSource(kind="text", title="", content=content, problems=problems)


def _text(path: Path, limits: ReadLimits) -> tuple[str, tuple[Problem, ...]]:
    with path.open("rb") as file:
        data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise SourceError("", f"The file is larger than {limits.file_bytes:,} bytes; split it.")
    text, replaced = decode(data, "", limits.line_chars)
    if len(text) > limits.chapter_chars:
        raise SourceError("", f"The text has more than {limits.chapter_chars:,} characters.")
    if replaced is None:
        return text, ()
    message = "Some bytes aren't valid UTF-8 and show as �; save the file as UTF-8."
    return text, (Problem("", message, replaced),)
