"""ZIP archives opened so that nothing in them can harm: bombs, lies, odd names, links.

Only the archive's own list is believed about what is in it, and nothing about how large it
is: what is read is counted.
"""

from __future__ import annotations

import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from glossator.ingestion.sources import ReadLimits, SourceError

BOMB_RATIO = 50
BOMB_BYTES = 64 * 1024 * 1024
"""An archive that unpacks to more than this and to over `BOMB_RATIO` times its size is a bomb."""

_CHUNK = 1 << 16
_LONGEST_NAME = 1_000
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Entries(Protocol):
    """What readers of formats that are archives need of one."""

    def names(self) -> Sequence[str]:
        """The names of the files in it, in the archive's order."""

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises `SourceError`."""


class SafeZip:
    """An archive whose list of entries has been checked; use `opened`."""

    def __init__(self, archive: zipfile.ZipFile, shown: str, limits: ReadLimits) -> None:
        self._archive = archive
        self._shown = shown
        self._limits = limits
        self._left = limits.archive_bytes
        self._entries = _checked(archive, shown, limits)

    def names(self) -> Sequence[str]:
        """The names of the files in it, in the archive's order; folders are left out."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one file, piece by piece. Raises `SourceError`."""
        info = self._entries.get(name)
        if info is None:
            raise SourceError(self._shown, f"It lacks the part {name[:100]}; it is damaged.")
        size = 0
        try:
            with self._archive.open(info) as stream:
                while part := stream.read(_CHUNK):
                    size += len(part)
                    self._left -= len(part)
                    if size > self._limits.archive_entry_bytes or self._left < 0:
                        raise SourceError(self._shown, _TOO_MUCH)
                    yield part
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise SourceError(self._shown, _DAMAGED) from error
        except (NotImplementedError, RuntimeError) as error:
            raise SourceError(self._shown, _METHOD) from error

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises `SourceError`."""
        return b"".join(self.chunks(name))


_DAMAGED = "The file is damaged or was cut off; get it again and add it anew."
_TOO_MUCH = "It unpacks to more than is read; split it into smaller files."
_METHOD = "It is packed in a way that isn't read; pack it anew as an ordinary ZIP."
_BOMB = "It unpacks to so much more than its own size that it was not read."
_ENCRYPTED = "It is locked with a password; remove the password and add it again."


@contextmanager
def opened(path: Path, limits: ReadLimits) -> Iterator[SafeZip]:
    """The archive at `path`. Raises `SourceError` for one that is damaged or dangerous."""
    shown = path.name
    try:
        # The list of entries is read into memory: a tenth of a kilobyte each and more.
        if _claimed_entries(path) > limits.archive_entries:
            raise SourceError(shown, f"It holds more than {limits.archive_entries:,} files.")
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise SourceError(shown, _DAMAGED) from error
    with archive:
        yield SafeZip(archive, shown, limits)


def _claimed_entries(path: Path) -> int:
    """Entries by the size of the archive's directory, which can't be smaller than they are."""
    with path.open("rb") as stream:
        found = zipfile._EndRecData(stream)  # type: ignore[attr-defined]  # noqa: SLF001
    if found is None:
        raise zipfile.BadZipFile
    # Signature, disks, counts, then the size of the directory; an entry takes 46 bytes at least.
    return min(int(found[4]), int(found[5]) // 46 + 1)


def _checked(
    archive: zipfile.ZipFile, shown: str, limits: ReadLimits
) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.archive_entries:
        raise SourceError(shown, f"It holds more than {limits.archive_entries:,} files.")
    packed = sum(info.compress_size for info in infos)
    total = sum(info.file_size for info in infos)
    if total > BOMB_BYTES and total > BOMB_RATIO * max(packed, 1):
        raise SourceError(shown, _BOMB)
    if total > limits.archive_bytes:
        raise SourceError(shown, _TOO_MUCH)
    _check_overlaps(infos, shown)
    entries: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for info in infos:
        name = info.filename
        if problem := _name_problem(info):
            raise SourceError(
                shown, f"A file in it {problem}, so it was not read: {shortened(name)}"
            )
        if info.is_dir():
            continue
        # Equal on file systems that don't tell capitals apart.
        if name.casefold() in folded:
            raise SourceError(shown, f"Two files in it have the same name: {shortened(name)}")
        if info.flag_bits & 0x1:
            raise SourceError(shown, _ENCRYPTED)
        if info.compress_type not in _METHODS:
            raise SourceError(shown, _METHOD)
        folded.add(name.casefold())
        entries[name] = info
    return entries


def _check_overlaps(infos: Sequence[zipfile.ZipInfo], shown: str) -> None:
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            raise SourceError(
                shown, "Files in it overlap, as in a bomb, so it was not read. Pack it anew."
            )
        end = info.header_offset + 30 + len(info.filename.encode("utf-8", "replace")) // 2
        end += info.compress_size


def _name_problem(info: zipfile.ZipInfo) -> str | None:  # noqa: PLR0911
    """What is wrong with an entry's name or kind, as the end of a sentence."""
    # `filename` ends at the first NUL; the name as stored doesn't.
    raw = info.orig_filename
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if len(raw) > _LONGEST_NAME:
        return "has a name that is too long"
    if not raw or any(ord(char) < 32 or ord(char) == 127 for char in raw):
        return "has a name with control characters"
    name = raw.replace("\\", "/")
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return "has a name that leads out of the archive"
    if posixpath.normpath(name) != name.rstrip("/"):
        return "has a name that can't be used"
    if any(_RESERVED.fullmatch(part.rstrip(" .")) or part.rstrip(" .") != part for part in parts):
        return "has a name that can't be used on every system"
    if any(len(part.encode("utf-8", "replace")) > 255 for part in parts):
        return "has a name that is too long"
    return None


def shortened(name: str) -> str:
    """An entry's name as a sentence can show it."""
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
