"""A real Chroma server on loopback, as `chroma run` starts it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server_tools import free_port

_START_SECONDS = 60


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """The server's port; skips where Chroma is not installed or doesn't start."""
    pytest.importorskip("chromadb", reason="chromadb is not installed.")
    command = Path(sys.executable).with_name("chroma")
    port = free_port()
    server = subprocess.Popen(
        [command, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                url = f"http://127.0.0.1:{port}/api/v2/heartbeat"
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    pytest.skip("The Chroma server did not start.")
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(10)
