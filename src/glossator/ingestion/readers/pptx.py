"""Presentations: a slide is a page with its title as heading, then its text, tables, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece, markdown_table
from glossator.ingestion.readers import phrases, safe_xml
from glossator.ingestion.readers.files import bounded
from glossator.ingestion.readers.html_tree import language_of
from glossator.ingestion.readers.nested_lists import Item, list_piece
from glossator.ingestion.readers.office import Parts, Relation
from glossator.ingestion.readers.omml import latex_of
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.readers.zips import opened
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, Tell, untold
from glossator.library.content import BlockKind
from glossator.library.plain import plain

_TITLES = ("title", "ctrTitle")
# What repeats on every slide.
_FURNITURE = frozenset(("dt", "ftr", "sldNum", "hdr"))
_MAX_GROUPS = 12


def read(path: Path, limits: ReadLimits, tell: Tell = untold) -> DocumentSource:
    """The presentation at `path`; block pages are slide numbers. Raises `SourceError`."""
    pieces: list[Piece] = []
    hidden: list[int] = []
    language: str | None = None
    with opened(path, limits) as archive:
        parts = Parts(archive, path.name)
        main = parts.main("ppt/presentation.xml")
        names = _slides(parts, main)
        for number, name in enumerate(names, 1):
            tell(number - 1, len(names))
            root = parts.xml(name)
            if root is None:
                continue
            if root.get("show") in ("0", "false"):
                hidden.append(number)
                continue
            slide = _Slide(number, parts.relations(name))
            slide.read(root)
            _notes(parts, slide)
            pieces += slide.pieces
            language = language or slide.language
        title, own_language = parts.core()
    problems: list[Problem] = []
    if hidden:
        shown = ", ".join(map(str, hidden[:20]))
        problems.append(Problem("", f"Hidden slides were left out: {shown}."))
    first = next((mark.text for piece in pieces for mark in piece.headings), "")
    # Programs that make slides call every presentation the same.
    named = title if title.lower() not in ("powerpoint presentation", "presentation", "") else ""
    document = DocumentSource(
        kind="pptx",
        title=named or first or words_of_name(path.stem),
        content=assemble(pieces, github_slugger()),
        language=own_language or language or "en",
        pages=len(names),
        problems=tuple(problems),
    )
    return bounded(document, path.name, limits)


def _slides(parts: Parts, main: str) -> list[str]:
    root = parts.xml(main)
    relations = parts.relations(main)
    listed = root.iter("p:sldId") if root is not None else ()
    found = [relations.get(each.get("r:id", "")) for each in listed]
    names = [each.target for each in found if each is not None and not each.external]
    return [name for name in dict.fromkeys(names) if name in parts.archive]


def _notes(parts: Parts, slide: _Slide) -> None:
    relation = next((each for each in slide.relations.values() if each.kind == "notesSlide"), None)
    root = parts.xml(relation.target) if relation is not None and not relation.external else None
    if root is None:
        return
    for shape in root.iter("p:sp"):
        if _placeholder(shape) == "body":
            slide.words(shape, bullets=False)


def _placeholder(shape: Element) -> str | None:
    """The kind of a placeholder, "" for one without a kind, None where a shape is none."""
    found = next(shape.iter("p:ph"), None)
    return None if found is None else found.get("type", "")


class _Slide:
    """Collects the pieces of one slide."""

    def __init__(self, number: int, relations: Mapping[str, Relation]) -> None:
        self.number = number
        self.relations = relations
        self.pieces: list[Piece] = []
        self.language: str | None = None

    def read(self, root: Element) -> None:
        tree = safe_xml.at(root, "p:cSld/p:spTree")
        shapes = list(_shapes(tree, 0)) if tree is not None else []
        titles = [each for each in shapes if _placeholder(each) in _TITLES]
        text = " ".join(filter(None, (self._title(each) for each in titles)))
        # A title slide names the whole; the others are its sections.
        depth = 1 if any(_placeholder(each) == "ctrTitle" for each in titles) else 2
        rest = [each for each in shapes if each not in titles]
        for shape in rest:
            self._shape(shape)
        if text or self.pieces:
            words = text or f"Slide {self.number}"
            mark = HeadingMark(plain(words) or words, depth, None)
            heading = f"{'#' * depth} {words}"
            self.pieces.insert(
                0, Piece(BlockKind.HEADING, heading, headings=(mark,), page=self.number)
            )

    def _put(self, kind: BlockKind, text: str) -> None:
        if text:
            self.pieces.append(Piece(kind, text, page=self.number))

    def _title(self, shape: Element) -> str:
        lines = (self._line(each)[0] for each in shape.iter("a:p"))
        return " ".join(" ".join(filter(None, lines)).split())

    def _shape(self, shape: Element) -> None:
        if shape.tag == "p:sp":
            kind = _placeholder(shape)
            if kind not in _FURNITURE:
                self.words(shape, bullets=kind in ("", "body", "obj"))
        elif shape.tag == "p:pic":
            found = safe_xml.at(shape, "p:nvPicPr/p:cNvPr")
            words = found.get("descr", "") if found is not None else ""
            self._put(BlockKind.FIGURE, phrases.finished(phrases.image(words)))
        elif shape.tag == "p:graphicFrame":
            for table in shape.iter("a:tbl"):
                self._table(table)

    def words(self, shape: Element, *, bullets: bool) -> None:
        """Add a shape's paragraphs; those with bullets as a list."""
        items: list[Item] = []
        counters: dict[int, int] = {}
        for paragraph in shape.iter("a:p"):
            text, formulas = self._line(paragraph)
            properties = paragraph.find("a:pPr")
            level = _level(properties)
            if text and _bulleted(properties, bullets):
                numbered = properties is not None and properties.find("a:buAutoNum") is not None
                counters = {key: n for key, n in counters.items() if key <= level}
                counters[level] = counters.get(level, 0) + 1 if numbered else 0
                items.append(Item(level, counters[level] or None, text))
                text = ""
            if (text or formulas) and items:
                self.pieces.append(list_piece(items, self.number))
                items = []
            self._put(BlockKind.PARAGRAPH, text)
            for latex in formulas:
                self._put(BlockKind.MATH, f"$$\n{latex}\n$$")
        if len(items) == 1 and not self._is_list(items):
            self._put(BlockKind.PARAGRAPH, items[0].text)
        elif items:
            self.pieces.append(list_piece(items, self.number))

    def _is_list(self, items: list[Item]) -> bool:
        return items[0].number is not None or items[0].level > 0

    def _line(self, paragraph: Element) -> tuple[str, list[str]]:
        """A paragraph's Markdown, and the formulas that stand by themselves in it."""
        parts: list[str] = []
        formulas: list[str] = []
        for child in paragraph:
            tag = child.tag
            if tag in ("a:r", "a:fld"):
                parts.append(self._run(child))
            elif tag == "a:br":
                parts.append(phrases.BREAK)
            elif tag == "mc:AlternateContent" or tag.endswith("m"):
                parts += [phrases.formula(latex_of(math)) for math in child.iter("m:oMath")]
        alone = len(parts) == 1 and any(True for _ in paragraph.iter("m:oMathPara"))
        text = phrases.finished("".join(parts))
        if alone and text.startswith("$"):
            formulas.append(text.strip("$"))
            text = ""
        return text, formulas

    def _run(self, run: Element) -> str:
        text = phrases.literal("".join(each.text or "" for each in run.findall("a:t")))
        properties = run.find("a:rPr")
        if properties is None or not text.strip():
            return text
        self.language = self.language or language_of(properties.get("lang"))
        font = properties.find("a:latin")
        if font is not None and "ourier" in font.get("typeface", ""):
            return phrases.code("".join(each.text or "" for each in run.findall("a:t")))
        if properties.get("i") in ("1", "true"):
            text = f"{phrases.EMPHASIS}{text}{phrases.EMPHASIS_END}"
        if properties.get("b") in ("1", "true"):
            text = f"{phrases.STRONG}{text}{phrases.STRONG_END}"
        click = properties.find("a:hlinkClick")
        relation = self.relations.get(click.get("r:id", "")) if click is not None else None
        external = relation is not None and relation.external
        return phrases.link(text, relation.target) if relation is not None and external else text

    def _table(self, table: Element) -> None:
        rows: list[list[str]] = []
        for row in table.findall("a:tr"):
            cells: list[str] = []
            for cell in row.findall("a:tc"):
                lines = (self._line(each)[0] for each in cell.iter("a:p"))
                cells.append(" ".join(" ".join(filter(None, lines)).split()))
            rows.append(cells)
        rows = [row for row in rows if any(row)]
        if rows:
            self._put(BlockKind.TABLE, markdown_table(rows))


def _shapes(tree: Element, depth: int) -> Iterator[Element]:
    for child in tree:
        if child.tag == "p:grpSp" and depth < _MAX_GROUPS:
            yield from _shapes(child, depth + 1)
        elif child.tag == "mc:AlternateContent":
            chosen = child.find("mc:Choice")
            if chosen is not None and depth < _MAX_GROUPS:
                yield from _shapes(chosen, depth + 1)
        elif child.tag in ("p:sp", "p:pic", "p:graphicFrame"):
            yield child


def _level(properties: Element | None) -> int:
    level = properties.get("lvl", "0") if properties is not None else "0"
    return int(level) if level in "012345678" and level else 0


def _bulleted(properties: Element | None, usual: bool) -> bool:
    if properties is None:
        return usual
    if properties.find("a:buNone") is not None:
        return False
    marked = properties.find("a:buChar") is not None or properties.find("a:buAutoNum") is not None
    return marked or usual
