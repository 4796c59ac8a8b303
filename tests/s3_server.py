"""A server that speaks S3, for a session of tests: moto in a process of its own, on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BUCKET = "shelf"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_START_SECONDS = 60
_MOTO = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p"]


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address; there is one bucket. Skips where it doesn't start."""
    pytest.importorskip("moto.server", reason="moto is not installed.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*_MOTO, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _make_bucket(endpoint, server)
        yield endpoint
    finally:
        # All that it has is in its memory.
        server.kill()
        server.wait(60)


def _make_bucket(endpoint: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")  # noqa: S310
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                pytest.skip("The S3 server did not start.")
            time.sleep(0.1)
        else:
            return
