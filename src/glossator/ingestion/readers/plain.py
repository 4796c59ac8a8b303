"""A plain folder, or single files, of Markdown and text."""

from __future__ import annotations

from dataclasses import replace
from posixpath import splitext

from glossator.ingestion.canonical import plain
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.mdx import mdx_to_neutral
from glossator.ingestion.readers.mkdocs_nav import folder_title
from glossator.ingestion.readers.pages import Page, chapter, check_length, text_of
from glossator.ingestion.readers.prose import natural_key, words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits, SourceError

ENDINGS = (".md", ".markdown", ".mdx", ".txt")
_FIRST = ("index", "readme")
# Text files that every project has and nobody reads as a chapter.
_NOT_CHAPTERS = frozenset({"license", "licence", "requirements", "robots", "cmakelists", "notice"})

SortKey = list[tuple[int, list[tuple[bool, int, str]], str]]


def reading_order(rel: str) -> SortKey:
    """Sorts a folder's index or README first, then files and folders by number and name."""
    *folders, name = rel.split("/")
    stem = splitext(name)[0]
    key: SortKey = [(1, natural_key(folder), folder) for folder in folders]
    return [*key, (0 if stem.lower() in _FIRST else 1, natural_key(stem), name)]


def read(folder: SourceFolder, limits: ReadLimits) -> list[BookSource]:  # noqa: ARG001
    """One book of all the folder's Markdown and text files; it may have no chapters."""
    files = [rel for rel in folder.files() if rel.lower().endswith(ENDINGS)]
    chosen = [rel for rel in files if _stem(rel) not in _NOT_CHAPTERS] or files
    chapters: list[ChapterSource] = []
    seen: set[str] = set()
    for rel in sorted(chosen, key=reading_order):
        chapter_id = splitext(rel)[0] if splitext(rel)[0] not in seen else rel
        seen.add(chapter_id)
        try:
            made = _chapter(folder, rel, chapter_id)
        except SourceError as error:
            folder.note(rel, error.message)
            continue
        if made.content.blocks:
            chapters.append(made)
        else:
            folder.note(rel, "It holds no text, so it was left out.")
    title = chapters[0].title if len(files) == 1 and chapters else words_of_name(folder.name)
    return [
        BookSource(
            kind="plain",
            title=title,
            chapters=tuple(chapters),
            language=chapters[0].language if chapters else "en",
            problems=tuple(folder.problems),
        )
    ]


def _stem(rel: str) -> str:
    return splitext(rel.rsplit("/", 1)[-1])[0].lower()


def _chapter(folder: SourceFolder, rel: str, chapter_id: str) -> ChapterSource:
    text = folder.text(rel)
    part = tuple(folder_title(name) for name in rel.split("/")[:-1])
    page = Page(rel, chapter_id, rel, "en", None, len(part), part)
    if rel.lower().endswith(".txt"):
        check_length(folder, rel, text, folder.limits)
        return ChapterSource(
            chapter_id=chapter_id,
            title=words_of_name(splitext(rel.rsplit("/", 1)[-1])[0]),
            content=plain(text, slug=github_slugger()),
            depth=page.depth,
            url_path=rel,
            part=part,
            source_path=folder.shown(rel),
        )
    front = split_front_matter(text)
    for warning in front.warnings:
        folder.note(rel, warning)
    mdx = rel.lower().endswith(".mdx")
    body = mdx_to_neutral(folder, rel, front.body) if mdx else front.body
    made = chapter(folder, page, body, github_slugger, indented_code=not mdx)
    title = text_of(front.data.get("title"))
    language = text_of(front.data.get("lang")) or text_of(front.data.get("language"))
    return replace(made, title=title or made.title, language=language or made.language)
