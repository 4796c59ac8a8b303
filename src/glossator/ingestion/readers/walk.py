"""The listing of a book's folder: what is left out, and how much is looked at."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glossator.ingestion.readers.folder import SourceFolder

# Names that never hold chapters; other build outputs are told by what lies in them.
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages"})
_LINKS_NAMED = 20


class Walk:
    """One listing of a folder: real folders first, then linked ones not seen yet."""

    def __init__(self, folder: SourceFolder) -> None:
        self._folder = folder
        self._limits = folder.limits
        self._files: list[str] = []
        self._entries = 0
        self._visited: set[str] = set()
        self._links_out = 0

    def run(self) -> list[str]:
        """The relative paths of regular files, in no particular order."""
        pending: deque[tuple[str, int]] = deque([("", 0)])
        linked: deque[tuple[str, int]] = deque()
        while pending or linked:
            rel, depth = pending.popleft() if pending else linked.popleft()
            real = self._folder.real_path(rel)
            if real is None or real in self._visited:
                continue
            self._visited.add(real)
            if depth > self._limits.depth:
                message = f"Folders more than {self._limits.depth} deep are left out."
                self._folder.note("", message)
                continue
            for entry in self._list(rel, real):
                self._take(entry, rel, depth, pending, linked)
        if self._links_out > _LINKS_NAMED:
            message = f"{self._links_out} links lead out of the folder; none was followed."
            self._folder.note("", message)
        return self._files

    def _list(self, rel: str, real: str) -> list[os.DirEntry[str]]:
        room = self._limits.files - self._entries
        try:
            with os.scandir(real) as found:
                entries = list(islice(found, room + 1))
        except OSError as error:
            self._folder.note(rel, f"The folder can't be read: {reason(error)}.")
            return []
        if len(entries) > room:
            message = f"There are more than {self._limits.files:,} files; the rest is left out."
            self._folder.note("", message)
            entries = entries[:room]
        self._entries += len(entries)
        names = {entry.name for entry in entries}
        return [e for e in sorted(entries, key=lambda e: e.name) if not _skipped(e, names)]

    def _take(
        self,
        entry: os.DirEntry[str],
        parent: str,
        depth: int,
        pending: deque[tuple[str, int]],
        linked: deque[tuple[str, int]],
    ) -> None:
        rel = f"{parent}/{entry.name}" if parent else entry.name
        if not entry.name.isprintable():
            self._folder.note(rel, "Its name can't be shown, so it was left out; rename it.")
            return
        try:
            is_link = entry.is_symlink()
            if is_link and not self._inside(rel):
                return
            if entry.is_dir():
                (linked if is_link else pending).append((rel, depth + 1))
            elif entry.is_file():
                self._files.append(rel)
            else:
                what = "The link leads nowhere" if is_link else "It is not a regular file"
                self._folder.note(rel, f"{what}, so it was left out.")
        except OSError as error:
            self._folder.note(rel, f"It can't be read: {reason(error)}.")

    def _inside(self, rel: str) -> bool:
        if self._folder.real_path(rel) is not None:
            return True
        self._links_out += 1
        if self._links_out <= _LINKS_NAMED:
            self._folder.note(rel, "The link leads out of the book's folder; it wasn't followed.")
        return False


def _skipped(entry: os.DirEntry[str], beside: set[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name in _NEVER:
        return True
    if name == "site":
        return bool(beside & {"mkdocs.yml", "mkdocs.yaml"}) and _is_output(entry)
    if name == "book":
        return "book.toml" in beside and _is_output(entry)
    if name in {"build", "dist", "out"}:
        return _is_output(entry)
    is_folder = entry.is_dir(follow_symlinks=False)
    return is_folder and Path(entry.path, "pyvenv.cfg").exists()


def _is_output(entry: os.DirEntry[str]) -> bool:
    is_folder = entry.is_dir(follow_symlinks=False)
    return is_folder and Path(entry.path, "index.html").exists()


def reason(error: OSError | ValueError) -> str:
    """Why the system refused, as the end of a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the name can't be used"
