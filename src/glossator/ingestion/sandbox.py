"""Files are read in a process apart: what a file does to its reader ends there.

A `Sandbox` keeps one helper (`cell`), which forks a child with limits for each file. The result
comes back as a file of JSON. A child that dies is an answer about its file; a helper that dies is
started anew.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from glossator.gateways.ports import MayPass
from glossator.ingestion.handover import books_from_json, document_from_json
from glossator.ingestion.sources import (
    BookSource,
    DocumentSource,
    ReadLimits,
    SourceError,
    Tell,
    untold,
)

Rectangle = tuple[float, float, float, float]

COMMAND = (sys.executable, "-m", "glossator.ingestion.cell")
_START_SECONDS = 60
_EXIT_PROBLEM, _EXIT_MEMORY = 3, 4


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What reading one file may take: memory and result in bytes, time in seconds.

    `seconds` pass whatever the reader does. On a busy machine that is much more than it works.
    """

    memory_bytes: int = 768_000_000
    cpu_seconds: int = 120
    seconds: int = 1_200
    result_bytes: int = 256_000_000


class SandboxLost(MayPass):
    """The helper process ended; the file may be innocent."""


class Sandbox:
    """Reads files one at a time, in children of a helper that is started when it is needed."""

    def __init__(
        self,
        read: ReadLimits,
        child: ChildLimits,
        folder: Path,
        *,
        command: Sequence[str] | None = None,
    ) -> None:
        self._command = list(command or COMMAND)
        self._read = read
        self._child = child
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._network = ""
        self._heard = b""

    @property
    def network(self) -> str:
        """How the readers are kept off the network: `namespace`, `filter`, or `open`."""
        with self._lock:
            self._running()
            return self._network

    def start(self) -> None:
        """Have the helper ready; raises `SandboxLost` where it can't be started."""
        with self._lock:
            self._running()

    def document(
        self,
        path: Path,
        kind: str,
        *,
        waiting: Callable[[], None] = lambda: None,
        tell: Tell = untold,
    ) -> DocumentSource:
        """Read one file.

        `waiting` is called every few seconds meanwhile, or `tell` with the pages read and all.
        Raises `SourceError` where the file is at fault, `SandboxLost` where it need not be.
        """
        return document_from_json(self._ask("document", [path], kind, waiting, tell))

    def books(
        self, paths: Sequence[Path], *, waiting: Callable[[], None] = lambda: None
    ) -> list[BookSource]:
        """Read a book's folders and files; raises as `document` does."""
        return books_from_json(self._ask("book", paths, "", waiting))

    def places(
        self, path: Path, quotes: Sequence[tuple[int, str]]
    ) -> list[tuple[int, list[Rectangle]]]:
        """Where on the pages of a PDF quotations stand, see `pdf_quotes.quote_pages`."""
        asked = [[page, quote] for page, quote in quotes]
        found = self._ask("places", [path], "pdf", lambda: None, quotes=asked)
        return [(page, [tuple(each) for each in places]) for page, places in found["pages"]]

    def sizes(self, path: Path) -> dict[str, Any]:
        """The sizes of a PDF's pages and their order, see `pdf_pages.page_sizes`."""
        return self._ask("sizes", [path], "pdf", lambda: None)

    def words(self, path: Path, page: int) -> list[list[Any]]:
        """The lines of a PDF's page with the places of words, see `pdf_pages.page_words`."""
        lines: list[list[Any]] = self._ask("words", [path], "pdf", lambda: None, page=page)["lines"]
        return lines

    def picture(self, path: Path, page: int, width: int) -> bytes:
        """A PDF's page as a PNG, see `pdf_pages.page_picture`."""
        found = self._ask("picture", [path], "pdf", lambda: None, page=page, width=width)
        return base64.b64decode(found["picture"])

    def media(self, path: Path, name: str) -> tuple[str, bytes]:
        """The media type and the bytes of a picture within a file, see `media.picture`."""
        found = self._ask("media", [path], "", lambda: None, name=name)
        return str(found["type"]), base64.b64decode(found["picture"])

    def unlock(self, path: Path, password: str, to: Path) -> None:
        """Write a copy of a PDF without its password, see `pdf_pages.unlocked`."""
        self._ask("unlock", [path], "pdf", lambda: None, password=password, to=str(to))

    def close(self) -> None:
        """End the helper, also while it reads."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _ask(
        self,
        what: str,
        paths: Sequence[Path],
        kind: str,
        waiting: Callable[[], None],
        tell: Tell = untold,
        **more: object,
    ) -> dict[str, Any]:
        with self._lock, tempfile.TemporaryDirectory(dir=self._made_folder()) as folder:
            out = Path(folder, "result.json")
            order = {
                "what": what,
                "kind": kind,
                "paths": [str(path) for path in paths],
                "out": str(out),
                "read": asdict(self._read),
                "limits": asdict(self._child),
                **more,
            }
            code = self._answer(order, waiting, tell)
            if code not in (0, _EXIT_PROBLEM):
                raise SourceError("", self._reason(code))
            found: dict[str, Any] = json.loads(out.read_bytes())
            if code == _EXIT_PROBLEM:
                raise SourceError(found["path"], found["message"], found["reason"])
            return found

    def _made_folder(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    def _answer(self, order: dict[str, Any], waiting: Callable[[], None], tell: Tell) -> int:
        process = self._running()
        answered = False
        try:
            orders = cast("IO[bytes]", process.stdin)
            orders.write(json.dumps(order).encode("ascii") + b"\n")
            orders.flush()
            until = time.monotonic() + self._child.seconds + _START_SECONDS
            while "code" not in (found := self._line(process, until - time.monotonic(), waiting)):
                tell(*found["progress"])
            answered = True
            return int(found["code"])
        except OSError as error:
            raise SandboxLost("The process that reads files ended.") from error
        finally:
            # Else the next order would get this one's answer.
            if not answered:
                self._end(at_once=True)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._heard = b""
            self._process = subprocess.Popen(  # noqa: S603  our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=self._made_folder(),
                # No key and no setting of the server's is anything to a file.
                env={
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                    "MALLOC_ARENA_MAX": "2",
                },
                start_new_session=True,
            )
            try:
                self._network = self._line(self._process, _START_SECONDS, lambda: None)["network"]
            except OSError as error:
                self._end()
                raise SandboxLost("The process that reads files didn't start.") from error
        return self._process

    def _line(
        self, process: subprocess.Popen[bytes], seconds: float, waiting: Callable[[], None]
    ) -> dict[str, Any]:
        """The next answer; `OSError` where the helper ended or says nothing for too long."""
        answers = cast("IO[bytes]", process.stdout)
        left = seconds
        # Kept here, not in the file's own buffer: of two lines that come at once `select` would
        # not see the second one there.
        while b"\n" not in self._heard:
            while not select.select([answers], [], [], max(0.0, min(left, 5.0)))[0]:
                left -= 5.0
                if left <= 0:
                    raise TimeoutError
                waiting()
            part = os.read(answers.fileno(), 65_536)
            if not part:
                raise BrokenPipeError
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def _end(self, *, at_once: bool = False) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if at_once:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _reason(self, code: int) -> str:
        limits = self._child
        if code == _EXIT_MEMORY:
            megabytes = limits.memory_bytes // 1_000_000
            return f"Reading the file takes more than {megabytes} MB of memory. Split it."
        if code == -signal.SIGALRM:
            return (
                f"Reading the file took longer than {limits.seconds:,} seconds. Reprocess it when "
                "the server has less to do, or split it."
            )
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return "The file is too complex to be read. Split it, or save it anew."
        if code == -signal.SIGXFSZ:
            return "The file unpacks to more text than can be kept. Split it."
        if code < 0:
            return "The file can't be read: its reader crashed. Save it anew, or in another format."
        return "The file can't be read: it isn't as its format demands. Save it anew."
