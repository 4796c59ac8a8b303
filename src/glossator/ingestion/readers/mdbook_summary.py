"""`SUMMARY.md` of an mdBook: which chapters there are, in which order and how deep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

_OUTSIDE = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//)")


@dataclass(frozen=True, slots=True)
class Listed:
    """A chapter in the contents; `target` relative to `SUMMARY.md`, `depth` 0 at the top."""

    title: str
    target: str
    depth: int
    part: tuple[str, ...]


def parse_summary(text: str) -> list[Listed]:
    """The chapters in order. Drafts, separators and the page's own title are left out."""
    return _Summary(MarkdownIt("commonmark", {"maxNesting": 100}).parse(text)).run()


class _Summary:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._found: list[Listed] = []
        self._part: tuple[str, ...] = ()

    def run(self) -> list[Listed]:
        seen_title = False
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.type == "heading_open" and token.tag == "h1":
                title = _links_and_words(self._tokens[at + 1])[1]
                # The first one names the page itself, the others are parts of the book.
                self._part = (title,) if seen_title or self._found else ()
                seen_title = True
            elif token.type == "inline" and self._tokens[at - 1].type == "paragraph_open":
                for name, target in _links_and_words(token)[0]:
                    self._add(name, target, 0, ())
            elif token.type.endswith("_list_open"):
                at = self._list(at, 0, self._part)
                continue
            at += 1
        return self._found

    def _list(self, start: int, depth: int, part: tuple[str, ...]) -> int:
        at, below = start + 1, part
        while at < len(self._tokens) and not self._tokens[at].type.endswith("_list_close"):
            token = self._tokens[at]
            if token.type == "list_item_open":
                below = part
            elif token.type == "inline":
                links, words = _links_and_words(token)
                for name, target in links:
                    if not self._add(name, target, depth, part):
                        below = (*part, name)
                if not links and words:
                    below = (*part, words)
            elif token.type.endswith("_list_open"):
                at = self._list(at, depth + 1, below)
                continue
            at += 1
        return at + 1

    def _add(self, title: str, target: str, depth: int, part: tuple[str, ...]) -> bool:
        if not target or _OUTSIDE.match(target):
            return False
        self._found.append(Listed(title, target, depth, part))
        return True


def _links_and_words(inline: Token) -> tuple[list[tuple[str, str]], str]:
    """The links of a line with their words, and all its words."""
    links: list[tuple[str, str]] = []
    words: list[str] = []
    target: str | None = None
    start = 0
    for token in inline.children or ():
        if token.type == "link_open":
            target = unquote(str(token.attrGet("href") or "")).split("#")[0]
            start = len(words)
        elif token.type == "link_close" and target is not None:
            links.append((_joined(words[start:]), target))
            target = None
        elif token.type in ("text", "code_inline", "text_special"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return links, _joined(words)


def _joined(words: list[str]) -> str:
    return " ".join("".join(words).split())
