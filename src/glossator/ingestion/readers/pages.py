"""From one page's neutral Markdown to a chapter: its title, its blocks, its problems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from glossator import __version__
from glossator.ingestion.canonical import PIPELINE_VERSION, build
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import Slugger
from glossator.ingestion.sources import ChapterSource, LaterText, ReadLimits, SourceError
from glossator.library.content import CanonicalText

# They tell sluggers apart: letters, case, marks, separators, and the same one again.
_HEADINGS = ("Ünicode_and--Marks: (1.2) & ∂x", "Same", "Same", "same", "  اردو\tq/A'b")


@dataclass(frozen=True, slots=True)
class Page:
    """A page's place in its book: what `ChapterSource` has but the content.

    `rel` is the file in the folder; `listed` the title that the contents give it.
    """

    rel: str
    chapter_id: str
    url_path: str
    language: str
    listed: str | None = None
    depth: int = 0
    part: tuple[str, ...] = ()


def chapter(
    folder: SourceFolder,
    page: Page,
    markdown: str,
    slug: Callable[[], Slugger],
    meta_title: str | None = None,
    *,
    indented_code: bool = True,
) -> ChapterSource:
    """The chapter that `markdown` (neutral, without front matter) makes.

    Its title is the one in its metadata, then its own first heading of level 1, then the one
    in the contents, then its file's name. MDX has no `indented_code`. Raises `SourceError`
    beyond the limits.
    """
    built = content_of(folder, page.rel, markdown, slug, indented_code=indented_code)
    content = built.content
    name = words_of_name(PurePosixPath(page.rel).stem)
    return ChapterSource(
        chapter_id=page.chapter_id,
        title=meta_title or first_heading(content) or page.listed or name,
        content=content,
        language=page.language,
        depth=page.depth,
        url_path=page.url_path,
        part=page.part,
        source_path=folder.shown(page.rel),
        made_from=built.made_from,
        notes=built.notes,
    )


@dataclass(frozen=True, slots=True)
class Built:
    """A page's canonical text, a hash of what it was made from, and what was wrong there."""

    content: CanonicalText
    made_from: str
    notes: tuple[str, ...]


def content_of(
    folder: SourceFolder,
    rel: str,
    markdown: str,
    slug: Callable[[], Slugger],
    *,
    indented_code: bool,
) -> Built:
    """The canonical text of a page's neutral Markdown; one that is stored isn't built again.

    Its warnings are noted. Raises `SourceError` beyond the limits.
    """
    check_length(folder, rel, markdown, folder.limits)
    made_from = _hash_of(markdown, slug(), indented_code, folder.limits)
    known = folder.known(made_from)

    def make() -> tuple[CanonicalText, list[str]]:
        return build(markdown, slug=slug(), indented_code=indented_code)

    content: CanonicalText
    if known is not None:
        notes, content = known.notes, LaterText(known, lambda: make()[0])
    else:
        content, warnings = make()
        notes = tuple(warnings)
        check_length(folder, rel, content.text, folder.limits)
    for note in notes:
        folder.note(rel, note)
    return Built(content, made_from, notes)


def _hash_of(markdown: str, slug: Slugger, indented_code: bool, limits: ReadLimits) -> str:
    """A hash of all that `build` makes a text from, this program's version included."""
    # Two sluggers that do the same with these do it with every heading.
    slugger = [slug(text) for text in _HEADINGS]
    facts = [__version__, PIPELINE_VERSION, slugger, indented_code, limits.chapter_chars]
    digest = hashlib.sha256(repr(facts).encode())
    digest.update(markdown.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def check_length(folder: SourceFolder, rel: str, text: str, limits: ReadLimits) -> None:
    """Raise `SourceError` where a chapter is longer than we take."""
    if len(text) > limits.chapter_chars:
        sentence = f"The chapter has more than {limits.chapter_chars:,} characters; split it."
        raise SourceError(folder.shown(rel), sentence)


def first_heading(content: CanonicalText) -> str | None:
    """The text of the first level 1 heading, None where there is none."""
    return next((heading.text for heading in content.headings if heading.depth == 1), None)


def text_of(value: object) -> str | None:
    """A title or tag from YAML or TOML as one line of text; None for anything else or empty."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return None


def mapping_of(value: object) -> Mapping[str, object]:
    """`value` where it is a mapping with text keys, otherwise an empty one."""
    return value if isinstance(value, dict) else {}
