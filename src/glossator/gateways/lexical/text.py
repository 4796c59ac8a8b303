"""Text as databases take it."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text with blanks for NUL, which ends a query early, and `?` for lone surrogates."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
