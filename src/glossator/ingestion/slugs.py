"""Anchors of headings as the sites themselves make them.

Each function gives a fresh slugger: a callable from a heading's text to its anchor that
remembers the anchors of one page, so that the second "Setup" gets another one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Slugger = Callable[[str], str]
"""Heading text without markup -> anchor; keeps count within one page."""

_KEPT_CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Me", "Pc"}


def _github_keeps(char: str) -> bool:
    if char in " -":
        return True
    if unicodedata.category(char) in _KEPT_CATEGORIES:
        return True
    # Circled and squared letters are "alphabetic" in Unicode although they are symbols.
    code = ord(char)
    return 0x24B6 <= code <= 0x24E9 or (
        0x1F130 <= code <= 0x1F149 or 0x1F150 <= code <= 0x1F169 or 0x1F170 <= code <= 0x1F189
    )


def github_slug(text: str) -> str:
    """The anchor as GitHub and Docusaurus make it, without regard to other headings."""
    kept = "".join(char for char in text.lower() if _github_keeps(char))
    return kept.replace(" ", "-")


def github_slugger() -> Slugger:
    """Docusaurus' rule: the second equal anchor gets `-1`, the third `-2`."""
    counts: dict[str, int] = {}

    def slug(text: str) -> str:
        base = github_slug(text)
        result = base
        while result in counts:
            counts[base] += 1
            result = f"{base}-{counts[base]}"
        counts[result] = 0
        return result

    return slug


def python_markdown_slugger(separator: str = "-", *, unicode: bool = False) -> Slugger:
    """The rule of Python-Markdown's `toc` extension: ASCII only, `_1` for the second.

    `unicode` keeps letters outside ASCII, as sites do that choose `slugify_unicode`.
    """
    used: set[str] = set()
    tried: dict[str, int] = {}

    def slug(text: str) -> str:
        value = unicodedata.normalize("NFKC" if unicode else "NFKD", text)
        if not unicode:
            value = value.encode("ascii", "ignore").decode("ascii")
        value = re.sub(r"[^\w\s-]", "", value).strip().lower()
        value = re.sub(rf"[{re.escape(separator)}\s]+", separator, value)
        result = value
        if not result or result in used:
            stem, number = value, 0
            numbered = re.fullmatch(r"(.*)_([0-9]{1,9})", value)
            if value and numbered:
                stem, number = numbered[1], int(numbered[2])
            number = max(number, tried.get(stem, 0))
            while not result or result in used:
                number += 1
                result = f"{stem}_{number}"
            tried[stem] = number
        used.add(result)
        return result

    return slug


def mdbook_slugger() -> Slugger:
    """mdBook's rule: letters, digits, `_` and `-` stay, `-1` for the second."""
    used: set[str] = set()
    tried: dict[str, int] = {}

    def slug(text: str) -> str:
        stripped = text.strip().lstrip("#").strip()
        base = "".join(
            "-" if char.isspace() else char.lower()
            for char in stripped
            if char.isalnum() or char in "_-" or char.isspace()
        )
        result = base
        number = tried.get(base, 0)
        while result in used:
            number += 1
            result = f"{base}-{number}"
        tried[base] = number
        used.add(result)
        return result

    return slug
