"""Where a quote stands in what the page shows of its block; pure.

A citation is `text[start:end]` of the canonical Markdown; the page shows that Markdown
rendered. A private character is put into the Markdown at each end of the quote and looked for
in what comes out. If the rest of the output changed, the character has split markup, and the
next place is tried. Thus the page marks the proven words, or nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

from glossator.library.content import Block, BlockKind
from glossator.library.markup import BlockRenderer, content_span

LONGEST = 60_000
"""Characters; the quote of a longer block is not placed in it."""
_LONGEST_KEPT = 4_000

# One line of words and harmless punctuation: the page shows it as it stands.
_PLAIN = re.compile(r"[^\W_](?:[^\W_]|[ ,.;:'\"()?/%+\u2013\u2014\u2018\u2019\u201c\u201d-])*")
_ATTEMPTS = 48
_PRIVATE = range(0xE000, 0xE100)
_VOID = frozenset({"br", "hr", "img"})
_INLINE = frozenset({"a", "em", "strong", "s", "sup", "span", "code"})
_DROPPED = frozenset({"p", "li", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6", "div"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A quote as the page shows it.

    `start` and `end` count UTF-16 units (JavaScript's string indexes) in the visible text of
    the block: the text of its HTML, where a formula counts as its TeX source. `text` is that
    stretch, `html` the same with its emphasis, links, code and formulas, clean to show.
    """

    block_id: str
    start: int
    end: int
    text: str
    html: str


def mark_quote(text: str, blocks: Sequence[Block], start: int, end: int) -> list[Mark]:
    """The marks of the quote `text[start:end]`: one in each block it runs through.

    `blocks` are in reading order, `start` and `end` code points. A quote that cuts a formula
    takes in all of it. A block where nothing of the quote is visible, or where its place can't
    be told, has no mark.
    """
    marks: list[Mark] = []
    at = max(bisect_right(blocks, start, key=lambda block: block.start) - 1, 0)
    for block in blocks[at:]:
        if block.start >= end:
            break
        source = text[block.start : block.end]
        make = _mark if len(source) > _LONGEST_KEPT else _kept_mark
        mark = make(source, block, start - block.start, end - block.start)
        if mark is not None:
            marks.append(mark)
    return marks


def visible_text(html: str) -> str:
    """The text a page shows for clean HTML, as `Mark` counts it."""
    return _Page(html).text


def _mark(source: str, block: Block, start: int, end: int) -> Mark | None:
    first, last = content_span(source, block)
    start, end = max(start, first), min(end, last)
    while start < end and source[start].isspace():
        start += 1
    if start >= end or len(source) > LONGEST:
        return None
    if block.kind is BlockKind.PARAGRAPH and _PLAIN.fullmatch(source):
        shown = source[start:end].rstrip()
        units = _units(source[:start])
        return Mark(block.block_id, units, units + _units(shown), shown, shown)
    renderer = _renderer()
    raw = renderer.raw(source, block)
    page = _Page(renderer.clean(raw))
    if block.kind is BlockKind.MATH:
        begin, stop = 0, len(page.text)
    else:
        finder = _Finder(source, block, renderer, raw, page.text)
        found = finder.both(start, end) or (
            finder.place(start, range(start, end), -1),
            finder.place(end, range(end, start, -1), 1),
        )
        if found[0] is None or found[1] is None:
            return None
        begin, stop = page.widened(found[0], found[1])
    shown = page.text[begin:stop]
    begin += len(shown) - len(shown.lstrip())
    stop -= len(shown) - len(shown.rstrip())
    if begin >= stop:
        return None
    shown = page.text[begin:stop]
    html = renderer.clean(page.cut(begin, stop))
    units = _units(page.text[:begin])
    return Mark(block.block_id, units, units + _units(shown), shown, html)


# Readers ask about the same passages, and a mark takes some ten renderings of its block where
# there is emphasis or code in it. A few MB at most.
_kept_mark = lru_cache(maxsize=1_024)(_mark)


@lru_cache(maxsize=1)
def _renderer() -> BlockRenderer:
    """Made once: its making costs as much as rendering a block. It keeps nothing of a text."""
    return BlockRenderer(colours=False)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Finder:
    """Finds where places of a block's Markdown come out in its visible text."""

    def __init__(
        self, source: str, block: Block, renderer: BlockRenderer, raw: str, visible: str
    ) -> None:
        self._source = source
        self._block = block
        self._renderer = renderer
        self._raw = raw
        self._visible = visible
        self._probe = next(chr(code) for code in _PRIVATE if chr(code) not in source)

    def both(self, start: int, end: int) -> tuple[int, int] | None:
        """Two places found by one rendering; None where a character at one splits markup."""
        probe = self._probe
        source = self._source[:start] + probe + self._source[start:end] + probe + self._source[end:]
        raw = self._renderer.raw(source, self._block)
        if raw.replace(probe, "") != self._raw:
            return None
        visible = visible_text(self._renderer.clean(raw))
        if visible.count(probe) != 2 or visible.replace(probe, "") != self._visible:
            return None
        return visible.find(probe), visible.rfind(probe) - 1

    def place(self, wanted: int, candidates: Iterable[int], outward: int) -> int | None:
        """The place of `wanted` in the visible text, found by way of the first good candidate.

        `outward` is -1 where candidates lie after `wanted`, 1 where they lie before it.
        """
        for tried, at in enumerate(self._worth_trying(candidates, outward)):
            if tried == _ATTEMPTS:
                break
            shown = self._probed(at)
            if shown is not None:
                return self._outwards(shown, at, wanted, outward)
        return None

    def _worth_trying(self, candidates: Iterable[int], outward: int) -> Iterator[int]:
        for number, at in enumerate(candidates):
            beside = self._source[at if outward < 0 else at - 1]
            if number == 0 or not (beside.isspace() or beside == "|"):
                yield at

    def _probed(self, at: int) -> int | None:
        source = self._source[:at] + self._probe + self._source[at:]
        raw = self._renderer.raw(source, self._block)
        if raw.replace(self._probe, "") != self._raw:
            return None
        visible = visible_text(self._renderer.clean(raw))
        found = visible.find(self._probe)
        return found if found >= 0 and visible.replace(self._probe, "") == self._visible else None

    def _outwards(self, shown: int, at: int, wanted: int, outward: int) -> int:
        # What was skipped is mostly markup; a bracket or quotation mark among it is visible.
        if outward < 0:
            for character in reversed(self._source[wanted:at]):
                if shown > 0 and self._visible[shown - 1] == character:
                    shown -= 1
        else:
            for character in self._source[at:wanted]:
                if shown < len(self._visible) and self._visible[shown] == character:
                    shown += 1
        return shown


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str  # "open", "close" or "text"
    name: str
    html: str
    start: int
    end: int


class _Page(HTMLParser):
    """Clean HTML as a flat list of events with their places in its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._length = 0
        self._items: dict[int, int] = {}
        self.events: list[_Event] = []
        self.feed(html)
        self.close()
        self.text = "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        html = self.get_starttag_text() or f"<{tag}>"
        kind = "text" if tag in _VOID else "open"
        self.events.append(_Event(kind, tag, html, self._length, self._length))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(_Event("close", tag, f"</{tag}>", self._length, self._length))

    def handle_data(self, data: str) -> None:
        start = self._length
        self._parts.append(data)
        self._length += len(data)
        self.events.append(_Event("text", "", data, start, self._length))

    def widened(self, begin: int, stop: int) -> tuple[int, int]:
        """The stretch with all of each formula that it cuts."""
        for before, event in zip(self.events, self.events[1:], strict=False):
            if event.kind == "text" and "data-tex=" in before.html and before.kind == "open":
                begin = event.start if event.start < begin < event.end else begin
                stop = event.end if event.start < stop < event.end else stop
        return begin, stop

    def cut(self, begin: int, stop: int) -> str:
        """The HTML of a stretch of the visible text, with what encloses it where that matters."""
        open_now: list[str] = []
        before: list[str] | None = None
        lasting = 0
        out: list[str] = []
        for event in self.events:
            if event.start >= stop and before is not None:
                break
            if event.kind == "open":
                open_now.append(self._numbered(event, open_now))
            elif event.kind == "close":
                open_now.pop()
                lasting = min(lasting, len(open_now))
            if before is None and event.kind == "text" and event.end > begin:
                before, lasting = list(open_now), len(open_now)
            if before is not None:
                out.append(_shown(event, begin, stop))
        enclosing = _kept((before or [])[:lasting])
        inside = (before or [])[lasting:]
        closing = [f"</{_name(tag)}>" for tag in reversed(open_now[lasting:])]
        ends = [f"</{_name(tag)}>" for tag in reversed(enclosing)]
        return "".join([*enclosing, *inside, *out, *closing, *ends])

    def _numbered(self, event: _Event, open_now: list[str]) -> str:
        # A quoted item of an ordered list keeps its number.
        if event.name == "li" and open_now and _name(open_now[-1]) == "ol":
            depth = len(open_now) - 1
            number = self._items.get(depth, 1)
            self._items[depth] = number + 1
            open_now[-1] = f'<ol start="{number}">'
        elif event.name == "ol":
            given = event.html.partition('start="')[2].partition('"')[0]
            self._items[len(open_now)] = int(given) if given.isdigit() else 1
        return event.html


def _name(tag: str) -> str:
    return tag.strip("<>").split(maxsplit=1)[0]


def _shown(event: _Event, begin: int, stop: int) -> str:
    if event.kind != "text" or event.name:
        return event.html
    low, high = max(begin - event.start, 0), min(stop, event.end) - event.start
    return escape(event.html[low:high], quote=False)


def _kept(tags: Sequence[str]) -> list[str]:
    # Inside one paragraph, item or cell the frame means nothing; around several it does.
    blocks = [tag for tag in tags if _name(tag) not in _INLINE]
    if blocks and _name(blocks[-1]) not in _DROPPED:
        return list(tags)
    return [tag for tag in tags if _name(tag) in _INLINE or "data-tex=" in tag]
