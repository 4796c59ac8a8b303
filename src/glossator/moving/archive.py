"""One archive: a tar file of parts, with a manifest that knows the size and SHA-256 of each.

    about.json                      format, version, revision, moment, the tables' columns
    rows/TABLE/00000.jsonl.gz       a JSON array per row, in the order of those columns
    files/PATH                      raw files, under their paths in the store
    glossaries/NAME                 the operator's own glossaries
    secret.key                      the signing key, only where it was asked for
    manifest.json                   rows and digest per table, size and SHA-256 of every part

It is written in one go, to a pipe too, and read by a reader that knows nothing but plain entries:
no links, no devices, no sparse files, no long names. Nothing is ever unpacked under a name from
the archive; `restoring` decides where each part goes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from glossator.foundation.errors import BadRequest
from glossator.moving.shapes import Row

FORMAT = 1
ABOUT, MANIFEST, SECRET = "about.json", "manifest.json", "secret.key"
_BLOCK, _PIECE = 512, 1 << 20
_GZIP = 31  # zlib's number for gzip's wrapper
# A part that shrinks by more than this is stored as it is, so that no archive can be read into
# more than so many times its size.
_MOST_RATIO = 100
_MOST_PART, _MOST_FACTS = 1 << 30, 1 << 28
_NAME = re.compile(
    r"about\.json|manifest\.json|secret\.key|rows/[a-z_]+/[0-9]+\.jsonl(?:\.gz)?"
    r"|files/[a-z0-9./-]+|glossaries/[A-Za-z0-9@_%~-][A-Za-z0-9@_%~.-]*\.txt"
)
_DAMAGED = "The archive is damaged: {}. Use another copy of it, or another backup."


class Refused(BadRequest):
    """A backup can't be made or restored; the sentence says why."""


def damaged(what: str) -> Refused:
    """The error for an archive that isn't as it was written."""
    return Refused(_DAMAGED.format(what))


@dataclass(frozen=True, slots=True)
class Part:
    """A part's place in the file."""

    start: int
    size: int


class Writer:
    """Writes an archive from front to back; nothing is kept but sizes and digests."""

    def __init__(self, out: BinaryIO, moment: float) -> None:
        self._out = out
        self._moment = int(moment)
        self._entries: dict[str, list[Any]] = {}
        self.size = 0

    def add(self, name: str, data: bytes) -> None:
        """A part whose bytes are at hand."""
        self.stream(name, len(data), [data])

    def stream(self, name: str, size: int, parts: Iterable[bytes]) -> None:
        """A part of exactly `size` bytes."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._moment, 0o600
        self._write(info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))
        digest, written = hashlib.sha256(), 0
        for part in parts:
            digest.update(part)
            written += len(part)
            self._write(part)
        if written != size:
            raise OSError(f"{name} has {written} bytes and not {size}")
        self._write(bytes(-size % _BLOCK))
        self._entries[name] = [size, digest.hexdigest()]

    def rows(self, table: str, number: int, lines: bytes) -> None:
        """Some rows of a table."""
        packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
        packed = packer.compress(lines) + packer.flush()
        name = f"rows/{table}/{number:05}.jsonl"
        if len(lines) > _MOST_RATIO * len(packed):
            self.add(name, lines)
        else:
            self.add(f"{name}.gz", packed)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """The manifest, and the end."""
        manifest = {**facts, "entries": self._entries}
        self.add(MANIFEST, json.dumps(manifest).encode())
        self._write(bytes(2 * _BLOCK))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self.size += len(data)


class Archive:
    """An archive that is read; `about` and `manifest` as they were written.

    Opening it looks at every entry's head and compares it with the manifest; `check` reads all.
    Every method raises `Refused` where something isn't as it was written.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._parts = dict(_parts(file))
        self.about = self._facts(ABOUT)
        if self.about.get("format") != FORMAT:
            raise Refused(
                f"The archive has format {self.about.get('format')!r}, and this version reads "
                f"{FORMAT}. Use the version that made it: {self.about.get('glossator')}."
            )
        self.manifest = self._facts(MANIFEST)
        self._agree()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """The archive in a file, which is closed when the block ends."""
        with path.open("rb") as file:
            yield cls(file)

    def names(self, folder: str) -> list[str]:
        """The names of the parts in a folder, as they were written."""
        return [name for name in self._parts if name.startswith(f"{folder}/")]

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._parts

    def size(self, name: str) -> int:
        """A part's bytes."""
        return self._parts[name].size

    def sha256(self, name: str) -> str:
        """A part's digest, as the manifest has it."""
        digest: str = self.manifest["entries"][name][1]
        return digest

    def read(self, name: str) -> Iterator[bytes]:
        """A part's bytes in pieces."""
        part = self._parts[name]
        for at in range(part.start, part.start + part.size, _PIECE):
            self._file.seek(at)
            yield self._file.read(min(_PIECE, part.start + part.size - at))

    def check(self) -> None:
        """Read every part and compare its digest."""
        for name in self._parts:
            digest = hashlib.sha256()
            for piece in self.read(name):
                digest.update(piece)
            if name != MANIFEST and digest.hexdigest() != self.sha256(name):
                raise damaged(f"{name} isn't what was written")

    def rows(self, table: str) -> Iterator[list[Row]]:
        """A table's rows, a part at a time."""
        for name in self.names(f"rows/{table}"):
            data = b"".join(self.read(name)) if self.size(name) <= _MOST_PART else b""
            lines = _unpacked(name, data) if name.endswith(".gz") else data
            try:
                yield [json.loads(text) for text in lines.splitlines()]
            except (ValueError, RecursionError) as error:
                raise damaged(f"{name} holds no rows") from error

    def _facts(self, name: str) -> dict[str, Any]:
        if name not in self._parts or self.size(name) > _MOST_FACTS:
            raise damaged(f"it has no {name}, so it isn't a whole backup of Glossator")
        try:
            found = json.loads(b"".join(self.read(name)))
        except (ValueError, RecursionError) as error:
            raise damaged(f"{name} can't be read") from error
        if not isinstance(found, dict):
            raise damaged(f"{name} can't be read")
        return found

    def _agree(self) -> None:
        """The entries are those of the manifest, in name and size."""
        listed = self.manifest.get("entries")
        there = {name: part.size for name, part in self._parts.items() if name != MANIFEST}
        if not isinstance(listed, dict):
            raise damaged("its manifest lists nothing")
        for name in there.keys() | listed.keys():
            fact = listed.get(name)
            good = (
                isinstance(fact, list)
                and len(fact) == 2
                and fact[0] == there.get(name)
                and isinstance(fact[1], str)
            )
            if not good:
                raise damaged(f"{name} isn't as its manifest says")


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file for this user alone that is there whole or not at all; raises `FileExistsError`."""
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _parts(file: BinaryIO) -> Iterator[tuple[str, Part]]:
    """The entries of a tar file, each of which must be one that `Writer` could have written."""
    size, at = file.seek(0, 2), 0
    seen: set[str] = set()
    while True:
        file.seek(at)
        head = file.read(_BLOCK)
        if len(head) < _BLOCK:
            raise damaged("it ends too early")
        if not any(head):
            return
        try:
            info = tarfile.TarInfo.frombuf(head, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeError) as error:
            raise damaged(f"there is no entry at byte {at}") from error
        start = at + _BLOCK
        at = start + info.size + -info.size % _BLOCK
        if info.type != tarfile.REGTYPE or not _NAME.fullmatch(info.name) or info.name in seen:
            raise Refused(
                f"The archive has an entry {info.name!r} that no backup of Glossator has. It was "
                "made or changed by something else: don't use it."
            )
        if info.size < 0 or at > size:
            raise damaged("it ends too early")
        seen.add(info.name)
        yield info.name, Part(start, info.size)


def _unpacked(name: str, data: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    most = min(_MOST_PART, _MOST_RATIO * len(data))
    try:
        found = unpacker.decompress(data, most + 1)
    except zlib.error as error:
        raise damaged(f"{name} can't be unpacked") from error
    if len(found) > most or not unpacker.eof or unpacker.unused_data:
        raise damaged(f"{name} unpacks to more than was packed")
    return found
