"""Paragraphs of a PDF to the pieces of a canonical text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from glossator.ingestion.pieces import HeadingMark, Piece, fenced
from glossator.ingestion.readers.pdf_paragraphs import NOTE_MARKS, Paragraph
from glossator.ingestion.readers.pdf_tables import without_leaders
from glossator.ingestion.readers.pdf_words import Vocabulary, joined, running_text
from glossator.library.content import BlockKind
from glossator.library.sentences import sentence_spans

_MARK = re.compile(
    r"(?:[•●◦▪▫■□‣⁃∙·○➢➤✓◆–—*-]|\(?(?:[\d۰-۹٠-٩]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)۔-])\s+"
)
_ENDED = re.compile(r"[.!?:;۔؟।。…][\"'”’)\]⁰¹²³⁴⁵⁶⁷⁸⁹]*$")
_SPECIAL = re.compile(r"^(#{1,6}\s|>|[-*+]\s|\d{1,9}[.)]\s|```|~~~|\|)")
_MONO_ADVANCE = 0.6
_NOTES = 8  # Footnotes of a page that are looked past.
_SHORT = 20  # Characters; what is shorter is a label in a figure.
_MAX_INDENT = 40
_NOT_TITLES = re.compile(
    r"untitled|unbenannt|document\d*|dokument\d*|microsoft (?:word|powerpoint).*|slide \d+"
    r"|.*\.(?:docx?|tex|dvi|pdf|indd|qxd|ps|odt|rtf|html?|pptx?|xlsx?|md|cdr|ai)",
    re.IGNORECASE,
)


def pieces_of(
    every: Sequence[Paragraph], words: Vocabulary, recognised: Mapping[int, str]
) -> list[Piece]:
    """The pieces in order; a sentence that runs over a page's end belongs where it begins."""
    pieces: list[Piece] = []
    waiting = sorted(recognised)
    at = 0
    while at < len(every):
        paragraph = every[at]
        while waiting and waiting[0] < paragraph.page:
            pieces += _recognised(waiting.pop(0), recognised, words)
        if paragraph.kind == "item":
            end = at + 1
            while end < len(every) and _same_list(every[at], every[end]):
                end += 1
            pieces.append(_list(every[at:end], words))
            at = end
            continue
        piece = _piece(paragraph, words)
        if piece is not None and not (
            paragraph.kind == "text" and paragraph.fresh and _goes_on(pieces, piece, words)
        ):
            pieces.append(piece)
        at += 1
    for page in waiting:
        pieces += _recognised(page, recognised, words)
    return pieces


def _piece(paragraph: Paragraph, words: Vocabulary) -> Piece | None:
    page = paragraph.page
    if paragraph.kind == "table":
        return Piece(BlockKind.TABLE, paragraph.table, page=page)
    if paragraph.kind == "code":
        text = fenced(_listing(paragraph), None)
        return Piece(BlockKind.CODE, text, page=page) if text else None
    if paragraph.kind == "contents":
        rows = (" ".join(without_leaders(line.text).split()) for line in paragraph.lines)
        return Piece(BlockKind.PARAGRAPH, "\n".join(row for row in rows if row), page=page)
    text = running_text(paragraph.lines, words)
    if not text:
        return None
    if paragraph.kind == "heading":
        mark = HeadingMark(text, paragraph.depth, None)
        return Piece(
            BlockKind.HEADING, f"{'#' * paragraph.depth} {text}", headings=(mark,), page=page
        )
    return Piece(BlockKind.PARAGRAPH, _SPECIAL.sub(r"\\\1", text), page=page)


def _listing(paragraph: Paragraph) -> str:
    """A listing's lines with their indentation and blank lines, told from the places."""
    left = min(line.x0 for line in paragraph.lines)
    rows: list[str] = []
    last = paragraph.lines[0]
    for line in paragraph.lines:
        advance = max(_MONO_ADVANCE * line.size, 1.0)
        if last.base - line.base > 1.9 * line.size:
            rows.append("")
        indent = min(round((line.x0 - left) / advance), _MAX_INDENT)
        rows.append(" " * indent + line.text.rstrip())
        last = line
    return "\n".join(rows)


def _same_list(first: Paragraph, other: Paragraph) -> bool:
    return (
        other.kind == "item"
        and other.page - first.page <= 1
        and (other.marker == "-") == (first.marker == "-")
        and abs(other.size - first.size) < 0.1 * first.size
    )


def _list(items: Sequence[Paragraph], words: Vocabulary) -> Piece:
    rows: list[str] = []
    rtl = items[0].lines[0].rtl
    edge = (max if rtl else min)(_edge(item, rtl=rtl) for item in items)
    for item in items:
        text = running_text(item.lines, words)
        bare = _MARK.sub("", text, count=1)
        digits = re.sub(r"\D", "", item.marker)
        mark = f"{int(digits)}." if digits else "-"
        depth = round(abs(_edge(item, rtl=rtl) - edge) / (2.5 * item.size)) if item.size else 0
        kept = bare if digits or item.marker == "-" else text
        rows.append(" " * (3 * min(depth, 4)) + f"{mark} {kept}")
    return Piece(BlockKind.LIST, "\n".join(rows), page=items[0].page)


def _edge(item: Paragraph, *, rtl: bool) -> float:
    return item.lines[0].x1 if rtl else item.lines[0].x0


def _goes_on(pieces: list[Piece], piece: Piece, words: Vocabulary) -> bool:
    """Move the rest of a sentence that the page or column before began to where it began.

    Changes `pieces`; true where `piece` went on with one of them, false where it stands alone.
    """
    at = _open_end(pieces, piece)
    if at is None:
        return False
    before = pieces[at]
    end = len(piece.text)
    if before.page != piece.page:
        # Each sentence keeps the page that it begins on.
        end = next((stop for _, stop in sentence_spans(piece.text)), end)
    head, rest = piece.text[:end].strip(), piece.text[end:].strip()
    pieces[at] = Piece(before.kind, joined(before.text, head, words), page=before.page)
    if rest:
        pieces.append(Piece(piece.kind, rest, page=piece.page))
    return True


def _open_end(pieces: Sequence[Piece], piece: Piece) -> int | None:
    """The last paragraph of the page or column before, if its sentence goes on in `piece`."""
    last = pieces[-1].page if pieces else None
    first = piece.text[:1]
    if last is None or piece.page not in (last, last + 1) or not first.isalpha() or first.isupper():
        return None
    # Footnotes may stand between the two halves.
    for at in range(len(pieces) - 1, max(len(pieces) - _NOTES, -1), -1):
        candidate = pieces[at]
        if candidate.page != last or candidate.kind is not BlockKind.PARAGRAPH:
            return None
        if candidate.text[:1] in NOTE_MARKS:
            continue
        ended = _ENDED.search(candidate.text[-40:]) or len(candidate.text) < _SHORT
        return None if ended or "\n" in candidate.text else at
    return None


def _recognised(page: int, texts: Mapping[int, str], words: Vocabulary) -> Iterator[Piece]:
    for part in re.split(r"\n[^\S\n]*\n+", texts[page]):
        text = ""
        for line in part.split("\n"):
            text = joined(text, " ".join(line.split()), words)
        if text:
            yield Piece(BlockKind.PARAGRAPH, _SPECIAL.sub(r"\\\1", text), page=page)


def sensible_title(title: str, stem: str) -> str:
    """The title of the metadata where a person wrote it, else nothing."""
    letters = sum(char.isalpha() for char in title)
    if letters < 2 or len(title) > 200 or _NOT_TITLES.fullmatch(title.strip()):
        return ""
    if title.casefold() == stem.casefold() or ("_" in title and " " not in title):
        return ""
    return title


def page_ranges(pages: Sequence[int]) -> str:
    """`Page 4`, `Pages 3 to 9`, `Pages 1, 3 to 9 and 12`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page - 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    parts = [f"{a}" if a == b else f"{a} and {b}" if b == a + 1 else f"{a} to {b}" for a, b in runs]
    word = "Page" if len(pages) == 1 else "Pages"
    if len(parts) > 12:
        return f"{word} {', '.join(parts[:12])} and {len(parts) - 12:,} more stretches"
    listed = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    return f"{word} {listed}"
