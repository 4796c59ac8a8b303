"""Connections on a real server: silent, slow, endless and ambiguous ones; others don't notice."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from glossator.foundation.connections import HEADER_BYTES, HEADER_SECONDS, Patient
from glossator.gateways.fakes import FakeEmbedder
from glossator.wiring import build
from house_tools import made_settings
from server_tools import listening, served
from small_books import book

HOST = b"host: localhost\r\n"
UPLOAD = (
    b"POST /api/upload HTTP/1.1\r\n" + HOST + b"content-type: multipart/form-data; boundary=x\r\n"
)


class Hasty(Patient):
    """The same with less patience."""

    header_seconds = 0.6
    reading_seconds = 0.6


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def port(data: Path, migrated_sqlite: Path) -> Iterator[int]:
    """A server with little patience and a book whose one chapter is long."""
    shutil.copyfile(migrated_sqlite, data / "glossator.db")
    house = build(made_settings(data, request_body_seconds=0.6), embedder=FakeEmbedder())
    house.pipeline.add_book(book(), "robots")
    with served(house, Hasty) as found:
        yield found


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=8)


def rest(connection: socket.socket) -> bytes:
    """What still comes until the server closes; raises `TimeoutError` where it doesn't."""
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            received += part
    return received


def healthy(connection: socket.socket) -> bool:
    """Whether the next answer is that of /health; head and body may come in two pieces."""
    answer = b""
    while not answer.endswith(b"}"):
        part = connection.recv(65_536)
        assert part, "The server closed within its answer."
        answer += part
    return answer.startswith(b"HTTP/1.1 200")


def answers(port: int, sent: bytes) -> list[int]:
    """The statuses of all answers to some bytes."""
    with connected(port) as connection:
        connection.sendall(sent)
        received = rest(connection)
    return [int(line[9:12]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


HALVES = {
    "nothing": b"",
    "half a line": b"GET /hea",
    "half a header": b"GET /health HTTP/1.1\r\nhost: loc",
    "empty lines": b"\r\n\r\n",
    "half a body": b"POST /api/search HTTP/1.1\r\n" + HOST + b"content-length: 10\r\n"
    b"content-type: application/json\r\n\r\n{",
    "half a chunk": b"POST /api/search HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n"
    b"content-type: application/json\r\n\r\nff\r\n{",
    "an answer, then half": b"GET /health HTTP/1.1\r\n" + HOST + b"\r\nGET /hea",
    "a refused body": b"POST /api/auth/me HTTP/1.1\r\n" + HOST + b"content-length: 99\r\n\r\n{",
}


def test_whoever_sends_half_is_left_and_others_are_served(port: int):
    assert HEADER_SECONDS <= 30
    began = time.monotonic()
    with ExitStack() as stack:
        many = [stack.enter_context(connected(port)) for _ in range(20 * len(HALVES))]
        for connection, half in zip(many, [*HALVES.values()] * 20, strict=True):
            connection.sendall(half)
        assert answers(
            port, b"GET /api/books HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n"
        ) == [200]
        for connection in many:
            rest(connection)
    assert time.monotonic() - began < 12


def test_drop_by_drop_is_no_way_around(port: int):
    with connected(port) as connection:
        began = time.monotonic()
        with suppress(OSError):
            for drop in b"GET /health HTTP/1.1\r\n" + b"x-slow: " + b"a" * 100:
                connection.sendall(bytes([drop]))
                time.sleep(0.05)
            pytest.fail("Nobody closed it.")
        assert time.monotonic() - began < 3


def test_after_an_answer_a_byte_buys_no_more_time(port: int):
    with connected(port) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert healthy(connection)
        connection.sendall(b"\r\n")
        assert rest(connection) == b""


def test_who_comes_back_in_time_is_served_on_one_connection(port: int):
    with connected(port) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
            assert healthy(connection)
            time.sleep(0.4)


@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: "])
def test_a_header_without_end_is_refused(port: int, begun: bytes):
    with connected(port) as connection:
        with suppress(OSError):
            connection.sendall(begun)
            for _ in range(4 * HEADER_BYTES // 4_096):
                connection.sendall(b"a" * 4_096)
        with suppress(ConnectionError):
            assert rest(connection)[:12] in (b"", b"HTTP/1.1 431", b"HTTP/1.1 400")
    assert answers(port, b"GET /health HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n") == [200]


LONG = 400 * 65_536


async def long(scope: Any, _: Any, send: Any) -> None:
    """An application whose answer is longer than all buffers on the way."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(LONG // 65_536):
        await send({"type": "http.response.body", "body": b"a" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("reads", [True, False])
def test_who_reads_nothing_of_a_long_answer_is_left(reads: bool):
    with listening(long, Hasty) as port, connected(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n")
        received = 0
        for _ in range(15):
            time.sleep(0.1)
            received += len(connection.recv(1_000_000)) if reads else 0
        with suppress(ConnectionResetError):
            while part := connection.recv(1_000_000):
                received += len(part)
        assert (received >= LONG) == reads


def test_a_request_that_can_be_read_in_two_ways_is_one_or_none(port: int):
    """Whoever stands in front of us might read it the other way."""
    second = b"GET /api/books HTTP/1.1\r\n" + HOST + b"\r\n"
    head = b"POST /api/search HTTP/1.1\r\n" + HOST + b"content-type: application/json\r\n"
    body = b'{"query": "x"}'
    for what, sent in {
        "two lengths": head + b"content-length: 14\r\ncontent-length: 0\r\n\r\n" + body,
        "length and chunks": head + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n"
        b"0\r\n\r\n" + second,
        "chunks by another name": head + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "a space before the colon": head + b"content-length : 14\r\n\r\n" + body,
        "a folded line": head + b"x: a\r\n content-length: 14\r\ncontent-length: 0\r\n\r\n" + body,
        "a line feed alone": head + b"content-length: 14\ntransfer-encoding: chunked\r\n\r\n",
        "a sign": head + b"content-length: +14\r\n\r\n" + body,
        "below nothing": head + b"content-length: -14\r\n\r\n" + body,
        "a length beyond all": head + b"content-length: " + b"9" * 40 + b"\r\n\r\n" + body,
        "NUL in a name": head + b"x\x00y: 1\r\ncontent-length: 14\r\n\r\n" + body,
    }.items():
        found = answers(port, sent)
        assert len(found) <= 1, (what, found)
        assert not found or 400 <= found[0] < 500, (what, found)


def test_a_body_of_somebody_without_a_token_is_never_read(port: int, data: Path):
    with connected(port) as connection:
        length = b"content-length: 100000000\r\n\r\n--x\r\n"
        connection.sendall(UPLOAD + b"authorization: Bearer x\r\n" + length)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
        with suppress(OSError):
            for _ in range(20):
                connection.sendall(b"a" * 50_000)
        assert rest(connection) == b""
    work = data / "work"
    assert not work.exists() or not [path for path in work.rglob("*") if path.is_file()]


def test_the_same_where_httptools_is_not_installed():
    """The names that the waiting goes by are those of both of uvicorn's protocols."""
    for name in ("connection_made", "data_received", "connection_lost", "pause_writing",
                 "resume_writing"):  # fmt: skip
        assert name in vars(H11Protocol), name
