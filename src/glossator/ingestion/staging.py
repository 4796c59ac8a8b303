"""The folder in which files lie while they arrive and while they are read."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path


def sweep(folder: Path, seconds: float) -> int:
    """Remove what wasn't written to for `seconds`; how many files and folders that were.

    Whoever uses one removes it afterwards, so what is old was left by a process that was killed.
    `seconds` has to be longer than an upload and the reading of a file may take.
    """
    old = time.time() - seconds
    count = 0
    for path in folder.glob("*"):
        # Another process may remove the same.
        with suppress(OSError):
            if _touched(path) < old:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                count += 1
    return count


def _touched(path: Path) -> float:
    """When anything in it was last written: what a book is made of may arrive for long."""
    parts = [path, *path.rglob("*")] if path.is_dir() and not path.is_symlink() else [path]
    return max(part.lstat().st_mtime for part in parts)
