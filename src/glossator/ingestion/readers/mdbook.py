"""mdBook: `book.toml`, `SUMMARY.md`, and chapters with their includes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import join, splitext

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.mdbook_markdown import Helpers, Settings, to_neutral_markdown
from glossator.ingestion.readers.mdbook_summary import Listed, parse_summary
from glossator.ingestion.readers.pages import Page, chapter, mapping_of, text_of
from glossator.ingestion.readers.prose import natural_key
from glossator.ingestion.slugs import mdbook_slugger
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits, SourceError

CONFIG = "book.toml"
_CONFIG_CHARS = 500_000


@dataclass(frozen=True, slots=True)
class _Book:
    """Where a book lies in the folder and what its settings say."""

    source: str
    title: str | None
    language: str
    site_url: str | None
    settings: Settings


def find_book(folder: SourceFolder) -> str | None:
    """The folder (relative, `""` for the root) of a book, at most two levels down."""
    files = folder.files()
    for name in (CONFIG, "src/SUMMARY.md"):
        for depth in (0, 1, 2):
            for rel in files:
                if (rel == name or rel.endswith(f"/{name}")) and rel.removesuffix(name).count(
                    "/"
                ) == depth:
                    return rel.removesuffix(name).rstrip("/")
    return None


def read(folder: SourceFolder, limits: ReadLimits) -> list[BookSource]:  # noqa: ARG001
    """The one book in the folder; raises `SourceError` where there is none."""
    home = find_book(folder)
    if home is None:
        raise SourceError("", "There is no book.toml in the folder.")
    book = _settings(folder, home)
    helpers = Helpers(folder)
    chapters: list[ChapterSource] = []
    seen: set[str] = set()
    for listed in _listed(folder, book.source):
        rel = folder.resolve(join(book.source, "SUMMARY.md"), listed.target)
        if rel is None or not folder.exists(rel):
            reason = "lies outside the book's folder" if rel is None else "isn't there"
            message = f"The contents name {listed.target}, which {reason}."
            folder.note(join(book.source, "SUMMARY.md"), message)
            continue
        page = _page(book, listed, rel)
        if page.chapter_id in seen:
            continue
        seen.add(page.chapter_id)
        try:
            markdown = helpers.expand(rel, folder.text(rel))
            neutral = to_neutral_markdown(markdown, book.settings)
            chapters.append(chapter(folder, page, neutral, mdbook_slugger))
        except SourceError as error:
            folder.note(rel, error.message)
    return [
        BookSource(
            kind="mdbook",
            title=book.title or folder.name,
            chapters=tuple(chapters),
            language=book.language,
            problems=tuple(folder.problems),
            site_url=book.site_url,
        )
    ]


def _page(book: _Book, listed: Listed, rel: str) -> Page:
    stem = splitext(rel)[0]
    inner = stem.removeprefix(f"{book.source}/") if book.source else stem
    folder, _, name = inner.rpartition("/")
    chapter_id = join(folder, "index") if name.lower() == "readme" else inner
    return Page(
        rel=rel,
        chapter_id=chapter_id,
        url_path=f"{chapter_id}.html",
        language=book.language,
        listed=listed.title or None,
        depth=listed.depth,
        part=listed.part,
    )


def _listed(folder: SourceFolder, source: str) -> list[Listed]:
    summary = join(source, "SUMMARY.md")
    try:
        found = parse_summary(folder.text(summary))
    except SourceError as error:
        folder.note(summary, error.message)
        found = []
    if found:
        return found
    folder.note(summary, "It names no chapters, so the files are read in the order of their names.")
    prefix = f"{source}/" if source else ""
    files = [rel.removeprefix(prefix) for rel in folder.files() if rel.startswith(prefix)]
    pages = sorted((rel for rel in files if rel.endswith(".md")), key=natural_key)
    return [Listed("", rel, 0, ()) for rel in pages if rel != "SUMMARY.md"]


def _settings(folder: SourceFolder, home: str) -> _Book:
    rel = join(home, CONFIG)
    raw = _toml(folder, rel) if folder.exists(rel) else {}
    book = mapping_of(raw.get("book"))
    html = mapping_of(mapping_of(raw.get("output")).get("html"))
    named = text_of(book.get("src")) or "src"
    source = folder.resolve(rel, named)
    if source is None or not folder.is_folder(source):
        reason = "lies outside the folder" if source is None else "isn't there"
        raise SourceError(folder.shown(rel), f"Its folder of chapters, {named}, {reason}.")
    hidelines = mapping_of(mapping_of(html.get("code")).get("hidelines"))
    domain = text_of(html.get("cname"))
    address = text_of(html.get("site-url")) or ""
    return _Book(
        source="" if source == "." else source,
        title=text_of(book.get("title")),
        language=text_of(book.get("language")) or "en",
        site_url=f"https://{domain}/" if domain else address if "://" in address else None,
        settings=Settings(
            mathjax=html.get("mathjax-support") is True,
            definitions=html.get("definition-lists") is not False,
            hidelines={key: str(value) for key, value in hidelines.items() if value},
        ),
    )


def _toml(folder: SourceFolder, rel: str) -> Mapping[str, object]:
    try:
        text = folder.text(rel)
        if len(text) > _CONFIG_CHARS:
            raise SourceError(folder.shown(rel), f"It is longer than {_CONFIG_CHARS:,} characters.")
        return tomllib.loads(text)
    except SourceError as error:
        folder.note(rel, error.message)
    except (ValueError, RecursionError):
        folder.note(rel, "It isn't valid TOML, so the usual settings count.")
    return {}
