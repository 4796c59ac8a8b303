"""The order of a MkDocs site's pages: `nav`, literate navigation, or the folder's own order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath, splitext
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.pages import text_of
from glossator.ingestion.sources import SourceError

_DEEPEST = 30
_MAX_LOOKS = 500_000
_OUTSIDE = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//|#)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the contents: `page` relative to the pages' folder, `part` the sections."""

    page: str
    title: str | None
    part: tuple[str, ...] = ()


@dataclass(slots=True)
class _Item:
    """A line of the contents before folders and wildcards in it are looked up."""

    title: str | None
    target: str | None
    children: list[_Item] = field(default_factory=list)


def folder_order(pages: Iterable[str]) -> list[str]:
    """MkDocs' own order: in each folder its index, its pages by name, then its folders."""

    def key(page: str) -> list[tuple[int, int, str]]:
        *folders, name = page.split("/")
        first = 0 if splitext(name)[0] in ("index", "README") else 1
        return [(1, 1, folder) for folder in folders] + [(0, first, name)]

    return sorted(pages, key=key)


def folder_title(name: str) -> str:
    """A section's title from its folder's name, as MkDocs makes it."""
    title = name.replace("-", " ").replace("_", " ")
    return title.capitalize() if title == title.lower() else title


class Navigation:
    """Works out the contents from `pages`, the paths of all pages below the docs folder."""

    def __init__(self, docs: SourceFolder, pages: Iterable[str], nav_file: str | None) -> None:
        self._docs = docs
        self._pages = folder_order(pages)
        self._known = set(self._pages)
        self._nav_file = nav_file
        self._folders = {folder for page in self._pages for folder in _above(page)}
        self._explicit: set[str] = set()
        self._done: set[str] = set()
        self._looked_at = 0

    def entries(self, nav: object) -> list[Entry]:
        """The pages in reading order: those of `nav` (may be None), then the others."""
        if nav is not None:
            items = _items(nav, 0)
        elif self._nav_file and self._docs.exists(self._nav_file):
            items = self._literate("")
        else:
            items = []
        self._collect(items, "")
        listed = list(self._resolved(items, "", (), 0))
        found: dict[str, Entry] = {}
        for entry in listed:
            found.setdefault(entry.page, entry)
        rest = [page for page in self._pages if page not in found]
        for page in rest:
            # Without any contents the folders are the sections; a page left out has none.
            part = () if listed else _folders(page, "")
            found[page] = Entry(page, None, part)
        return list(found.values())

    def _collect(self, items: list[_Item], base: str) -> None:
        for item in items:
            if item.target and not _is_pattern(item.target):
                self._explicit.add(_joined(base, item.target))
            self._collect(item.children, base)

    def _literate(self, folder: str) -> list[_Item]:
        path = join(folder, self._nav_file or "")
        try:
            text = self._docs.text(path)
        except SourceError as error:
            self._docs.note(path, error.message)
            return []
        return _literate_items(text)

    def _resolved(
        self, items: list[_Item], base: str, part: tuple[str, ...], depth: int
    ) -> Iterator[Entry]:
        if depth > _DEEPEST:
            return
        for item in items:
            inside = (*part, item.title) if item.title else part
            if item.target is None:
                yield from self._resolved(item.children, base, inside, depth + 1)
            elif _is_pattern(item.target):
                yield from self._matching(item.target, base, part, depth + 1)
            else:
                yield from self._target(item, _joined(base, item.target), part, depth)
                yield from self._resolved(item.children, base, inside, depth + 1)

    def _all_pages(self) -> list[str]:
        # Thousands of wildcards over thousands of pages would take minutes.
        self._looked_at += len(self._pages)
        return self._pages if self._looked_at <= _MAX_LOOKS else []

    def _target(self, item: _Item, page: str, part: tuple[str, ...], depth: int) -> Iterator[Entry]:
        if page in self._known:
            yield Entry(page, item.title, part)
        elif page in self._folders or page == "":
            yield from self._folder(page, (*part, item.title or _title(page)), depth + 1)
        else:
            name = item.target or page
            self._docs.note(
                self._nav_file or name, f"The contents name {name}, but there is no such page."
            )

    def _folder(self, folder: str, part: tuple[str, ...], depth: int) -> Iterator[Entry]:
        if folder in self._done or depth > _DEEPEST:
            return
        self._done.add(folder)
        if self._nav_file and self._docs.exists(join(folder, self._nav_file)):
            items = self._literate(folder)
            self._collect(items, folder)
            yield from self._resolved(items, folder, part, depth + 1)
        else:
            prefix = f"{folder}/" if folder else ""
            for page in self._all_pages():
                if page.startswith(prefix) and page not in self._explicit:
                    yield Entry(page, None, (*part, *_folders(page, folder)))

    def _matching(
        self, pattern: str, base: str, part: tuple[str, ...], depth: int
    ) -> Iterator[Entry]:
        full = _joined(base, pattern.rstrip("/"))
        pages = [page for page in self._all_pages() if page not in self._explicit]
        if "**" in full:
            flat = full.replace("**/", "*").replace("**", "*")
            for page in pages:
                if fnmatchcase(page, flat):
                    yield Entry(page, None, (*part, *_folders(page, base)))
            return
        parent = dirname(full)
        prefix = f"{parent}/" if parent else ""
        folders: dict[str, None] = {}
        for page in pages:
            name, below, _ = page.removeprefix(prefix).partition("/")
            if not page.startswith(prefix) or not fnmatchcase(name, basename(full)):
                continue
            if below:
                folders[prefix + name] = None
            elif not pattern.endswith("/"):
                yield Entry(page, None, part)
        for folder in folders:
            if folder not in self._explicit:
                inside = (*part, folder_title(basename(folder)))
                yield from self._folder(folder, inside, depth)


def _above(page: str) -> Iterator[str]:
    while page := dirname(page):
        yield page


def _title(folder: str) -> str:
    return folder_title(basename(folder)) if folder else "Pages"


def _folders(page: str, base: str) -> tuple[str, ...]:
    inner = page[len(base) + 1 :] if base else page
    return tuple(folder_title(name) for name in inner.split("/")[:-1])


def _joined(base: str, target: str) -> str:
    path = normpath(join(base, unquote(target.partition("#")[0]).lstrip("/")))
    return "" if path == "." else path


def _is_pattern(target: str) -> bool:
    return "*" in target or "?" in target


def _items(nav: object, depth: int) -> list[_Item]:
    if isinstance(nav, str):
        return [] if _OUTSIDE.match(nav) else [_Item(None, nav)]
    if depth > _DEEPEST:
        return []
    if isinstance(nav, Mapping):
        found = []
        for title, value in nav.items():
            if isinstance(value, str):
                if not _OUTSIDE.match(value):
                    found.append(_Item(text_of(title), value))
            elif value is not None:
                found.append(_Item(text_of(title), None, _items(value, depth + 1)))
        return found
    if isinstance(nav, list):
        return [item for value in nav for item in _items(value, depth + 1)]
    return []


def _literate_items(text: str) -> list[_Item]:
    body = re.sub(r"\A---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL)
    _, marked, after = body.partition("<!--nav-->")
    # A star in a list item of its own is a wildcard here, not one more list.
    body = re.sub(
        r"(?m)^([ \t]*[*+-][ \t]+)(\*[^\s`]*)[ \t]*$", r"\1`\2`", after if marked else body
    )
    tokens = MarkdownIt("commonmark", {"maxNesting": 100}).parse(body)
    start = next((n for n, t in enumerate(tokens) if t.type.endswith("list_open")), None)
    return [] if start is None else _list_items(tokens, start)[0]


def _list_items(tokens: list[Token], start: int) -> tuple[list[_Item], int]:
    """The items of the list that opens at `start`, and the index behind it."""
    items: list[_Item] = []
    at = start + 1
    while at < len(tokens) and not tokens[at].type.endswith("_list_close"):
        token = tokens[at]
        if token.type == "list_item_open":
            items.append(_Item(None, None))
        elif token.type == "inline" and items:
            _describe(items[-1], token)
        elif token.type.endswith("_list_open"):
            children, at = _list_items(tokens, at)
            if items:
                items[-1].children += children
            continue
        at += 1
    return [item for item in items if item.title or item.target or item.children], at + 1


def _describe(item: _Item, inline: Token) -> None:
    words: list[str] = []
    for token in inline.children or ():
        if token.type == "link_open" and item.target is None:
            address = str(token.attrGet("href") or "")
            item.target = None if _OUTSIDE.match(address) else unquote(address).rstrip("/") or None
        elif token.type in ("text", "code_inline"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
    title = " ".join("".join(words).split())
    bare = inline.content.strip("` ")
    if item.target is None and _is_pattern(bare) and " " not in bare and "[" not in bare:
        item.target = bare
    else:
        item.title = item.title or title or None
