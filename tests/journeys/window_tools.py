"""Browser windows that tests share, given on as clean as new ones.

A fresh one fetches and compiles every file anew, which is a third of what a short test costs.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error

_Kind = tuple[tuple[str, str], ...]


class Windows:
    """Contexts of a browser by their options; what lies in one is nobody's but its taker's."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[_Kind, list[BrowserContext]] = {}

    def take(self, **options: Any) -> BrowserContext:
        """A context with these options, without pages, cookies or anything stored."""
        free = self._free.get(_kind(options), [])
        return free.pop() if free else self._browser.new_context(**options)

    def give(self, context: BrowserContext, **options: Any) -> None:
        """Take it back; `options` are those it was taken with. Its pages are closed."""
        try:
            _clean(context, options.get("base_url", ""))
        except Error:
            # Somebody has closed it, or its last page hangs.
            context.close()
            return
        self._free.setdefault(_kind(options), []).append(context)

    def close(self) -> None:
        """Close all that are here."""
        for free in self._free.values():
            for context in free:
                context.close()
        self._free.clear()


def _kind(options: dict[str, Any]) -> _Kind:
    return tuple(sorted((name, repr(value)) for name, value in options.items()))


def _clean(context: BrowserContext, origin: str) -> None:
    first, *others = context.pages or [context.new_page()]
    for page in others:
        page.close()
    first.unroute_all()
    context.set_offline(False)
    # What a page still writes while it goes must be gone too. A picture has no scripts but those
    # that a test put into the page, and these may want the page's storage.
    first.goto(f"{origin}/assets/icon.svg")
    session = context.new_cdp_session(first)
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    context.clear_cookies()
    first.close()
