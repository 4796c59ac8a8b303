"""Processes that read files, made quickly: forked from one that has imported everything.

A fresh one takes half a second for its imports, and tests start hundreds of them. What
`Sandbox` starts instead is `STAND_IN`, a small interpreter that gives its streams to the forker
and lives as long as the process that was forked for it; either's end is the other's.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IMPORTS = Path(__file__).parent
STAND_IN = """
import array, os, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect(sys.argv[1])
streams = array.array("i", (0, 1))
there.sendmsg([os.getcwd().encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
os.close(0)
os.close(1)
there.recv(1)
"""


@contextmanager
def forker() -> Iterator[list[str]]:
    """A forker at work; the command for `Sandbox`."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/forker"
        process = subprocess.Popen(
            [sys.executable, "-c", "import cell_forker, sys; cell_forker.serve(sys.argv[1])",
             address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_IMPORTS), *sys.path])},
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        # Without `site` an interpreter is there in a hundredth of a second.
        yield [sys.executable, "-I", "-S", "-c", STAND_IN, address]
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def serve(address: str) -> None:
    """Fork for each who comes, until standard input ends."""
    from glossator.ingestion import cell

    for kind in ("pdf", "markdown", "text", "docx", "html"):
        cell._loaded(kind)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(16)
    os.write(1, b"ready\n")
    # By the descriptor of the stand-in, and by that of the process.
    stand_ins: dict[int, tuple[socket.socket, int, int]] = {}
    deaths: dict[int, int] = {}
    while True:
        # One at a time: what is closed for it may be the number of another's next one.
        ready = select.select([0, listening, *stand_ins, *deaths], [], [])[0][0]
        if ready == 0:
            os._exit(0)
        if ready is listening:
            there, pid = _forked(listening, stand_ins)
            death = os.pidfd_open(pid)
            stand_ins[there.fileno()] = (there, pid, death)
            deaths[death] = there.fileno()
        elif ready in stand_ins:
            os.kill(stand_ins[ready][1], signal.SIGKILL)
            _buried(stand_ins.pop(ready), deaths)
        else:
            _buried(stand_ins.pop(deaths[ready]), deaths)


def _forked(
    listening: socket.socket, others: dict[int, tuple[socket.socket, int, int]]
) -> tuple[socket.socket, int]:
    there, _ = listening.accept()
    folder, streams, _, _ = socket.recv_fds(there, 4096, 2)
    pid = os.fork()
    if pid:
        for stream in streams:
            os.close(stream)
        return there, pid
    from glossator.ingestion import cell

    try:
        os.setsid()
        listening.close()
        there.close()
        for other, _, death in others.values():
            other.close()
            os.close(death)
        for at, stream in enumerate(streams):
            os.dup2(stream, at)
            os.close(stream)
        os.chdir(folder)
        sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
        cell.main()
    finally:
        os._exit(1)


def _buried(gone: tuple[socket.socket, int, int], deaths: dict[int, int]) -> None:
    there, pid, death = gone
    os.waitpid(pid, 0)
    os.close(death)
    del deaths[death]
    there.close()
