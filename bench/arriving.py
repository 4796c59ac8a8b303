"""How soon what comes in can be found, and what adding a book again costs.

The first chunk is awaited as a client would: a real server, a file sent by HTTP, one search after
the other. The book again is read, compared and written as `glossator add` does it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.corpora import BOOKS, SHARED, installation
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.wiring import House

HEADER = ("figure", "value")
PDF = SHARED / "files/pdf/GeoTopo-komprimiert.pdf"
_MEGABYTE = 1_000_000
_CHAPTERS = 100
_URL = "http://127.0.0.1:8792"
_PATIENCE_S = 120


def arriving() -> list[tuple[str, ...]]:
    """Rows: seconds to the first chunk of a text and of a PDF, and what one chapter costs."""
    pages = sorted(BOOKS["cp-algorithms"].rglob("*.md"), key=lambda p: p.stat().st_size)
    pages = pages[-_CHAPTERS:]
    text = b"\n\n".join(page.read_bytes() for page in pages)
    rows: list[tuple[str, ...]] = []
    with TemporaryDirectory() as folder, _server(Path(folder)) as token:
        _first_chunk(token, "warm-up.md", b"# Gears\n\nA worm gear holds its load.")
        for name, data in (("a text", text[:_MEGABYTE]), (PDF.name, PDF.read_bytes())):
            seconds = _first_chunk(token, name, data)
            size = f"{len(data) / _MEGABYTE:.1f} MB"
            rows.append((f"first chunk of {name} ({size}) found after, s", f"{seconds:.2f}"))
    first, again = _twice(pages)
    rows.append((f"{len(pages)} pages as a book, CPU s", f"{first:.1f}"))
    rows.append(("again with one changed, CPU s", f"{again:.2f}"))
    rows.append(("again, share of the first time", f"{again / first:.2%}"))
    return rows


def _twice(pages: list[Path]) -> tuple[float, float]:
    """CPU seconds of adding a book and of adding it again with a sentence more in one chapter."""
    with TemporaryDirectory() as folder, installation() as house:
        house.embedder.encode(["warm up"])
        for number, page in enumerate(pages):
            Path(folder, f"{number:03}.md").write_bytes(page.read_bytes())
        first = _added(house, Path(folder), new=len(pages))
        with Path(folder, f"{len(pages) // 2:03}.md").open("a", encoding="utf-8") as changed:
            changed.write("\n\nA sentence came to it.\n")
        return first, _added(house, Path(folder), changed=1)


def _added(house: House, folder: Path, *, new: int = 0, changed: int = 0) -> float:
    began = time.process_time()
    added = house.pipeline.add_book(read_sources([folder], ReadLimits())[0], "book")
    if (added.new, added.changed) != (new, changed):
        raise RuntimeError(f"{added.new} chapters were taken for new, {added.changed} for changed.")
    return time.process_time() - began


def _first_chunk(token: str, name: str, data: bytes) -> float:
    """Seconds from sending the file to the first search that finds something in it."""
    began = time.perf_counter()
    head = f'--b\r\ncontent-disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--b--\r\n"
    sent = _call("/api/upload", body, token, kind="multipart/form-data; boundary=b")
    asked = {"query": "gear graph", "document_ids": [sent["documents"][0]["document_id"]]}
    while time.perf_counter() - began < _PATIENCE_S:
        if _call("/api/search", json.dumps(asked).encode(), token)["results"]:
            seconds = time.perf_counter() - began
            # The next file isn't to wait for what is left of this one.
            _call(f"/api/docs/{asked['document_ids'][0]}", None, token, method="DELETE")
            return seconds
        time.sleep(0.02)
    raise TimeoutError(f"Nothing of {name} was found within {_PATIENCE_S} seconds.")


def _call(
    path: str,
    body: bytes | None,
    token: str = "",
    kind: str = "application/json",
    method: str = "POST",
) -> Any:
    headers = {"content-type": kind, **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(_URL + path, body, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or b"null")


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A server on an empty folder; gives the token of its only user."""
    server = subprocess.Popen(
        [sys.executable, "-m", "glossator", "serve", "--port", "8792", "--data", str(folder)],
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "GLOSSATOR_LOG_LEVEL": "error",
            "GLOSSATOR_SEARCHES_PER_MINUTE": "unlimited",
        },
    )
    try:
        yield _signed_up()
    finally:
        server.terminate()
        server.wait(timeout=20)


def _signed_up() -> str:
    person = {"email": "a@example.org", "password": "a long password", "name": "A"}
    began = time.perf_counter()
    while time.perf_counter() - began < _PATIENCE_S:
        try:
            token: str = _call("/api/auth/signup", json.dumps(person).encode())["access_token"]
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return token
    raise TimeoutError(f"The server wasn't there within {_PATIENCE_S} seconds.")
