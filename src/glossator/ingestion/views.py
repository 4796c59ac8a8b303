"""Looking into stored files again, in a process apart, for somebody who waits."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from glossator.foundation.errors import NotFound, Unavailable, Unusable
from glossator.gateways.ports import FileStore, MayPass
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.sources import SourceError

_GONE = "The stored file is gone. Upload it again."
_BUSY = "Other pages are being looked up. Try again in a moment."
_ENTRY = 200  # Bytes that an answer takes beside its own size, roughly.

_T = TypeVar("_T")


class Views:
    """Asks a reader of its own about copies of stored files, and keeps its last answers.

    Few ask at once: whoever waits holds a thread, and a file can make its reader slow. That a
    file can't be read is an answer too: nobody keeps the reader busy by asking again.
    """

    def __init__(
        self,
        files: FileStore,
        sandbox: Sandbox,
        folder: Path,
        *,
        at_once: int = 3,
        patience: float = 0.5,
        kept_bytes: int = 8_000_000,
    ) -> None:
        self._files = files
        self._sandbox = sandbox
        self._folder = folder
        self._patience = patience
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._most, self._weight = kept_bytes, 0

    def ask(
        self,
        key: tuple[object, ...],
        raw_path: str,
        look: Callable[[Sandbox, Path], _T],
        size: Callable[[_T], int],
    ) -> _T:
        """What `look` finds in a stored file; `key` names the question, `size` weighs the answer.

        Raises `NotFound` where the file is gone, `Unusable` where it can't be read, `Unavailable`
        where a part doesn't answer now.
        """
        found = self._known(key)
        if found is None:
            if not self._free.acquire(timeout=self._patience):
                raise Unavailable(_BUSY, headers={"retry-after": "1"})
            try:
                # Somebody may have asked the same while this one waited.
                found = self._known(key) or self._looked(raw_path, look)
            finally:
                self._free.release()
            failed = isinstance(found, SourceError)
            self._keep(key, found, _ENTRY if failed else _ENTRY + size(cast("_T", found)))
        if isinstance(found, SourceError):
            raise Unusable(found.message, field="document_id") from None
        return cast("_T", found)

    def once(self, raw_path: str, look: Callable[[Sandbox, Path], _T]) -> _T:
        """The same for what must not be kept; raises `SourceError` as it comes."""
        if not self._free.acquire(timeout=self._patience):
            raise Unavailable(_BUSY, headers={"retry-after": "1"})
        try:
            return self._copied(raw_path, look)
        finally:
            self._free.release()

    def _known(self, key: tuple[object, ...]) -> object | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: tuple[object, ...], found: object, weight: int) -> None:
        with self._lock:
            if key in self._kept or weight > self._most:
                return
            self._kept[key] = (found, weight)
            self._weight += weight
            while self._weight > self._most:
                _, (_, given) = self._kept.popitem(last=False)
                self._weight -= given

    def _looked(self, raw_path: str, look: Callable[[Sandbox, Path], object]) -> object:
        try:
            return self._copied(raw_path, look)
        except SourceError as error:
            return error

    def _copied(self, raw_path: str, look: Callable[[Sandbox, Path], _T]) -> _T:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix="view-") as copy:
                for part in self._files.read(raw_path):
                    copy.write(part)
                copy.flush()
                return look(self._sandbox, Path(copy.name))
        except FileNotFoundError:
            raise NotFound(_GONE) from None
        except (MayPass, OSError):
            raise Unavailable(_BUSY, headers={"retry-after": "1"}) from None
