"""EPUB 2 and 3: the pages of the spine in order, titles from the contents, notes kept."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece
from glossator.ingestion.readers.epub_package import Package, Page, package, resolved
from glossator.ingestion.readers.files import bounded
from glossator.ingestion.readers.html import decoded
from glossator.ingestion.readers.html_pieces import PieceWriter, Plan, State
from glossator.ingestion.readers.html_tree import attribute, language_of, parse
from glossator.ingestion.readers.phrases import literal
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.readers.zips import SafeZip, opened
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import (
    DocumentSource,
    Problem,
    ReadLimits,
    SourceError,
    Tell,
    untold,
)
from glossator.library.content import BlockKind

# A reference to a note says so, or is a small raised link to a place.
_REFERENCE = re.compile(
    r"<a\s(?=[^<>]{0,500}(?:noteref|footnote-ref))[^<>]{0,500}>"
    r"|<sup(?:\s[^<>]{0,200})?>\s{0,20}(?:<span[^<>]{0,200}>)?<a\s[^<>]{0,500}>"
    r"|<a\s[^<>]{0,500}>\s{0,20}(?:\[\s*)?<sup[\s>]",
    re.IGNORECASE,
)
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"'<>]{1,500})["']""")
_ID = re.compile(r"""\bid\s*=\s*["']([^"'<>]{1,200})["']""")
_MAX_NOTES = 20_000


def read(path: Path, limits: ReadLimits, tell: Tell = untold) -> DocumentSource:
    """The book at `path`. Raises `SourceError`; a page that can't be read is a problem."""
    with opened(path, limits) as archive:
        book = package(archive, path.name)
        problems = [Problem(name, "The book names this page but doesn't hold it.")
                    for name in book.missing]  # fmt: skip
        pieces, numbered, language = _text(archive, book, problems, limits, tell)
    if not pieces and problems:
        raise SourceError(path.name, f"None of its pages could be read. {problems[0].message}")
    document = DocumentSource(
        kind="epub",
        title=book.title or _first_heading(pieces) or words_of_name(path.stem),
        content=assemble(pieces, github_slugger()),
        language=book.language or language or "en",
        pages=numbered,
        problems=tuple(problems),
    )
    return bounded(document, path.name, limits)


def _first_heading(pieces: list[Piece]) -> str:
    return next((mark.text for piece in pieces for mark in piece.headings), "")


def _text(
    archive: SafeZip, book: Package, problems: list[Problem], limits: ReadLimits, tell: Tell
) -> tuple[list[Piece], int | None, str | None]:
    """The book's pieces, its last page number where it has any, and its pages' language."""
    labels, wanted = _notes(archive, book)
    notes: dict[str, str] = {}
    pages: list[tuple[list[Piece], list[str]]] = []
    number: int | None = None
    language: str | None = None
    size = 0
    for done, page in enumerate(book.pages):
        tell(done, len(book.pages))
        try:
            here = frozenset(wanted.get(page.name, ()))
            state, pieces, own = _page(archive, page, book, labels, number, here)
        except SourceError as error:
            problems.append(Problem(page.name, error.message))
            continue
        number, language = state.page, language or own
        notes |= state.notes
        size += sum(len(piece.text) for piece in pieces)
        if size > limits.document_chars:
            raise SourceError("", f"It has more than {limits.document_chars:,} characters.")
        pages.append((pieces, wanted.get(page.name, [])))
    everything: list[Piece] = []
    for pieces, own_notes in pages:
        everything += pieces
        page_number = pieces[-1].page if pieces else None
        everything += [
            Piece(BlockKind.PARAGRAPH, f"[^{label}]: {notes[label]}", page=page_number)
            for label in own_notes
            if notes.get(label)
        ]
    return everything, number, language


def _notes(
    archive: SafeZip, book: Package
) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Per file the ids in it that are notes -> labels, and per file the labels it refers to."""
    labels: dict[str, dict[str, str]] = {}
    wanted: dict[str, list[str]] = {}
    # Places of references: what links to them is a note on its way back to its text.
    origins: set[tuple[str, str]] = set()
    count = 0
    for page in book.pages:
        for href, own in _references(archive, page):
            name = resolved(posixpath.dirname(page.name), href) if href[0] != "#" else page.name
            fragment = unquote(href.partition("#")[2])
            if name is None or not fragment or (name, fragment) in origins:
                continue
            if any(each in labels.get(page.name, {}) for each in own):
                continue
            origins |= {(page.name, each) for each in own}
            if fragment in labels.get(name, {}):
                continue
            count += 1
            if count > _MAX_NOTES:
                return labels, wanted
            labels.setdefault(name, {})[fragment] = str(count)
            wanted.setdefault(page.name, []).append(str(count))
    return labels, wanted


def _references(archive: SafeZip, page: Page) -> Iterator[tuple[str, list[str]]]:
    """Addresses of what may be notes, each with the ids of the element that refers to it."""
    if page.drawing:
        return
    try:
        text = archive.read(page.name).decode("utf-8", "replace")
    except SourceError:
        return
    if "noteref" not in text and "<sup" not in text and "footnote-ref" not in text:
        return
    for match in _REFERENCE.finditer(text):
        href = _HREF.search(match[0])
        if href is not None and "#" in href[1] and "backlink" not in match[0]:
            yield href[1], _ID.findall(match[0])


def _page(
    archive: SafeZip,
    page: Page,
    book: Package,
    labels: Mapping[str, Mapping[str, str]],
    number: int | None,
    wanted: frozenset[str],
) -> tuple[State, list[Piece], str | None]:
    text = decoded(archive.read(page.name), page.name)
    tree = parse(text, page.name, xhtml=True)
    base = posixpath.dirname(page.name)

    def reference(href: str) -> str | None:
        name = page.name if href.startswith("#") else resolved(base, href)
        return labels.get(name or "", {}).get(unquote(href.partition("#")[2]))

    def picture(href: str) -> str:
        name = resolved(base, href)
        return name if name and name in archive else ""

    body = tree.body
    has_headings = body is not None and body.css_first("h1,h2,h3,h4,h5,h6") is not None
    plan = Plan(
        notes=labels.get(page.name, {}),
        in_place=wanted,
        reference=reference,
        titles={} if has_headings else _titles(book, page.name),
        asides=True,
        picture=picture,
    )
    linked = frozenset(attribute(each, "id") for each in tree.css("h1[id],h2[id],h3[id]"))
    state = State(plan, page=number, linked=linked)
    writer = PieceWriter(state)
    if body is not None:
        writer.write(body)
    pieces = writer.pieces
    title = book.contents.get(page.name)
    if title is not None and not has_headings and any(p.text for p in pieces):
        pieces.insert(0, _heading(title, pieces[0].page))
    html = tree.css_first("html")
    language = attribute(html, "xml:lang") or attribute(html, "lang") if html is not None else ""
    return state, pieces, language_of(language)


def _titles(book: Package, name: str) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for place, (title, depth) in book.contents.items():
        file, _, fragment = place.partition("#")
        if file == name and fragment:
            found[fragment] = (literal(title), min(depth, 6))
    return found


def _heading(title: tuple[str, int], page: int | None) -> Piece:
    words, depth = title[0], min(title[1], 6)
    text = f"{'#' * depth} {literal(words)}"
    return Piece(BlockKind.HEADING, text, headings=(HeadingMark(words, depth, None),), page=page)
