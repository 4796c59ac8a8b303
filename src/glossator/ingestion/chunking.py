"""A chapter's canonical text cut into chunks that search can find; pure.

Measured on two textbooks (docs/decisions/0004): one heading section only, whole sentences,
150 word pieces, evenly split, a fifth of overlap, chapter title and heading path in front.
Code is a chunk of its own for the word index alone: embedded, it cost hard questions 15
points of recall.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from glossator.library.content import Block, BlockKind, CanonicalText, Heading
from glossator.library.plain import plain
from glossator.library.sentences import item_spans, row_spans, sentence_spans

Count = Callable[[Sequence[str]], list[int]]

# Between the rows of a table as the encoder reads it.
_ROW_GAP = ". "
_SPACE_OUTSIDE_MATH = re.compile(r"\$[^$\n]+\$|`[^`\n]+`|(\s+)")


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes in word pieces of the encoder, but `inline_code` in characters.

    `target` is a chunk's body, `overlap` what it repeats of the one before, `limit` what the
    encoder reads (prefix and body), `prefix` the most that the heading path may take. A code
    block up to `inline_code` between two paragraphs doesn't end a chunk.
    """

    target: int = 150
    overlap: int = 30
    limit: int = 254
    prefix: int = 64
    inline_code: int = 400

    @classmethod
    def within(cls, limit: int) -> Self:
        """The sizes for an encoder that reads `limit` pieces: smaller alike where it reads less."""
        usual = cls()
        share = min(1.0, limit / usual.limit)
        return cls(
            target=int(usual.target * share),
            overlap=int(usual.overlap * share),
            limit=limit,
            prefix=int(usual.prefix * share),
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch `text[start:end]` of the canonical text.

    `kind` is `prose`, `table`, `math` or `code`. `sentences` are places in the canonical text
    and `places` the same sentences in `embed`, which is what the encoder reads ("" for code);
    `words` is the body for the word index. `anchor` is the section's on the author's site.
    `hash` covers all that the embedding depends on.
    """

    kind: str
    start: int
    end: int
    heading_path: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]
    places: tuple[tuple[int, int], ...]
    embed: str
    words: str
    hash: str
    anchor: str
    page: int | None = None


@dataclass(slots=True)
class _Unit:
    start: int
    end: int
    kind: BlockKind
    sentences: list[tuple[int, int]]
    texts: list[str]
    page: int | None
    pieces: int = 0

    @property
    def text(self) -> str:
        return _ROW_GAP.join(self.texts)


@dataclass(slots=True)
class _Section:
    path: tuple[str, ...]
    anchor: str = ""
    runs: list[list[_Unit]] = field(default_factory=lambda: [[]])
    code: list[Block] = field(default_factory=list)


def chunk(
    content: CanonicalText, title: str, count: Count, sizes: ChunkSizes | None = None
) -> list[Chunk]:
    """All chunks of a chapter in reading order."""
    return list(chunks_of(content, title, count, sizes))


def chunks_of(
    content: CanonicalText, title: str, count: Count, sizes: ChunkSizes | None = None
) -> Iterator[Chunk]:
    """The same one after the other; what comes after a section's last one isn't looked at yet."""
    sizes = sizes or ChunkSizes()
    for section in _sections(content, title, sizes):
        units = [unit for run in section.runs for unit in run]
        for unit, pieces in zip(units, count([unit.text for unit in units]), strict=True):
            unit.pieces = pieces
        found = [_code(content, section, block) for block in section.code]
        prefix = _prefix(section.path, count, sizes) if units else ""
        for run in section.runs:
            whole = _cut_long(run, content.text, count, sizes)
            found += [
                _prose(content, section, prefix, group, count, sizes)
                for group in _groups(whole, sizes)
            ]
        yield from sorted(found, key=lambda item: (item.start, item.end))


def _sections(content: CanonicalText, title: str, sizes: ChunkSizes) -> Iterator[_Section]:
    headings = {heading.start: heading for heading in content.headings}
    stack: list[tuple[int, str]] = []
    chapters = _depth_of_chapters(content.headings, title)
    section = _Section((title,))
    for block in content.blocks:
        if block.kind is BlockKind.HEADING:
            yield section
            heading = headings.get(block.start)
            if heading is not None:
                while stack and stack[-1][0] >= heading.depth:
                    stack.pop()
                if heading.text != title or stack:
                    stack.append((heading.depth, heading.text))
            above = () if stack and stack[0][0] <= chapters else (title,)
            path = (*above, *(text for _, text in stack))
            section = _Section(path, heading.anchor if heading else section.anchor)
        elif block.kind is BlockKind.CODE:
            section.code.append(block)
            if block.end - block.start > sizes.inline_code:
                section.runs.append([])
        else:
            section.runs[-1] += _units(content.text, block)
    yield section


def _depth_of_chapters(headings: Sequence[Heading], title: str) -> int:
    """How deep chapters begin in a text that is called after the first of several; else 0.

    The others don't stand in that first one. A heading with nothing under it is no chapter: many
    a page ends with its references as high as its title.
    """
    if not headings or headings[0].text != title:
        return 0
    top = headings[0].depth
    whole = sum(one.depth <= top < other.depth for one, other in pairwise(headings))
    return top if whole > 1 else 0


def _units(text: str, block: Block) -> list[_Unit]:
    body = text[block.start : block.end]
    if block.kind is BlockKind.TABLE:
        rows = [(block.start + a, block.start + b) for a, b in row_spans(body)]
        texts = [plain(body[a:b]) for a, b in row_spans(body)]
        return [_Unit(block.start, block.end, block.kind, rows, texts, block.page)]
    if block.kind in (BlockKind.MATH, BlockKind.FIGURE):
        whole = [(block.start, block.end)]
        return [_Unit(block.start, block.end, block.kind, whole, [plain(body)], block.page)]
    spans = item_spans(body) if block.kind is BlockKind.LIST else sentence_spans(body)
    return [
        _Unit(block.start + a, block.start + b, block.kind, [(block.start + a, block.start + b)],
              [plain(body[a:b])], block.page)
        for a, b in spans
    ]  # fmt: skip


def _cut_long(run: list[_Unit], text: str, count: Count, sizes: ChunkSizes) -> list[_Unit]:
    """Sentences beyond the target are cut at white space outside formulas and inline code."""
    result: list[_Unit] = []
    for unit in run:
        if unit.pieces <= sizes.target or unit.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST):
            result.append(unit)
            continue
        parts = math.ceil(unit.pieces / sizes.target)
        cuts = _even_cuts(text[unit.start : unit.end], parts)
        places = [
            (unit.start + a, unit.start + b)
            for a, b in zip([0, *cuts], [*cuts, unit.end - unit.start], strict=True)
        ]
        texts = [plain(text[a:b]) for a, b in places]
        result += [
            _Unit(a, b, unit.kind, [(a, b)], [body], unit.page, pieces)
            for (a, b), body, pieces in zip(places, texts, count(texts), strict=True)
        ]
    return result


def _even_cuts(text: str, parts: int) -> list[int]:
    spaces = [m.end() for m in _SPACE_OUTSIDE_MATH.finditer(text) if m.group(1)]
    if not spaces:
        step = math.ceil(len(text) / parts)
        return [step * n for n in range(1, parts) if step * n < len(text)]
    cuts: list[int] = []
    for n in range(1, parts):
        ideal = len(text) * n / parts
        after = bisect_left(spaces, ideal)
        best = min(spaces[max(after - 1, 0) : after + 1], key=lambda at: abs(at - ideal))
        if 0 < best < len(text) and (not cuts or best > cuts[-1]):
            cuts.append(best)
    return cuts


def _groups(run: list[_Unit], sizes: ChunkSizes) -> list[list[_Unit]]:
    """Even groups of whole units; each but the first begins with up to `overlap` of the last."""
    if not run:
        return []
    total = sum(unit.pieces for unit in run)
    share = total / math.ceil(total / sizes.target) if total else 1.0
    groups: list[list[_Unit]] = []
    current: list[_Unit] = []
    size = 0
    for unit in run:
        atomic = unit.pieces > sizes.target
        if current and (
            atomic or size + unit.pieces / 2 > share or size + unit.pieces > sizes.target
        ):
            groups.append(current)
            current, size = [], 0
        current.append(unit)
        size += unit.pieces
        if atomic:
            groups.append(current)
            current, size = [], 0
    if current:
        groups.append(current)
    return [_overlapped(groups, n, sizes) for n in range(len(groups))]


def _overlapped(groups: list[list[_Unit]], n: int, sizes: ChunkSizes) -> list[_Unit]:
    group = groups[n]
    if n == 0 or sum(unit.pieces for unit in group) > sizes.target:
        return group
    before: list[_Unit] = []
    room = sizes.overlap
    for unit in reversed(groups[n - 1]):
        if unit.pieces > room:
            break
        before.insert(0, unit)
        room -= unit.pieces
    return before + group


def prefixes(paths: Iterable[tuple[str, ...]], count: Count, sizes: ChunkSizes) -> list[str]:
    """The heading paths as text; the middle of one that is too long goes, then its end."""
    return [_prefix(path, count, sizes) for path in paths]


def _prefix(path: Sequence[str], count: Count, sizes: ChunkSizes) -> str:
    pieces = count([_path_text(path)])[0]
    while pieces > sizes.prefix and len(path) > 2:
        path = (path[0], *path[2:])
        pieces = count([_path_text(path)])[0]
    return fit(_path_text(path), count, sizes.prefix)


def _path_text(path: Sequence[str]) -> str:
    return ". ".join(dict.fromkeys(plain(part) for part in path)) + ". "


def _prose(
    content: CanonicalText,
    section: _Section,
    prefix: str,
    units: list[_Unit],
    count: Count,
    sizes: ChunkSizes,
) -> Chunk:
    body = " ".join(unit.text for unit in units)
    embed = fit(prefix + body, count, sizes.limit)
    kinds = {unit.kind for unit in units}
    kind = "prose"
    if kinds == {BlockKind.TABLE}:
        kind = "table"
    elif kinds == {BlockKind.MATH}:
        kind = "math"
    spans = tuple(span for unit in units for span in unit.sentences)
    return Chunk(
        kind=kind,
        start=units[0].start,
        end=units[-1].end,
        heading_path=section.path,
        sentences=spans,
        places=tuple(_places(units, len(prefix), len(embed))),
        embed=embed,
        words=body,
        hash=digest(kind, embed, *(content.text[a:b] for a, b in spans)),
        anchor=section.anchor,
        page=units[0].page,
    )


def _places(units: Sequence[_Unit], at: int, end: int) -> Iterator[tuple[int, int]]:
    for unit in units:
        for text in unit.texts:
            yield min(at, end), min(at + len(text), end)
            at += len(text) + len(_ROW_GAP)
        # Units are joined by one space, rows by a longer gap.
        at += 1 - len(_ROW_GAP)


def fit(text: str, count: Count, limit: int) -> str:
    """The beginning of a text that the encoder reads whole; only tables ever need it."""
    pieces = count([text])[0]
    while pieces > limit:
        text = text[: int(len(text) * limit / pieces * 0.95)]
        pieces = count([text])[0]
    return text


def _code(content: CanonicalText, section: _Section, block: Block) -> Chunk:
    text = content.text[block.start : block.end]
    return Chunk(
        kind="code",
        start=block.start,
        end=block.end,
        heading_path=section.path,
        sentences=(),
        places=(),
        embed="",
        words=text,
        hash=digest("code", *section.path, text),
        anchor=section.anchor,
        page=block.page,
    )


def digest(*parts: str) -> str:
    """A chunk's hash: of its parts and their order, 32 hexadecimal digits."""
    joined = "\x00".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(joined).hexdigest()[:32]
