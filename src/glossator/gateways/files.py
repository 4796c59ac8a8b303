"""Raw files in a folder or in S3, through obstore."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from glossator.gateways.ports import FileTooLarge, StoredFile, StoreFailed

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Store

_PATH = re.compile(r"[a-z0-9][a-z0-9-]*(?:[./][a-z0-9-]+)*")
_STAGED = re.compile(r"[a-z0-9.-]+#[0-9]+")
# So the system's own errors end in obstore's texts; those that a disk has: full, read-only.
_OF_SYSTEM = re.compile(r"\(os error (27|28|30|122)\)")
_PIECE = 1 << 20
# S3 takes parts of 5 MiB or more; two of them in memory at once.
_PART, _PARTS_AT_ONCE = 5 << 20, 2
_RETRIES = timedelta(seconds=15)
_S3_OPTIONS = frozenset({"endpoint", "region"})


class ObjectFiles:
    """`FileStore` on an obstore store. obstore writes beside the name and renames at the end."""

    def __init__(
        self,
        opened: Callable[[], LocalStore | S3Store],
        *,
        describe: str,
        folder: Path | None = None,
    ) -> None:
        self._opened = opened
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: Any = None
        self.describe = describe

    @property
    def _store(self) -> Any:
        # Opened at the first use: most commands touch no file.
        with self._lock:
            if self._kept is None:
                self._kept = self._opened()
            return self._kept

    def put(self, path: str, parts: Iterable[bytes], *, most: int) -> StoredFile:
        """See `FileStore.put`."""
        import obstore

        counted = _Counted(most)
        with _failures():
            obstore.put(
                self._store,
                _allowed(path),
                counted.through(parts),
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )
        return StoredFile(path, counted.size, counted.digest.hexdigest())

    def size(self, path: str) -> int:
        """See `FileStore.size`."""
        import obstore

        with _failures():
            return int(obstore.head(self._store, _allowed(path))["size"])

    def read(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `FileStore.read`."""
        import obstore

        last = self.size(path) if end is None else min(end, self.size(path))
        for at in range(start, last, _PIECE):
            with _failures():
                piece = obstore.get_range(self._store, path, start=at, end=min(at + _PIECE, last))
            yield bytes(piece)

    def delete(self, path: str) -> None:
        """See `FileStore.delete`."""
        import obstore

        try:
            with _failures():
                obstore.delete(self._store, _allowed(path))
        except FileNotFoundError:
            return

    def names(self, prefix: str) -> list[str]:
        """See `FileStore.names`."""
        import obstore

        with _failures():
            found = obstore.list(self._store, _allowed(prefix))
            return sorted(str(item["path"]) for page in found for item in page)

    def sweep(self, seconds: float) -> int:
        """See `FileStore.sweep`."""
        old = time.time() - seconds
        count = 0
        for path in self._folder.rglob("*#*") if self._folder else ():
            # `NAME#1` is what obstore writes before it renames; no name of ours has that sign.
            with suppress(OSError):
                if _STAGED.fullmatch(path.name) and path.stat().st_mtime < old:
                    path.unlink()
                    count += 1
        return count


class _Counted:
    """Counts and hashes what runs through."""

    def __init__(self, most: int) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self._most = most

    def through(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """The same parts; raises `FileTooLarge` beyond `most` bytes."""
        for part in parts:
            self.size += len(part)
            if self.size > self._most:
                raise FileTooLarge(f"more than {self._most} bytes")
            self.digest.update(part)
            yield part


@contextmanager
def _failures() -> Iterator[None]:
    """The store's own errors as `StoreFailed`; none of them is shown to a client."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        if told := _OF_SYSTEM.search(str(error)):
            # A folder's own trouble: a full disk is told as one.
            raise OSError(int(told[1]), os.strerror(int(told[1]))) from error
        raise StoreFailed(type(error).__name__) from error


def _allowed(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a stored file.")
    return path


def open_files(url: str, default: Path) -> ObjectFiles:
    """The store that a URL names: `file:` (the folder `default`), `file:///PATH` or `s3://…`.

    `s3://BUCKET/PREFIX?endpoint=…&region=…`; keys come from AWS's own variables
    (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …). Raises `ValueError` for any other.
    """
    parts = urlsplit(check_files_url(url))
    if parts.scheme == "file":
        return folder(Path(parts.path) if parts.path else default)
    where = f"s3://{parts.netloc}{parts.path}"
    options = dict(parse_qsl(parts.query))
    return ObjectFiles(
        lambda: _bucket(parts.netloc, parts.path.strip("/"), options), describe=where
    )


def folder(path: Path) -> ObjectFiles:
    """A store in a folder, which is made for this user alone."""
    return ObjectFiles(lambda: _folder(path), describe=str(path), folder=path)


def _folder(path: Path) -> LocalStore:
    from obstore.store import LocalStore

    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(path, automatic_cleanup=True)


def _bucket(name: str, prefix: str, options: dict[str, str]) -> S3Store:
    from obstore.store import S3Store

    plain = options.get("endpoint", "").startswith("http://")
    config: Any = {key: value for key, value in options.items() if key in _S3_OPTIONS}
    return S3Store(
        name,
        prefix=prefix or None,
        # Somebody waits: a store that is silent has half a minute, not four tries of it.
        client_options={"timeout": "30s", "connect_timeout": "5s", "allow_http": plain},
        retry_config={"max_retries": 3, "retry_timeout": _RETRIES},
        **config,
    )


def check_files_url(url: str) -> str:
    """The URL again; raises `ValueError` with a sentence where it names no store."""
    parts = urlsplit(url)
    named = parts.scheme == "s3" and bool(parts.netloc)
    local = parts.scheme == "file" and not parts.netloc
    unknown = set(dict(parse_qsl(parts.query))) - _S3_OPTIONS
    if not (named or local) or unknown:
        raise ValueError(
            "files are kept in file:, file:///PATH or s3://BUCKET/PREFIX?endpoint=URL&region=NAME"
        )
    return url
