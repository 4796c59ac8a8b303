"""Addresses that lead to the exact words; pure."""

from __future__ import annotations

from urllib.parse import quote as percent

from glossator.library.plain import plain

_WHOLE_WORDS = 12
_END_WORDS = 5
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
