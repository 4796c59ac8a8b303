"""Word documents: styles to headings, lists, tables, notes, formulas; deletions left out.

The body is read child by child, so memory is that of its largest table, not of the document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece, fenced, markdown_table
from glossator.ingestion.readers import phrases, safe_xml
from glossator.ingestion.readers.docx_runs import Runs, Shared
from glossator.ingestion.readers.docx_styles import (
    Numbering,
    Style,
    number_of,
    numbering_of,
    styles_of,
    value,
)
from glossator.ingestion.readers.files import bounded
from glossator.ingestion.readers.html_tree import language_of
from glossator.ingestion.readers.nested_lists import Item, list_piece
from glossator.ingestion.readers.office import Parts
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.readers.zips import opened
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, SourceError
from glossator.library.content import BlockKind, Container
from glossator.library.plain import plain

_MAX_NESTING = 20
_WRAPPERS = frozenset(("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag"))


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The document at `path`. Raises `SourceError`."""
    with opened(path, limits) as archive:
        parts = Parts(archive, path.name)
        main = parts.main("word/document.xml")
        relations = parts.relations(main)
        by_kind = {each.kind: each.target for each in relations.values() if not each.external}
        style_root = parts.xml(by_kind.get("styles", "word/styles.xml"))
        styles = styles_of(style_root)
        numbering = numbering_of(parts.xml(by_kind.get("numbering", "word/numbering.xml")))
        notes = _notes(parts, by_kind, styles)
        shared = Shared(styles, relations, notes)
        body = Body(shared, numbering, limits)
        for element in safe_xml.children(archive.chunks(main), path.name):
            body.add(element)
        body.finish()
        title, language = parts.core()
    pieces = body.pieces
    problems = [Problem("", "A part in another format lies in it; that part was left out.")] * (
        "aFChunk" in by_kind
    )
    document = DocumentSource(
        kind="docx",
        title=body.title or title or _first_heading(pieces) or words_of_name(path.stem),
        content=assemble(pieces, github_slugger()),
        language=language or _language(style_root) or "en",
        problems=tuple(problems),
    )
    return bounded(document, path.name, limits)


def _first_heading(pieces: Iterable[Piece]) -> str:
    return next((mark.text for piece in pieces for mark in piece.headings), "")


def _language(styles: Element | None) -> str | None:
    defaults = safe_xml.at(styles, "w:docDefaults/w:rPrDefault/w:rPr/w:lang")
    return language_of(defaults.get("w:val")) if defaults is not None else None


def _notes(parts: Parts, by_kind: dict[str, str], styles: dict[str, Style]) -> dict[str, str]:
    """Footnotes and endnotes by kind and id, each on one line."""
    found: dict[str, str] = {}
    for kind, prefix in (("footnotes", "foo"), ("endnotes", "end")):
        name = by_kind.get(kind, f"word/{kind}.xml")
        root = parts.xml(name)
        for note in root if root is not None else ():
            if note.get("w:type", "normal") != "normal":
                continue
            shared = Shared(styles, parts.relations(name), {})
            lines = [Runs(shared, heading=True).text(each) for each in note.iter("w:p")]
            found[f"{prefix}{note.get('w:id', '')}"] = " ".join(filter(None, lines))
    return found


class Body:
    """Collects the pieces of a document's body; `title` is what stands in the title's style."""

    def __init__(self, shared: Shared, numbering: Numbering, limits: ReadLimits) -> None:
        self._shared = shared
        self._numbering = numbering
        self._limits = limits
        self._items: list[Item] = []
        self._code: list[str] = []
        self._quotes = 0
        self._in_quote = False
        self._counters: dict[tuple[str, int], int] = {}
        self._noted = 0
        self._chars = 0
        self.pieces: list[Piece] = []
        self.title = ""

    def add(self, element: Element, depth: int = 0) -> None:
        """Add a child of the body."""
        if depth > _MAX_NESTING:
            # Words count, however deep; how they are arranged there doesn't.
            text = phrases.literal(safe_xml.words(element))
            if text:
                self._words(text, Style(), None)
            return
        if element.tag == "w:p":
            self._paragraph(element, depth)
        elif element.tag == "w:tbl":
            self._table(element, depth)
        elif element.tag in _WRAPPERS:
            for child in element:
                self.add(child, depth + 1)
        elif element.tag == "mc:AlternateContent":
            for child in element.find("mc:Choice") or ():
                self.add(child, depth + 1)

    def finish(self) -> None:
        """End what is still open and add the notes that were not added yet."""
        self._close()
        self._add_notes()

    def _put(self, piece: Piece) -> None:
        self._chars += len(piece.text)
        if self._chars > self._limits.document_chars:
            sentence = f"It has more than {self._limits.document_chars:,} characters; split it."
            raise SourceError("", sentence)
        self.pieces.append(piece)

    def _close(self, *, keep: str = "") -> None:
        """End the list, the listing and the quotation, but for the one to `keep`."""
        if self._items and keep != "list":
            items, self._items = self._items, []
            self._put(list_piece(items))
        if self._code and keep != "code":
            lines, self._code = self._code, []
            text = fenced("\n".join(lines), None)
            if text:
                self._put(Piece(BlockKind.CODE, text))
        if keep != "quote":
            self._in_quote = False

    def _add_notes(self) -> None:
        names = self._shared.used_notes
        for index in range(self._noted, len(names)):
            text = f"[^{index + 1}]: {self._shared.notes[names[index]]}"
            self._put(Piece(BlockKind.PARAGRAPH, text))
        self._noted = len(names)

    def _paragraph(self, element: Element, depth: int) -> None:
        properties = element.find("w:pPr")
        style = self._style(properties)
        if style.role == "contents":
            return
        heading = style.role in ("heading", "title")
        runs = Runs(self._shared, heading=heading)
        text = runs.text(element)
        code = "".join(runs.code)
        if style.role == "code" or style.code or (code.strip() and not runs.plain):
            self._close(keep="code")
            self._code += code.split("\n")
        elif heading:
            self._heading(text, style)
        elif text:
            self._words(text, style, number_of(properties) or style.number)
        elif not runs.formulas:
            # A blank line between listing lines is one of the listing.
            self._close(keep="code" if self._code else "list")
            if self._code:
                self._code.append("")
        for latex in runs.formulas:
            self._close()
            self._put(Piece(BlockKind.MATH, f"$$\n{latex}\n$$"))
        boxes, self._shared.boxes = self._shared.boxes, []
        for box in boxes:
            for child in box:
                self.add(child, depth + 1)

    def _style(self, properties: Element | None) -> Style:
        style = self._shared.styles.get(value(properties, "w:pStyle") or "", Style())
        outline = value(properties, "w:outlineLvl")
        # Level 9 is Word's name for the body's text.
        if not style.role and outline is not None and outline in tuple("012345678"):
            return replace(style, role="heading", level=int(outline) + 1)
        return style

    def _heading(self, text: str, style: Style) -> None:
        if not text:
            return
        self._close()
        level = min(style.level or 1, 6)
        if style.role == "title":
            if self.title:
                self._words(text, Style(), None)
                return
            self.title = plain(text)
        if level == 1:
            self._add_notes()
        mark = HeadingMark(plain(text) or text, level, None)
        self._put(Piece(BlockKind.HEADING, f"{'#' * level} {text}", headings=(mark,)))

    def _words(self, text: str, style: Style, number: tuple[str, int] | None) -> None:
        if number is not None and number[0] != "0":
            self._close(keep="list")
            self._items.append(Item(number[1], self._next(number), text))
            return
        self._close(keep=style.role if style.role == "quote" else "")
        if style.role == "quote":
            self._quotes += not self._in_quote
            self._in_quote = True
            wrapped = (Container("quote", "", self._quotes),)
            self._put(Piece(BlockKind.PARAGRAPH, text, containers=wrapped))
            return
        figure = phrases.is_figure(text)
        self._put(Piece(BlockKind.FIGURE if figure else BlockKind.PARAGRAPH, text))

    def _next(self, number: tuple[str, int]) -> int | None:
        numbered, start = self._numbering.of(*number)
        for key in [key for key in self._counters if key[0] == number[0] and key[1] > number[1]]:
            del self._counters[key]
        count = self._counters.get(number, start - 1) + 1
        self._counters[number] = count
        return count if numbered else None

    def _table(self, table: Element, depth: int) -> None:
        self._close()
        rows: list[list[str]] = []
        found: list[Piece] = []
        for row in _rows(table):
            cells: list[str] = []
            for cell in _cells(row):
                inner = Body(self._shared, self._numbering, self._limits)
                for child in cell:
                    inner.add(child, depth + 1)
                inner._close()
                found += inner.pieces
                properties = cell.find("w:tcPr")
                merged = value(properties, "w:vMerge")
                words = " ".join(piece.text for piece in inner.pieces)
                cells.append("" if merged in ("", "continue") else " ".join(words.split()))
                span = value(properties, "w:gridSpan") or "1"
                cells += [""] * (min(int(span), 100) - 1 if span.isdigit() else 0)
            if any(cells):
                rows.append(cells)
        wide = max((sum(bool(cell) for cell in row) for row in rows), default=0)
        kinds = {piece.kind for piece in found}
        if wide < 2 or BlockKind.CODE in kinds or BlockKind.HEADING in kinds:
            for piece in found:
                self._put(piece)
        elif rows:
            self._put(Piece(BlockKind.TABLE, markdown_table(rows)))


def _rows(table: Element) -> list[Element]:
    rows: list[Element] = []
    pending = list(reversed(table))
    while pending:
        element = pending.pop()
        if element.tag == "w:tr":
            # A row whose deletion is tracked is still there, marked.
            if safe_xml.at(element, "w:trPr/w:del") is None:
                rows.append(element)
        elif element.tag in _WRAPPERS:
            pending += reversed(element)
    return rows


def _cells(row: Element) -> list[Element]:
    cells: list[Element] = []
    pending = list(reversed(row))
    while pending:
        element = pending.pop()
        if element.tag == "w:tc":
            cells.append(element)
        elif element.tag in _WRAPPERS:
            pending += reversed(element)
    return cells
