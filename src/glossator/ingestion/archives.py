"""A ZIP archive to a folder, inside the process that reads files: nothing leaves the folder."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from glossator.ingestion.sources import ReadLimits, SourceError

# Above this size an archive that unpacks to so many times its own is a bomb.
_LARGE, _RATIO = 64_000_000, 50
_PIECE = 1 << 20
_ENCRYPTED = 0x1


def unpack(archive: Path, folder: Path, limits: ReadLimits) -> Path:
    """The folder with the archive's files, or the one folder in it that holds everything.

    Raises `SourceError` for what is no archive, is locked, leads outside, or is beyond the
    limits; it is told from the list of contents, and again from what really comes out.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            _check(entries, archive.stat().st_size, limits)
            left = limits.book_bytes
            for entry in entries:
                if not entry.is_dir():
                    left -= _write(opened, entry, folder, min(left, limits.file_bytes))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            raise SourceError("", "The archive holds two files of one name.") from None
        raise SourceError("", "The archive is damaged. Make it anew.") from None
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _check(entries: list[zipfile.ZipInfo], size: int, limits: ReadLimits) -> None:
    if len(entries) > limits.files:
        raise SourceError("", f"The archive holds more than {limits.files:,} files.")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    bomb = total > _LARGE and total > _RATIO * size
    if total > limits.book_bytes or bomb or packed > size:
        raise SourceError("", "The archive unpacks to far more than it should. Send less at once.")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise SourceError("", "The archive is locked by a password. Send it without one.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise SourceError("", "The archive holds a link. Send the files themselves.")


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, most: int) -> int:
    parts = entry.filename.replace("\\", "/").rstrip("/").split("/")
    if any(part in ("", ".", "..") or ":" in part or not part.isprintable() for part in parts):
        raise SourceError("", "The archive holds a name that leads outside of it.")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(entry) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > most:
                raise SourceError("", f"A file in the archive is larger than {most:,} bytes.")
            file.write(piece)
    return written
