"""Addresses that lead to the exact words; pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import quote as percent
from urllib.parse import unquote, urlsplit

from glossator.library.plain import plain

_WHOLE_WORDS = 12
_END_WORDS = 5
_ENDING = re.compile(r"(?:/?(?:index|README))?(?:\.(?:mdx?|markdown|html?))?/?$", re.IGNORECASE)
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~"


def quote_address(
    *,
    book_url: str | None,
    book_id: str,
    chapter_id: str,
    url_path: str,
    anchor: str,
    block_id: str,
    quote: str,
) -> str:
    """The page and heading on the author's site, or in our reader, with the quote highlighted.

    `#anchor:~:text=…` is a text fragment: browsers scroll to the words and mark them.
    """
    fragment = text_fragment(quote)
    page = page_address(
        book_url=book_url, book_id=book_id, chapter_id=chapter_id, url_path=url_path
    )
    place = percent(anchor, safe=_SAFE_IN_PATH) if book_url else block_id
    return f"{page}#{place}{fragment}" if place or fragment else page


def document_address(document_id: str, page: int | None) -> str:
    """A user's own file in our viewer; at its page, where it has pages."""
    address = f"/files/{percent(document_id, safe='')}"
    return f"{address}#page={page}" if page is not None else address


def page_address(*, book_url: str | None, book_id: str, chapter_id: str, url_path: str) -> str:
    """A chapter's page on the author's site, or in our reader where no site was given."""
    if book_url:
        return f"{book_url.rstrip('/')}/{percent(url_path.lstrip('/'), safe=_SAFE_IN_PATH)}"
    return f"/b/{percent(book_id, safe='@.-_~')}/{percent(chapter_id, safe=_SAFE_IN_PATH)}"


def text_fragment(quote: str) -> str:
    """`:~:text=` for a quote: whole if it is short, else its first and last words."""
    words = plain(quote).split()
    if not words:
        return ""
    if len(words) <= _WHOLE_WORDS:
        return f":~:text={_fragment_part(words)}"
    start, end = _fragment_part(words[:_END_WORDS]), _fragment_part(words[-_END_WORDS:])
    return f":~:text={start},{end}"


def _fragment_part(words: list[str]) -> str:
    # In a text directive '-', ',' and '&' have a meaning of their own.
    return percent(" ".join(words), safe="").replace("-", "%2D")


_PICTURE = re.compile(
    r"!\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\]){0,2000}\]\(\s*(?:<([^<>\n]+)>|([^\s()<>]+))"
)
_ALIAS = re.compile(r"(?:@site/|pathname://)")
# Where generators keep what is served from the site's root.
_ROOTS = ("", "static/", "docs/", "src/", "website/static/", "public/")


def picture_addresses(text: str) -> tuple[str, ...]:
    """The addresses of the pictures in canonical Markdown, each once."""
    if "![" not in text:
        return ()
    found = _PICTURE.findall(text)
    return tuple(dict.fromkeys(angled or plain_ for angled, plain_ in found))


def picture_paths(source_path: str, address: str) -> tuple[str, ...]:
    """The paths within a book's source that a picture's address in a chapter may mean, best first.

    None for addresses of other hosts, and for what would lead out of the source.
    """
    address = _ALIAS.sub("/", address, count=1) if _ALIAS.match(address) else address
    parts = urlsplit(address)
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or not path or "\x00" in path:
        return ()
    if path.startswith("/"):
        tried = [posixpath.normpath(root + path.lstrip("/")) for root in _ROOTS]
    else:
        tried = [posixpath.normpath(posixpath.join(posixpath.dirname(source_path), path))]
    return tuple(name for name in tried if not name.startswith(("../", "/")) and name != "..")


class ChapterLinks:
    """Turns the links inside a chapter into addresses of our reader.

    `rows` are (chapter id, source path, url path) of the book's chapters. A link to a page that
    is no chapter stays what it is.
    """

    def __init__(self, book_id: str, rows: Iterable[tuple[str, str, str]]) -> None:
        self._book_id = book_id
        self._by_path: dict[str, str] = {}
        for chapter_id, source, url_path in rows:
            for name in (source, url_path.strip("/")):
                self._by_path.setdefault(name, chapter_id)
                self._by_path.setdefault(_ENDING.sub("", name), chapter_id)

    def resolve(self, source_path: str, url_path: str, address: str) -> str:
        """The reader's address for a link that stands in the chapter at `source_path`."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            return address
        path = unquote(parts.path)
        tried = [path.strip("/")] if path.startswith("/") else []
        tried += [
            posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
            for base in (source_path, url_path)
        ]
        for name in tried:
            chapter = self._by_path.get(name) or self._by_path.get(_ENDING.sub("", name))
            if chapter is not None:
                page = page_address(
                    book_url=None, book_id=self._book_id, chapter_id=chapter, url_path=""
                )
                return f"{page}#{parts.fragment}" if parts.fragment else page
        return address
