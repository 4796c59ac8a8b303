"""An issuer of one's own: keys, the server on this machine that publishes them, and tokens."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

AUDIENCE = "glossator-tests"
PATH = "/keys"


@dataclass(frozen=True)
class Signer:
    """A private key with its name, and what it signs with."""

    key: Any
    algorithm: str
    key_id: str

    def published(self, **changes: object) -> dict[str, Any]:
        """The public key as an issuer publishes it; a change to None leaves a member out."""
        public = jwt.get_algorithm_by_name(self.algorithm).to_jwk(
            self.key.public_key(), as_dict=True
        )
        public.pop("key_ops", None)
        full = {**public, "kid": self.key_id, "alg": self.algorithm, "use": "sig", **changes}
        return {name: value for name, value in full.items() if value is not None}

    def token(self, issuer: str, *, head: Any = None, **changes: object) -> str:
        """A token for `ada`, with claims changed, or left out by None."""
        moment = int(time.time())
        claims = {
            "iss": issuer, "aud": AUDIENCE, "sub": "ada", "iat": moment, "exp": moment + 600,
            **changes,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.key_id, **(head or {})}
        named = {name: value for name, value in headers.items() if value is not None}
        return jwt.encode(kept, self.key, self.algorithm, headers=named)


@cache
def rsa_signer(key_id: str = "rsa", algorithm: str = "RS256", bits: int = 2048) -> Signer:
    """An RSA key; made once per name."""
    return Signer(rsa.generate_private_key(65537, bits), algorithm, key_id)


@cache
def ec_signer(key_id: str = "ec") -> Signer:
    """A key on the curve P-256."""
    return Signer(ec.generate_private_key(ec.SECP256R1()), "ES256", key_id)


@cache
def ed_signer(key_id: str = "ed") -> Signer:
    """An Ed25519 key."""
    return Signer(ed25519.Ed25519PrivateKey.generate(), "EdDSA", key_id)


class KeyServer:
    """Publishes keys on a port of this machine; `answer` takes over what is sent.

    `asked` counts the requests.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.keys: list[dict[str, Any]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                if outer.answer is not None:
                    outer.answer(self)
                else:
                    send(self, json.dumps({"keys": outer.keys}).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Who asked has gone: that is what the test is about."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def jwks_url(self) -> str:
        """Where the keys are."""
        return self.url + PATH

    def setting(self, *algorithms: str, **more: object) -> dict[str, object]:
        """An item of `GLOSSATOR_ISSUERS` for it."""
        return {
            "issuer": self.url, "audience": AUDIENCE, "jwks_url": self.jwks_url,
            "algorithms": list(algorithms or ("RS256", "ES256", "EdDSA")), **more,
        }  # fmt: skip

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def key_server(tls: ssl.SSLContext | None = None) -> Iterator[KeyServer]:
    """A running server."""
    server = KeyServer(tls)
    try:
        yield server
    finally:
        server.stop()


def own_certificate(folder: Path, host: str) -> Path:
    """A file with a certificate for an address of this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's own")])
    begins = datetime.now(UTC) - timedelta(hours=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (PrivateFormat.PKCS8, NoEncryption())
    file = folder / f"{host}.pem"
    file.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, *form)
    )
    return file


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """A whole answer."""
    handler.send_response(status)
    for name, value in {"content_length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
