"""The other side of `sandbox`: a small process that reads each file in a child of its own.

Run as `python -m glossator.ingestion.cell`. It takes orders as lines of JSON on standard input
and answers each with a line on standard output. It shuts itself off from the network before the
first one, forks for each, and ends when its input does; the child has limits on memory, time
and what it writes, so a file can kill the child and nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import gc
import json
import os
import re
import resource
import select
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glossator.ingestion.handover import books_to_json, document_to_json
from glossator.ingestion.readers.registry import TELLING, reader_for
from glossator.ingestion.sources import DocumentSource, ReadLimits, SourceError

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_MODE_FILTER = 2
# From linux/audit.h and the tables of system calls: architecture, socket, io_uring_setup.
_CALLS = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_EXIT_PROBLEM, _EXIT_MEMORY, _EXIT_BUG = 3, 4, 5
# Orders of a viewer about one file.
_VIEWS = frozenset({"places", "sizes", "words", "picture", "unlock", "media"})
# How often a child tells its progress. It may be a file's slave, so its words are looked at.
_TELL_SECONDS = 0.5
_PROGRESS = re.compile(rb"([0-9]{1,7})/([0-9]{1,7})\n\Z")
_NICENESS = 5
# What people send most: their readers are loaded before the first file comes.
_COMMON = ("pdf", "markdown", "text")
# Objects between two looks for garbage in a child, which doesn't live long enough to have much:
# with Python's 700 they are a sixth of a PDF's time.
_GARBAGE = 20_000


def main() -> None:
    """Serve orders until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    # Nothing that a library prints may look like an answer.
    os.dup2(2, 1)
    closed = close_network()
    # A server beside us has questions to answer.
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    for kind in _COMMON:
        _loaded(kind)
    gc.freeze()
    _say(answers, {"network": closed})
    pending = b""
    while True:
        while b"\n" not in pending:
            part = os.read(0, 65_536)
            if not part:
                return
            pending += part
        line, _, pending = pending.partition(b"\n")
        order = json.loads(line)
        if order["what"] == "document":
            _loaded(order["kind"])
        _say(answers, {"code": _run(order, answers)})


def _loaded(kind: str) -> None:
    """Load a reader here once, not in every child. A reader's module never sees the file."""
    with contextlib.suppress(SourceError, ImportError):
        reader_for(kind)


def _say(answers: Any, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _run(order: dict[str, Any], answers: Any) -> int:
    """Carry an order out in a child; what it says of its progress is passed on."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        code = _EXIT_BUG
        try:
            # A file that took its reader over can't answer in our place.
            os.close(answers.fileno())
            os.close(told)
            code = _child(order, Telling(telling))
        finally:
            failure = sys.exc_info()[0]
            if failure is not None:
                # The kind alone: a message may hold what stands in somebody's file.
                os.write(2, f"A reader failed: {failure.__name__}\n".encode())
            os._exit(code)
    os.close(telling)
    try:
        return _ended(child, told, answers)
    finally:
        os.close(told)


def _ended(child: int, told: int, answers: Any) -> int:
    """The child's exit code; ends this process too where its input does."""
    watched, said = [0, told], 0.0
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        ready = _ready(child, watched)
        # No order comes before the last one is answered.
        if 0 in ready:
            os.kill(child, signal.SIGKILL)
            os._exit(0)
        if told in ready:
            part = os.read(told, 4_096)
            found = _PROGRESS.search(part)
            if not part:
                watched.remove(told)
            elif found and time.monotonic() - said >= _TELL_SECONDS / 2:
                said = time.monotonic()
                _say(answers, {"progress": [int(number) for number in found.groups()]})


def _ready(child: int, watched: list[int]) -> list[int]:
    """Wait until one of the files can be read or the child has ended; which can be read."""
    try:
        process = os.pidfd_open(child)
    except (AttributeError, OSError):
        return select.select(watched, [], [], 0.02)[0]
    try:
        return select.select([*watched, process], [], [])[0]
    finally:
        os.close(process)


class Telling:
    """Writes to a pipe how many pages are read, of how many: the first, then now and then."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._last = -_TELL_SECONDS

    def __call__(self, done: int, total: int) -> None:
        """See `sources.Tell`."""
        moment = time.monotonic()
        if moment - self._last >= _TELL_SECONDS:
            self._last = moment
            os.write(self._pipe, b"%d/%d\n" % (done, total))


def _child(order: dict[str, Any], tell: Telling) -> int:
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    limits = order["limits"]
    gc.set_threshold(_GARBAGE, 20, 100)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Python ignores it; then the write alone would fail.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.alarm(limits["seconds"])
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["result_bytes"]),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))
    out = Path(order["out"])
    # Whoever gave the order clears this folder, also after a kill.
    tempfile.tempdir = str(out.parent)
    try:
        result = _read(order, tell)
        out.write_text(json.dumps(result, ensure_ascii=True), "ascii")
    except SourceError as error:
        problem = {"path": error.path, "message": error.message, "reason": error.reason}
        out.write_text(json.dumps(problem, ensure_ascii=True), "ascii")
        return _EXIT_PROBLEM
    except (MemoryError, RecursionError):
        return _EXIT_MEMORY
    return 0


def _read(order: dict[str, Any], tell: Telling) -> dict[str, Any]:
    read = ReadLimits(**order["read"])
    paths = [Path(path) for path in order["paths"]]
    if order["what"] == "document":
        reader: Callable[..., DocumentSource] = reader_for(order["kind"])
        how_far = (tell,) if order["kind"] in TELLING else ()
        return document_to_json(reader(paths[0], read, *how_far))
    if order["what"] in _VIEWS:
        return _viewed(order, paths[0], read)
    from glossator.ingestion.readers.detect import read_sources

    return books_to_json(read_sources(paths, read))


def _viewed(order: dict[str, Any], path: Path, read: ReadLimits) -> dict[str, Any]:
    if order["what"] == "media":
        from glossator.ingestion.readers import media

        kind, data = media.picture(path, order["name"], read)
        return {"type": kind, "picture": base64.b64encode(data).decode("ascii")}
    from glossator.ingestion.readers import pdf_pages
    from glossator.ingestion.readers.pdf_quotes import quote_pages

    match order["what"]:
        case "places":
            quotes = [(page, quote) for page, quote in order["quotes"]]
            return {"pages": quote_pages(path, quotes)}
        case "sizes":
            return pdf_pages.page_sizes(path)
        case "words":
            return {"lines": pdf_pages.page_words(path, order["page"])}
        case "picture":
            picture = pdf_pages.page_picture(path, order["page"], order["width"])
            return {"picture": base64.b64encode(picture).decode("ascii")}
        case _:
            pdf_pages.unlocked(path, order["password"], Path(order["to"]))
            return {}


def close_network() -> str:
    """Shut this process and its children off; `namespace`, `filter` or `open` says how well."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except OSError:
        return "open"
    if not sys.platform.startswith("linux"):
        return "open"
    if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        return "namespace"
    return "filter" if _filter_sockets(libc) else "open"


def _filter_sockets(libc: ctypes.CDLL) -> bool:
    """Let the kernel refuse `socket` and io_uring, which can open one too."""
    known = _CALLS.get(os.uname().machine)
    if known is None or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    architecture, opens_socket, opens_ring = known
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 1
    program = [
        (load, 0, 0, 4),
        (equal, 0, 5, architecture),
        (load, 0, 0, 0),
        (at_least, 3, 0, 0x40000000),
        (equal, 2, 0, opens_socket),
        (equal, 1, 0, opens_ring),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *item) for item in program))
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    )
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0) == 0)


if __name__ == "__main__":
    main()
