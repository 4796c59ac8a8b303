"""The example with Better-auth: its tokens open a real server, and the wrong ones don't."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from account_tools import bearer
from cli_tools import RUN
from server_tools import free_port, serving

EXAMPLE = Path(__file__).parents[2] / "examples/better-auth"
PERSON = {"email": "ada@example.org", "password": "a lantern on the pier", "name": "Ada"}
INSTALL_SECONDS, START_SECONDS = 180, 60
QUESTION = {"question": "What does an accelerometer measure?"}
# Its packages are installed in the first fixture.
pytestmark = pytest.mark.timeout(INSTALL_SECONDS + 240)


@pytest.fixture(scope="session")
def installed() -> Path:
    """The example with its packages, installed once where they aren't yet."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm aren't installed, so Better-auth's tokens weren't tried.")
    done, lock = EXAMPLE / "node_modules/.package-lock.json", EXAMPLE / "package-lock.json"
    current = done.exists() and done.stat().st_mtime >= lock.stat().st_mtime
    if not current and not _install():
        # Half of an installation would be taken for one the next time.
        shutil.rmtree(EXAMPLE / "node_modules", ignore_errors=True)
        pytest.skip("`npm ci` couldn't install Better-auth, so its tokens weren't tried.")
    return EXAMPLE


def _install() -> bool:
    process = subprocess.Popen(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=EXAMPLE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(INSTALL_SECONDS) == 0
    except subprocess.TimeoutExpired:
        # What it started too, which is a group of its own with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False


@contextmanager
def better_auth(example: Path, database: Path, port: int, **settings: str) -> Iterator[str]:
    """The address of a Better-auth server over a database file."""
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE": str(database),
        "BETTER_AUTH_URL": address,
        "BETTER_AUTH_SECRET": "a secret of these tests, nowhere else",
        **settings,
    }
    log = database.with_suffix(f".{port}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["node", "server.mjs"], cwd=example, env=environment, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while b"Better-auth is at" not in log.read_bytes():
            if time.monotonic() > deadline or process.poll() is not None:
                pytest.fail(f"Better-auth didn't start:\n{log.read_text('utf-8', 'replace')}")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def token_of(address: str, how: str = "sign-in") -> str:
    """What Better-auth gives to who signs up or in."""
    with httpx2.Client(base_url=address) as browser:
        person = browser.post(f"/api/auth/{how}/email", json=PERSON)
        assert person.status_code == 200, person.text
        return str(browser.get("/api/auth/token").json()["token"])


@dataclass(frozen=True)
class Place:
    """A Better-auth server, its database, and a Glossator that takes its tokens."""

    example: Path
    database: Path
    issuer: str
    data: Path
    client: httpx2.Client

    def other_token(self, **settings: str) -> str:
        """A token for the same person, of a server over the same keys that is set otherwise."""
        given = {"BETTER_AUTH_URL": self.issuer, **settings}
        port = free_port()
        with better_auth(self.example, self.database, port, **given):
            return token_of(f"http://127.0.0.1:{port}")

    def me(self, token: str) -> httpx2.Response:
        """Who one is with a token."""
        return self.client.get("/api/auth/me", headers=bearer(token))


@pytest.fixture(scope="module")
def place(
    installed: Path, sample_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("better-auth")
    data = folder / "data"
    shutil.copytree(sample_data, data)
    database = folder / "auth.db"
    with better_auth(installed, database, free_port()) as issuer:
        setting = {
            "issuer": issuer,
            "audience": "glossator",
            "jwks_url": f"{issuer}/api/auth/jwks",
            "algorithms": ["EdDSA"],
        }
        with (
            serving(data, GLOSSATOR_ISSUERS=json.dumps([setting])) as address,
            httpx2.Client(base_url=address, timeout=30) as client,
        ):
            token_of(issuer, "sign-up")
            yield Place(installed, database, issuer, data, client)


def test_its_token_opens_the_server(place: Place):
    token = token_of(place.issuer)
    assert jwt.get_unverified_header(token)["alg"] == "EdDSA"
    person = place.me(token)
    assert person.status_code == 200, person.text
    assert (person.json()["email"], person.json()["name"]) == (PERSON["email"], PERSON["name"])
    asked = place.client.post("/api/chat/ask", json=QUESTION, headers=bearer(token))
    assert asked.status_code == 200, asked.text
    assert asked.json()["grounded"] is True
    assert "acceler" in asked.json()["answer"]
    # Asked as this user: guests here have no limit.
    assert "q=20;w=3600" in asked.headers["ratelimit-policy"]
    assert place.me(token_of(place.issuer)).json() == person.json()


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def secretly(head: dict[str, object], body: str, secret: bytes) -> str:
    signed = f"{part({**head, 'alg': 'HS256'})}.{body}"
    tag = base64.urlsafe_b64encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())
    return f"{signed}.{tag.decode().rstrip('=')}"


def wrong_ones(place: Place) -> dict[str, list[str]]:
    """The wrong kinds, made by Better-auth itself wherever it can make them."""
    good = token_of(place.issuer)
    head, body, signature = good.split(".")
    named = jwt.get_unverified_header(good)
    claims = jwt.decode(good, options={"verify_signature": False})
    (published,) = httpx2.get(f"{place.issuer}/api/auth/jwks").json()["keys"]
    raw = base64.urlsafe_b64decode(published["x"] + "==")
    public = Ed25519PublicKey.from_public_bytes(raw)
    forms = [
        raw, published["x"].encode(), json.dumps(published).encode(),
        *(public.public_bytes(kind, PublicFormat.SubjectPublicKeyInfo)
          for kind in (Encoding.PEM, Encoding.DER)),
    ]  # fmt: skip
    stranger = Ed25519PrivateKey.generate()
    foreign = place.database.with_name("foreign.db")
    # It claims to be the right issuer.
    with better_auth(place.example, foreign, free_port(), BETTER_AUTH_URL=place.issuer) as address:
        other = token_of(address, "sign-up")
    return {
        "expired": [place.other_token(TOKEN_LIFETIME="-2 minutes")],
        "wrong audience": [place.other_token(AUDIENCE="another service")],
        "wrong issuer": [place.other_token(BETTER_AUTH_URL="http://127.0.0.1:1")],
        "another key": [other, jwt.encode(claims, stranger, "EdDSA", {"kid": named["kid"]})],
        "tampered": [f"{head}.{part({**claims, 'sub': 'eve'})}.{signature}"],
        "none": [f"{part({**named, 'alg': 'none'})}.{body}.{end}" for end in ("", signature)],
        "HS256 with the public key": [secretly(named, body, form) for form in forms],
    }


def test_the_wrong_kinds_are_refused(place: Place):
    good = token_of(place.issuer)
    assert place.me(good).status_code == 200
    for kind, tokens in wrong_ones(place).items():
        for token in tokens:
            said = jwt.decode(token, options={"verify_signature": False}, algorithms=["none"])
            assert said["iss"] == place.issuer or kind == "wrong issuer", kind
            for answer in (
                place.me(token),
                place.client.post("/api/chat/ask", json=QUESTION, headers=bearer(token)),
            ):
                assert answer.status_code == 401, (kind, answer.text)
                assert answer.headers["www-authenticate"] == "Bearer"
    assert place.me(good).status_code == 200


def test_signed_out_and_shut_out(place: Place):
    token = token_of(place.issuer)
    number = str(place.me(token).json()["id"])
    time.sleep(1.1)
    gone = place.client.post("/api/auth/logout-everywhere", headers=bearer(token))
    assert gone.status_code == 204
    assert place.me(token).status_code == 401
    time.sleep(1.1)
    newer = token_of(place.issuer)
    assert place.me(newer).status_code == 200
    shut = [*RUN, "user", "disable", number, "--data", str(place.data)]
    subprocess.run(shut, check=True, capture_output=True)
    assert place.me(newer).status_code == 401
    assert place.me(token_of(place.issuer)).status_code == 401
