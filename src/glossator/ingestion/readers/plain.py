"""A plain folder, or single files, of Markdown, text and other documents."""

from __future__ import annotations

from dataclasses import replace
from posixpath import splitext

from glossator.ingestion.canonical import plain
from glossator.ingestion.chapters import chapters_of
from glossator.ingestion.readers import documents
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.mdx import mdx_to_neutral
from glossator.ingestion.readers.mkdocs_nav import folder_title
from glossator.ingestion.readers.pages import Page, chapter, check_length, text_of
from glossator.ingestion.readers.prose import natural_key, words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import (
    BookSource,
    ChapterSource,
    DocumentSource,
    ReadLimits,
    SourceError,
)

_MARKDOWN = (".md", ".markdown", ".mdx")
ENDINGS = (*_MARKDOWN, ".txt")
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
    """One book of all the folder's texts and documents; it may have no chapters."""
    everything = folder.files()
    texts = [rel for rel in everything if rel.lower().endswith(ENDINGS)]
    texts = [rel for rel in texts if _stem(rel) not in _NOT_CHAPTERS] or texts
    if folder.single:
        # One file is what it holds, whatever it is called.
        texts = [rel for rel in texts if rel.lower().endswith(_MARKDOWN)]
        others = [rel for rel in everything if rel not in texts]
    else:
        markdown = any(rel.lower().endswith(_MARKDOWN) for rel in texts)
        others = documents.chosen(everything, markdown=markdown)
    first = documents.linked_order(folder, others)
    chapters: list[ChapterSource] = []
    titles: list[str] = []
    seen: set[str] = set()
    for rel in sorted(
        (*texts, *others), key=lambda rel: (first.get(rel, len(first)), reading_order(rel))
    ):
        whole = rel.lower().endswith(documents.PAGES) and len(others) > 1
        try:
            if rel in others:
                made, title = _of_document(folder, rel, whole=whole)
            else:
                text = _chapter(folder, rel, splitext(rel)[0])
                made, title = _cut(text) if folder.single else [text], text.title
        except SourceError as error:
            folder.note(rel, error.message)
            continue
        if not any(each.content.blocks for each in made):
            folder.note(rel, "It holds no text, so it was left out.")
            continue
        titles.append(title)
        for each in made:
            name = _free_id(each.chapter_id, rel, seen)
            seen.add(name)
            chapters.append(replace(each, chapter_id=name))
    alone = len(texts) + len(others) == 1 and chapters
    return [
        BookSource(
            kind="plain",
            title=titles[0] if alone else words_of_name(folder.name),
            chapters=tuple(chapters),
            language=chapters[0].language if chapters else "en",
            problems=tuple(folder.problems),
        )
    ]


def _free_id(name: str, rel: str, seen: set[str]) -> str:
    if name not in seen:
        return name
    base = rel if rel not in seen else name
    candidate, number = base, 1
    while candidate in seen:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _of_document(folder: SourceFolder, rel: str, *, whole: bool) -> tuple[list[ChapterSource], str]:
    document = documents.read_document(folder, rel)
    alone = folder.single
    made = documents.chapters_in(folder, rel, document, alone=alone, whole=whole)
    above = tuple(folder_title(name) for name in rel.split("/")[:-1])
    if above:
        made = [
            replace(each, part=(*above, *each.part), depth=each.depth + len(above)) for each in made
        ]
    return made, document.title


def _cut(text: ChapterSource) -> list[ChapterSource]:
    """The chapters of a file that is a book by itself, as of any other file."""
    document = DocumentSource("markdown", text.title, text.content, text.language)
    cut = chapters_of(document)
    if len(cut) < 2:
        return [text]
    return [replace(each, url_path=text.url_path, source_path=text.source_path) for each in cut]


def _stem(rel: str) -> str:
    return splitext(rel.rsplit("/", 1)[-1])[0].lower()


def _chapter(folder: SourceFolder, rel: str, chapter_id: str) -> ChapterSource:
    # Nobody writes the encoding of a plain text down; Markdown is UTF-8 by its makers' rule.
    text = folder.text(rel, any_encoding=rel.lower().endswith(".txt"))
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
