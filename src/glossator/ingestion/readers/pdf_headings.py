"""Which paragraphs are headings: the outline says so, or else size, weight and numbering do."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glossator.ingestion.readers.pdf_outline import Entry
from glossator.ingestion.readers.pdf_paragraphs import Measures, Paragraph

_LARGER = 1.12
_MAX_LINES = 3
_MAX_CHARS = 160
_MIN_SPLIT = 4
_MAX_WORDS = 12
_NUMBERED = re.compile(
    r"^(?:(?i:chapter|appendix|part|section|kapitel|باب)\s+[\dA-Z۰-۹٠-٩]{1,4}"
    r"|[\d۰-۹٠-٩]{1,3}(?:\.\d{1,3})*|[A-Z](?:\.\d{1,3})+|[IVX]{1,5})[.:]?\s+"
)
_DOTTED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,4})\.?\s+\S")
_OTHERS = re.compile(r"[\W_]+")
_STOPS = tuple(".,;:!؟。،")
_MANY = 0.25  # A style of more than this share of the characters is no heading's.
_SPARSE = 12  # Pages for one entry; an outline of chapters alone leaves the sections to sizes.


def mark_headings(
    paragraphs: list[Paragraph], entries: Sequence[Entry], usual: Measures, pages: int
) -> int:
    """Give every heading its depth, 1 to 6; the number of entries found in the text."""
    matched = _by_outline(paragraphs, entries) if entries else 0
    if matched == 0:
        _by_style(paragraphs, usual, first=1)
    elif pages > _SPARSE * matched:
        deepest = max(paragraph.depth for paragraph in paragraphs)
        _by_style(paragraphs, usual, first=deepest + 1)
    return matched


def key(text: str) -> str:
    """Letters and digits alone, without regard to case and form."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _OTHERS.sub("", plain.casefold())


@dataclass(slots=True)
class _Candidate:
    """A paragraph short enough for a heading, with its words as `key` has them."""

    paragraph: Paragraph
    words: str
    bare: str

    @classmethod
    def of(cls, paragraph: Paragraph) -> _Candidate:
        text = " ".join(line.text for line in paragraph.lines)
        return cls(paragraph, key(text), key(_NUMBERED.sub("", text, count=1)))


def _by_outline(paragraphs: list[Paragraph], entries: Sequence[Entry]) -> int:
    on_page: dict[int, list[Paragraph]] = defaultdict(list)
    for paragraph in paragraphs:
        on_page[paragraph.page].append(paragraph)
    candidates = {page: _candidates(those) for page, those in on_page.items()}
    matched = 0
    left: list[Entry] = []
    heads: dict[int, Paragraph] = {}
    for entry in entries:
        found = _titled(candidates, entry) or _split(on_page[entry.page + 1], entry, heads)
        if found is None:
            left.append(entry)
        else:
            matched += _promoted(found, entry)
    for entry in left:
        page = on_page[entry.page + 1]
        found = _run_in(page, entry, heads) or _standing_at(page, entry)
        matched += found is not None and _promoted(found, entry)
    if heads:
        paragraphs[:] = [
            part
            for paragraph in paragraphs
            for part in (heads.get(id(paragraph)), paragraph)
            if part is not None
        ]
    return matched


def _promoted(found: Paragraph, entry: Entry) -> bool:
    if found.kind != "heading":
        found.kind, found.depth = "heading", min(entry.depth, 6)
    return True


def _candidates(page: Sequence[Paragraph]) -> list[_Candidate]:
    return [
        _Candidate.of(paragraph)
        for paragraph in page
        if paragraph.kind in ("text", "item", "code")
        and len(paragraph.lines) <= 2 * _MAX_LINES
        and sum(len(line.text) for line in paragraph.lines) <= 2 * _MAX_CHARS
    ]


def _titled(candidates: dict[int, list[_Candidate]], entry: Entry) -> Paragraph | None:
    """The paragraph whose words are the entry's, numbering apart, nearest to where it points."""
    wanted = key(entry.title)
    bare = key(_NUMBERED.sub("", entry.title, count=1)) or wanted
    if not wanted:
        return None
    for page in (entry.page + 1, entry.page + 2, entry.page):
        fitting = [
            each.paragraph
            for each in candidates.get(page, ())
            if wanted in (each.words, each.bare) or bare in (each.words, each.bare)
        ]
        if not fitting:
            continue
        top = entry.top
        if top is None or page != entry.page + 1:
            return max(fitting, key=lambda each: (each.size, each.bold))
        return min(fitting, key=lambda each: abs(each.lines[0].base - top))
    return None


def _split(
    page: Sequence[Paragraph], entry: Entry, heads: dict[int, Paragraph]
) -> Paragraph | None:
    """A heading that stands as the first lines of a longer paragraph, cut off from it."""
    wanted = key(entry.title)
    for paragraph in page:
        if paragraph.kind not in ("text", "item") or len(wanted) < _MIN_SPLIT:
            continue
        first = key(paragraph.lines[0].text)
        if not first or not wanted.startswith(first) or id(paragraph) in heads:
            continue
        for lines in range(1, min(_MAX_LINES, len(paragraph.lines) - 1) + 1):
            if key(" ".join(line.text for line in paragraph.lines[:lines])) == wanted:
                head = Paragraph("text", paragraph.page, paragraph.lines[:lines])
                paragraph.lines = paragraph.lines[lines:]
                heads[id(paragraph)] = head
                return head
    return None


def _run_in(
    page: Sequence[Paragraph], entry: Entry, heads: dict[int, Paragraph]
) -> Paragraph | None:
    """A heading that its paragraph follows on the same line, cut off from it."""
    wanted = key(entry.title)
    for paragraph in page:
        line = paragraph.lines[0]
        near = entry.top is not None and abs(entry.top - line.base - line.size) < 3 * line.size
        words = line.text.split()
        if not near or paragraph.kind != "text" or id(paragraph) in heads:
            continue
        for count in range(1, min(len(words), _MAX_WORDS)):
            if key(" ".join(words[:count])) == wanted:
                title, rest = " ".join(words[:count]), " ".join(words[count:])
                head = Paragraph("text", paragraph.page, [replace(line, text=title)])
                paragraph.lines = [replace(line, text=rest), *paragraph.lines[1:]]
                heads[id(paragraph)] = head
                return head
    return None


def _standing_at(page: Sequence[Paragraph], entry: Entry) -> Paragraph | None:
    """What looks like a heading right below where an entry of other words points."""
    if entry.top is None:
        return None
    sizes = Counter(round(p.size, 1) for p in page for _ in p.lines if p.kind == "text")
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    for paragraph in page:
        top = paragraph.lines[0].base + paragraph.size
        near = -2.0 * paragraph.size <= entry.top - top <= 4.0 * paragraph.size
        looks = paragraph.size > 1.05 * body or paragraph.bold
        if near and looks and paragraph.kind == "text" and len(paragraph.lines) <= _MAX_LINES:
            return paragraph
    return None


def _by_style(paragraphs: Sequence[Paragraph], usual: Measures, first: int) -> None:
    total = sum(len(line.text) for paragraph in paragraphs for line in paragraph.lines) or 1
    candidates: list[Paragraph] = []
    for at, paragraph in enumerate(paragraphs):
        if _may_be_heading(paragraph, usual):
            below = paragraphs[at + 1] if at + 1 < len(paragraphs) else None
            if (
                below is None
                and first == 1
                and len(paragraphs) > 1
                and paragraph.size < 1.3 * usual.size
            ):
                continue
            candidates.append(paragraph)
    empty = _without_text(candidates, paragraphs)
    candidates = [candidate for candidate in candidates if id(candidate) not in empty]
    styles: Counter[tuple[float, bool]] = Counter()
    for candidate in candidates:
        styles[_style(candidate)] += sum(len(line.text) for line in candidate.lines)
    fitting = sorted(
        (style for style, chars in styles.items() if chars <= _MANY * total or len(paragraphs) < 4),
        key=lambda style: (-style[0], not style[1]),
    )
    ranks = {style: first + rank for rank, style in enumerate(fitting)}
    by_dots = _dots_agree(candidates)
    for paragraph in candidates:
        rank = ranks.get(_style(paragraph))
        if rank is None:
            continue
        dotted = _DOTTED.match(paragraph.lines[0].text) if by_dots else None
        if dotted and paragraph.size < 1.3 * usual.size:
            top = min(ranks.values())
            rank = max(top + dotted[1].count("."), rank if not dotted[1].count(".") else 0)
        paragraph.kind, paragraph.depth = "heading", min(rank, 6)


def _without_text(candidates: Sequence[Paragraph], paragraphs: Sequence[Paragraph]) -> set[int]:
    """Candidates with nothing below them but a larger one: the author's name under a title."""
    chosen = {id(candidate) for candidate in candidates}
    found: set[int] = set()
    below: Paragraph | None = None
    for paragraph in reversed(paragraphs):
        if id(paragraph) not in chosen:
            below = None
            continue
        if below is not None and _style(below) > _style(paragraph):
            found.add(id(paragraph))
        else:
            below = paragraph
    return found


def _style(paragraph: Paragraph) -> tuple[float, bool]:
    return round(paragraph.size * 2) / 2, paragraph.bold


def _may_be_heading(paragraph: Paragraph, usual: Measures) -> bool:
    if paragraph.kind not in ("text", "item") or len(paragraph.lines) > _MAX_LINES:
        return False
    text = " ".join(line.text for line in paragraph.lines)
    letters = sum(char.isalpha() for char in text)
    if letters < 2 or letters * 2 < len(text.replace(" ", "")) or len(text) > _MAX_CHARS:
        return False
    if paragraph.kind == "item" and (paragraph.marker == "-" or not paragraph.bold):
        return False
    if paragraph.size >= _LARGER * usual.size:
        return True
    return paragraph.bold and paragraph.size > 0.97 * usual.size and not text.endswith(_STOPS)


def _dots_agree(candidates: Sequence[Paragraph]) -> bool:
    """Whether most headings carry numbers such as 2.1, so that dots tell their depth."""
    dotted = [
        p for p in candidates if "." in (m[1] if (m := _DOTTED.match(p.lines[0].text)) else "")
    ]
    return len(dotted) >= 2 and len(dotted) * 3 >= len(candidates)
