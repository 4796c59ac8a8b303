"""Citations that a model writes into its text, `[2 "exact words"]`, taken out as it streams; pure.

Text is passed on at once; only what may still become a citation, a link or an image is held back.
Images and links to places that stand in no source are reduced to their words: a page that shows
an answer must not be made to ask somebody else's server for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A mark with a long quote; beyond it a bracket is a bracket.
_LONGEST = 1_200
_OPEN = "\"'\u201c\u201d\u201e\u00ab\u2018"
_CLOSE = "\"'\u201d\u201c\u00bb\u2019"
_MARK = re.compile(
    r"[\[\u3010](?:(?:passage|source)\s*)?(\d{1,3}(?:\s*[,;&]\s*\d{1,3})*)"
    rf"(?:\s*[:,|]?\s*[{_OPEN}](.{{0,1000}}?)[{_CLOSE}])?\s*[\]\u3011](?!\()",
    re.DOTALL | re.IGNORECASE,
)
_MAYBE_MARK = re.compile(
    r"[\[\u3010](?:(?:p|pa|pas|pass|passa|passag|passage|s|so|sou|sour|sourc|source)\s*)?"
    rf"(?:\d{{1,3}}(?:\s*[,;&]\s*\d{{0,3}})*(?:\s*[:,|]?\s*(?:[{_OPEN}].*)?)?[\]\u3011]?)?",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(\s*<?([^()\s<>]{0,600})>?(?:\s+\"[^\"\n]*\")?\s*\)")
_MAYBE_LINK = re.compile(r"!|!?\[[^\[\]\n]{0,300}(?:\](?:\([^()\n]{0,700})?)?")
_BETWEEN = re.compile(r"[\"\u201d]\s*[,;]?\s*[\"\u201c]")
_LOADING = re.compile(
    r"<(?=/?(?:img|video|audio|iframe|script|style|link|object|embed|svg|form|input|base|meta|"
    r"picture|source|body|html)\b)",
    re.IGNORECASE,
)
_HALF_TAG = re.compile(r"</?[a-z]{0,8}\Z", re.IGNORECASE)
_NEXT = re.compile(r"[\[\u3010`]|!(?=\[|\Z)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation as written: passages by number, and the words it says they hold."""

    numbers: tuple[int, ...]
    quotes: tuple[str, ...]


class MarkReader:
    """Cuts a stream of text into words to show and citations.

    `links` are the addresses that stand in the sources; others are dropped.
    """

    def __init__(self, links: Sequence[str] = (), *, marks: bool = True) -> None:
        self._links = frozenset(links)
        self._marks = marks
        self._held = ""
        self._fence = ""

    def feed(self, text: str) -> Iterator[str | Mark]:
        """What a further piece of the stream settles."""
        self._held += text
        yield from self._settled(final=False)

    def finish(self) -> Iterator[str | Mark]:
        """The rest; a citation that was cut off is dropped."""
        yield from self._settled(final=True)

    def _settled(self, *, final: bool) -> Iterator[str | Mark]:
        while self._held:
            step: str | Mark | None
            if self._fence:
                step = self._in_code(final=final)
            else:
                found = _NEXT.search(self._held)
                if found is None:
                    step = self._words(final=final)
                elif found.start():
                    step = self._take(found.start())
                elif found.group() == "`":
                    step = self._opening(final=final)
                else:
                    step = self._bracket(final=final)
            if step is None:
                return
            if step != "":
                yield step

    def _take(self, count: int) -> str:
        shown, self._held = self._held[:count], self._held[count:]
        return _LOADING.sub("&lt;", shown)

    def _words(self, *, final: bool) -> str | None:
        half = None if final else _HALF_TAG.search(self._held)
        if half is not None and half.start() == 0:
            return None
        return self._take(half.start() if half else len(self._held))

    def _opening(self, *, final: bool) -> str | None:
        run = len(self._held) - len(self._held.lstrip("`"))
        if run == len(self._held) and not final:
            return None
        self._fence = "`" * run
        return self._verbatim(run)

    def _in_code(self, *, final: bool) -> str | None:
        # Code within a line ends with it: a lone backtick must not hide every later citation.
        ends = rf"(?<!`){self._fence}(?!`)" + ("|\n" if len(self._fence) < 3 else "")
        end = re.search(ends, self._held)
        if end is not None and (end.end() < len(self._held) or final or end.group() == "\n"):
            self._fence = ""
            return self._verbatim(end.end())
        ticks = len(self._held) - len(self._held.rstrip("`"))
        if final or ticks == 0:
            return self._verbatim(len(self._held))
        return self._verbatim(len(self._held) - ticks) or None

    def _verbatim(self, count: int) -> str:
        shown, self._held = self._held[:count], self._held[count:]
        return shown

    def _bracket(self, *, final: bool) -> str | Mark | None:
        mark = _MARK.match(self._held) if self._marks else None
        if mark is not None and (final or mark.end() < len(self._held)):
            self._held = self._held[mark.end() :]
            return _mark(mark)
        link = _LINK.match(self._held)
        if link is not None:
            self._held = self._held[link.end() :]
            label, address = link.group(1), link.group(2)
            if address in self._links and not link.group().startswith("!"):
                return f"[{label}]({address})"
            return label
        whole = self._held
        open_mark = self._marks and len(whole) < _LONGEST and _MAYBE_MARK.fullmatch(whole)
        if open_mark or _MAYBE_LINK.fullmatch(whole):
            if not final:
                return None
            if open_mark and re.match(r"[\[\u3010]\d", whole):
                self._held = ""
                return ""
        return self._take(1)


def _mark(found: re.Match[str]) -> Mark:
    numbers = tuple(int(part) for part in re.findall(r"\d+", found.group(1)))
    quoted = found.group(2)
    quotes = _BETWEEN.split(quoted) if quoted else []
    return Mark(numbers, tuple(part.strip() for part in quotes if part.strip()))
