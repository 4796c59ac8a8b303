"""The port of issuers' keys: one suite for the fake and the real one; what the real one bears."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from glossator.foundation.errors import Unavailable
from glossator.gateways.fakes import FakeKeySets
from glossator.gateways.keysets import MOST_BYTES, MOST_KEYS, HttpKeySets
from glossator.gateways.ports import KeySets
from issuer_tools import KeyServer, key_server, own_certificate, send

KEYS: list[dict[str, Any]] = [
    {"kty": "OKP", "crv": "Ed25519", "x": "abc", "kid": "one"},
    {"kid": "two", "odd": [1]},
]
GONE = "http://127.0.0.1:9/keys"


@dataclass
class Published:
    """Something to fetch from, and how to change what is there."""

    source: KeySets
    url: str
    publish: Callable[[Sequence[dict[str, Any]]], None]


@pytest.fixture(params=["fake", "http"])
def published(request: pytest.FixtureRequest) -> Iterator[Published]:
    if request.param == "fake":
        fake = FakeKeySets()
        yield Published(fake, "fake:", lambda keys: fake.published.update({"fake:": keys}))
        return
    with key_server() as server:
        yield Published(HttpKeySets(), server.jwks_url, lambda keys: setattr(server, "keys", keys))


def test_keys_come_as_they_are_published(published: Published):
    published.publish(KEYS)
    assert published.source.fetch(published.url) == KEYS
    published.publish([])
    assert published.source.fetch(published.url) == []


def test_every_reading_asks_anew(published: Published):
    published.publish(KEYS[:1])
    assert len(published.source.fetch(published.url)) == 1
    published.publish(KEYS)
    assert len(published.source.fetch(published.url)) == 2


def test_nobody_there_is_said(published: Published):
    with pytest.raises(Unavailable):
        published.source.fetch(GONE)


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as running:
        yield running


BAD = {
    "an error": lambda it: send(it, b'{"keys": []}', 500),
    "not found": lambda it: send(it, b'{"keys": []}', 404),
    "elsewhere": lambda it: send(it, b"", 302, location="/keys"),
    "page": lambda it: send(it, b"<html>"),
    "nothing": lambda it: send(it, b""),
    "no object": lambda it: send(it, b"[]"),
    "no keys": lambda it: send(it, b'{"key": []}'),
    "other keys": lambda it: send(it, b'{"keys": ["a"]}'),
    "no text": lambda it: send(it, b'{"keys": "\xff"}'),
    "deep": lambda it: send(it, b'{"keys":' + b"[" * 200_000),
    "many": lambda it: send(it, json.dumps({"keys": [{}] * (MOST_KEYS + 1)}).encode()),
    "large": lambda it: send(it, b'{"keys": []}' + b" " * MOST_BYTES),
    "large and of no told length": lambda it: it.wfile.write(
        b'HTTP/1.0 200 OK\r\n\r\n{"keys": []}' + b" " * MOST_BYTES
    ),
    "cut off": lambda it: send(it, b'{"keys": []}', content_length="13"),
    "packed": lambda it: send(it, b"\x1f\x8b\x08", content_encoding="gzip"),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_an_answer_of_no_use_is_refused(
    server: KeyServer, answer: Callable[[BaseHTTPRequestHandler], None]
):
    server.answer = answer
    with pytest.raises(Unavailable):
        HttpKeySets().fetch(server.jwks_url)
    assert server.asked == 1


def test_the_reason_holds_nothing_of_the_answer(server: KeyServer):
    server.answer = lambda it: send(it, b"CANARY", 500, x="CANARY")
    with pytest.raises(Unavailable) as raised:
        HttpKeySets().fetch(server.jwks_url)
    assert raised.value.detail == "the answer was 500"


@contextmanager
def talker(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a port whose only caller is treated so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.settimeout(10)
                try:
                    talk(caller)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/keys"
        thread.join()


def silent(caller: socket.socket) -> None:
    while caller.recv(1000):
        pass


def headers_by_the_byte(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    for _ in range(300):
        caller.sendall(b"x")
        time.sleep(0.05)


def body_by_the_byte(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(300):
        caller.sendall(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("talk", [silent, headers_by_the_byte, body_by_the_byte])
def test_a_slow_one_is_cut_off_in_time(talk: Callable[[socket.socket], None]):
    with talker(talk) as url:
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            HttpKeySets(seconds=0.5).fetch(url)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("trusted", "host", "good"),
    [(True, "127.0.0.1", True), (False, "127.0.0.1", False), (True, "127.0.0.2", False)],
    ids=["vouched for", "not vouched for", "another's"],
)
def test_a_certificate_is_checked(
    trusted: bool, host: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = own_certificate(tmp_path, host)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with key_server(context) as server:
        server.keys = KEYS
        if good:
            assert HttpKeySets().fetch(server.jwks_url) == KEYS
        else:
            with pytest.raises(Unavailable, match="SSLCertVerificationError"):
                HttpKeySets().fetch(server.jwks_url)
            assert server.asked == 0


def test_a_handshake_that_never_ends_is_cut_off():
    begun = time.monotonic()
    with talker(silent) as url, pytest.raises(Unavailable):
        HttpKeySets(seconds=0.5).fetch(url.replace("http:", "https:"))
    assert time.monotonic() - begun < 3
