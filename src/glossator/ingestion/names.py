"""Names that people gave their files, for show and as a part of a path."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath


def title_of(filename: str) -> str:
    """A title for a file that has none: its name without the ending."""
    return PurePosixPath(filename).stem.replace("_", " ").strip() or "Untitled"


def harmless(name: str) -> str:
    """A name that is one on any disk: no folders, nothing hidden, at most 200 bytes."""
    bare = re.sub(r"[^\w. -]", "_", name).strip(". ")
    return bare.encode()[:200].decode("utf-8", "ignore") or "Untitled"


def shown_name(filename: str) -> str:
    """A file's name to be shown: no folders, nothing invisible, at most 200 characters."""
    bare = PurePosixPath(PureWindowsPath(filename).name).name
    clean = "".join(char if char.isprintable() else "?" for char in bare).strip()
    if len(clean) > 200:
        ending = PurePosixPath(clean).suffix[:20]
        clean = clean[: 200 - len(ending)] + ending
    return clean or "unnamed"
