"""Tokens of external issuers: which are taken and whose they are; every other kind is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer, log_in, refused, sign_up
from glossator.accounts.tables import Account, Identity
from glossator.gateways.ports import Embedder
from glossator.wiring import House, build
from house_tools import made_settings
from issuer_tools import (
    AUDIENCE,
    KeyServer,
    Signer,
    ec_signer,
    ed_signer,
    key_server,
    rsa_signer,
    send,
)

ME = "/api/auth/me"


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as running:
        running.keys = [s.published() for s in (rsa_signer(), ec_signer(), ed_signer())]
        yield running


@pytest.fixture
def other() -> Iterator[KeyServer]:
    """A second issuer with a key of the same name."""
    with key_server() as running:
        running.keys = [ed_signer.__wrapped__("ed").published()]
        yield running


@pytest.fixture
def house(
    database_url: str, tmp_path: Path, embedder: Embedder, server: KeyServer, other: KeyServer
) -> Iterator[House]:
    """Two issuers are set."""
    pinned = ("RS256", "PS256", "ES256", "EdDSA")
    issuers = json.dumps([server.setting(*pinned), other.setting("EdDSA")])
    built = build(made_settings(tmp_path, database_url, issuers=issuers), embedder=embedder)
    yield built
    built.close()


def status(client: TestClient, token: str) -> int:
    return int(client.get(ME, headers=bearer(token)).status_code)


def counted(house: House) -> tuple[int, int]:
    with house.database.reading() as session:
        users = session.scalar(select(func.count()).select_from(Account)) or 0
        return users, session.scalar(select(func.count()).select_from(Identity)) or 0


@pytest.mark.parametrize("make", [rsa_signer, ec_signer, ed_signer])
def test_a_good_token_is_taken_and_makes_a_user_once(
    client: TestClient, house: House, make: Callable[[], Signer]
):
    signer = make()
    server = json.loads(house.settings.issuers)[0]["issuer"]
    token = signer.token(server, email="Ada@example.org", name="Ada", role="admin")
    first = client.get(ME, headers=bearer(token))
    assert first.status_code == 200, first.text
    assert first.json() == {
        "id": 1, "email": "Ada@example.org", "name": "Ada", "programming_level": "beginner",
        "hardware": "none", "role": "user", "questions_told": True,
    }  # fmt: skip
    again = client.get(ME, headers=bearer(signer.token(server, name="Other", aud=["x", AUDIENCE])))
    assert again.json() == first.json()
    assert counted(house) == (1, 1)
    assert client.get("/api/usage", headers=bearer(token)).json()["questions"]["limit"] == 20


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def with_secret(token: str, secret: bytes, **head: object) -> str:
    """The token's claims signed with a shared secret, as no library would let one do it."""
    header = encoded({"alg": "HS256", "typ": "JWT", **head})
    signed = f"{header}.{token.split('.')[1]}"
    tag = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(tag).decode().rstrip('=')}"


def published_forms(signer: Signer) -> list[bytes]:
    """A public key in every form that somebody could take for a secret."""
    public = signer.key.public_key()
    jwk = signer.published()
    pem, pkcs1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
    forms = [public.public_bytes(kind, pem) for kind in (Encoding.PEM, Encoding.DER)]
    if signer.algorithm == "RS256":
        forms += [public.public_bytes(kind, pkcs1) for kind in (Encoding.PEM, Encoding.DER)]
    if signer.algorithm == "EdDSA":
        forms.append(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    forms += [json.dumps(jwk).encode(), json.dumps(jwk, separators=(",", ":")).encode()]
    part = str(jwk.get("n", jwk.get("x")))
    forms += [part.encode(), base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))]
    return [*forms, *(form.strip() for form in forms if form.strip() != form), b""]


def test_a_forged_token_is_refused(
    client: TestClient, house: House, server: KeyServer, other: KeyServer
):
    ed, moment, url = ed_signer(), int(time.time()), server.url
    good = ed.token(url)
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = ed_signer.__wrapped__("ed")
    forged = {
        "expired": ed.token(url, exp=moment - 31),
        "no end": ed.token(url, exp=None),
        "ends in words": ed.token(url, exp="soon"),
        "ends never": f"{head}.{encoded({**claims, 'exp': float('inf')})}.{signature}",
        "not yet": ed.token(url, nbf=moment + 60),
        "issued tomorrow": ed.token(url, iat=moment + 60),
        "never issued": ed.token(url, iat=None),
        "issued at true": ed.token(url, iat=True),
        "tampered claims": f"{head}.{encoded({**claims, 'sub': 'eve'})}.{signature}",
        "tampered signature": f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "another key": stranger.token(url),
        "another key, its own name": ed_signer("elsewhere").token(url),
        "an issuer's token under another's name": ed.token(other.url),
        "none": f"{encoded({'alg': 'none', 'kid': 'ed'})}.{body}.",
        "None": f"{encoded({'alg': 'None', 'kid': 'ed'})}.{body}.{signature}",
        "no algorithm": f"{encoded({'kid': 'ed'})}.{body}.{signature}",
        "an odd algorithm": f"{encoded({'alg': ['EdDSA'], 'kid': 'ed'})}.{body}.{signature}",
        "another algorithm": f"{encoded({'alg': 'RS256', 'kid': 'ed'})}.{body}.{signature}",
        "another's algorithm": f"{encoded({'alg': 'EdDSA', 'kid': 'rsa'})}.{body}.{signature}",
        "algorithm not pinned": Signer(rsa_signer().key, "RS384", "rsa").token(url),
        "algorithm not the key's": Signer(rsa_signer().key, "PS256", "rsa").token(url),
        "wrong audience": ed.token(url, aud="somebody else"),
        "audience with another's": ed.token(url, aud=["somebody", "else"]),
        "audience of our own": ed.token(url, aud="glossator:bearer"),
        "no audience": ed.token(url, aud=None),
        "audience a number": ed.token(url, aud=5),
        "wrong issuer": ed.token("https://elsewhere.example"),
        "almost the issuer": ed.token(f"{url}/"),
        "our own as issuer": ed.token("glossator"),
        "no issuer": ed.token(url, iss=None),
        "issuers": f"{head}.{encoded({**claims, 'iss': [url]})}.{signature}",
        "no subject": ed.token(url, sub=None),
        "empty subject": ed.token(url, sub=""),
        "subject a number": f"{head}.{encoded({**claims, 'sub': 7})}.{signature}",
        "long subject": ed.token(url, sub="s" * 256),
        "subject with a NUL": ed.token(url, sub="a\x00b"),
        "subject of half a character": ed.token(url, sub="\ud800"),
        "no key id": ed.token(url, head={"kid": None}),
        "empty key id": ed.token(url, head={"kid": ""}),
        "key id a number": f"{encoded({'alg': 'EdDSA', 'kid': 5})}.{body}.{signature}",
        "unknown key id": ed.token(url, head={"kid": "unknown"}),
        "key id like a path": ed.token(url, head={"kid": "../../../dev/null"}),
        "key brought along": stranger.token(
            url, head={"kid": "mine", "jwk": stranger.published(), "jku": other.jwks_url}
        ),
        "critical": ed.token(url, head={"crit": ["exp"], "exp": 1}),
        "huge": ed.token(url, more="x" * 100_000),
        "large": ed.token(url, more="x" * 16_000),
        "header of nonsense": f"{'W' * 900}.{body}.{signature}",
    }
    for signer in (rsa_signer(), ec_signer(), ed_signer()):
        for n, form in enumerate(published_forms(signer)):
            name = f"HS256 with {signer.key_id} {n}"
            forged[name] = with_secret(good, form, kid=signer.key_id)
            forged[f"{name}, unnamed"] = with_secret(good, form)
    assert status(client, good) == 200
    before = counted(house)
    words = set()
    for name, value in forged.items():
        answer = client.get(ME, headers=bearer(value))
        assert answer.status_code == 401, (name, answer.text)
        refused(answer)
        words.add(answer.json()["detail"])
    assert len(words) == 1
    assert counted(house) == before == (1, 1)
    assert status(client, good) == 200


def test_a_little_of_a_difference_between_clocks_is_borne(client: TestClient, server: KeyServer):
    moment = int(time.time())
    for changes in ({"exp": moment - 20}, {"iat": moment + 20}, {"nbf": moment + 20}):
        assert status(client, ed_signer().token(server.url, **changes)) == 200


def test_each_token_takes_its_own_way(client: TestClient, house: House, server: KeyServer):
    """Ours with an issuer's name isn't ours any more, and an issuer's is never taken as ours."""
    ours = sign_up(client)
    claims = jwt.decode(ours, options={"verify_signature": False})
    app_accounts = client.app_state["accounts"]
    key = app_accounts.tokens._keys["bearer"]
    both = {**claims, "iss": server.url, "aud": [AUDIENCE, "glossator:bearer"], "sub": "ada"}
    for value in (
        jwt.encode({**both, "sub": "1"}, key, "HS256", {"kid": "ed"}),
        jwt.encode(both, key),
    ):
        refused(client.get(ME, headers=bearer(value)))
    theirs = ed_signer().token(server.url, sub="1", sid=claims["sid"], aud="glossator:bearer")
    refused(client.get(ME, headers=bearer(theirs)))
    refused(client.get(ME, headers=bearer(ed_signer().token("glossator", sub="1"))))
    assert status(client, ours) == 200
    assert counted(house) == (1, 0)
    # Nor is it good as a cookie.
    client.cookies.set("glossator", ed_signer().token(server.url))
    refused(client.get(ME))


def test_two_issuers_with_one_subject_are_two_users(
    client: TestClient, server: KeyServer, other: KeyServer
):
    theirs = Signer(ed_signer().key, "EdDSA", "shared")
    for issuer in (server, other):
        issuer.keys = [theirs.published()]
    tokens = [theirs.token(issuer.url, email="ada@example.org") for issuer in (server, other)]
    people = [client.get(ME, headers=bearer(token)).json()["id"] for token in tokens]
    assert len(set(people)) == 2
    small = theirs.token(server.url, sub="Ada")
    assert client.get(ME, headers=bearer(small)).json()["id"] not in people


def test_an_address_links_nothing_in_either_order(
    client: TestClient, house: House, server: KeyServer
):
    """Somebody else's account must not be had by claiming its address at an issuer, or here."""
    mine = client.get(ME, headers=bearer(sign_up(client, "ada@example.org"))).json()
    claims = {"email": "ada@example.org", "email_verified": True, "name": "Eve"}
    theirs = client.get(ME, headers=bearer(ed_signer().token(server.url, **claims))).json()
    assert theirs["id"] != mine["id"]
    assert theirs["email"] == mine["email"]
    assert log_in(client).status_code == 200
    # The other way round: an address that only an issuer has told is free here.
    token = ed_signer().token(server.url, sub="bob", email="bob@example.org")
    bob = client.get(ME, headers=bearer(token)).json()
    assert log_in(client, "bob@example.org").status_code == 401
    new = client.get(ME, headers=bearer(sign_up(client, "bob@example.org"))).json()
    assert new["id"] != bob["id"]
    assert client.get(ME, headers=bearer(token)).json() == bob
    assert counted(house) == (4, 2)


def test_nobody_signs_in_by_password_as_an_external_user(
    client: TestClient, house: House, server: KeyServer
):
    assert status(client, ed_signer().token(server.url)) == 200
    with house.database.reading() as session:
        key, stored = session.execute(select(Account.email_key, Account.password_hash)).one()
    for email in (key, key.lower(), key.title(), f"{key}@example.org", ""):
        for password in (PASSWORD, "!", stored):
            assert log_in(client, email or " ", password).status_code == 401
    own = bearer(ed_signer().token(server.url))
    answer = client.post(
        "/api/auth/password", headers=own, json={"current_password": "!", "new_password": PASSWORD}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "no-password")


@pytest.mark.parametrize(
    ("claims", "email", "name"),
    [
        ({}, "", "ada"),
        ({"email": "ada@example.org"}, "ada@example.org", "ada"),
        ({"email": "no address", "name": " "}, "", "ada"),
        ({"email": ["a@example.org"], "name": 5}, "", "ada"),
        ({"email": "a\x00b@example.org", "name": "A\x00"}, "", "ada"),
        ({"name": "\ud800", "preferred_username": "lovelace"}, "", "lovelace"),
        ({"name": f" {'n' * 999}"}, "", "n" * 200),
        ({"sub": "".join(map(chr, range(0x1F600, 0x1F640))) * 3, "name": "A"}, "", "A"),
    ],
)
def test_what_an_issuer_tells_of_a_person(
    client: TestClient, server: KeyServer, claims: dict[str, object], email: str, name: str
):
    found = client.get(ME, headers=bearer(ed_signer().token(server.url, **claims)))
    assert found.status_code == 200, found.text
    assert (found.json()["email"], found.json()["name"]) == (email, name)


def test_a_key_that_is_changed(
    client: TestClient, server: KeyServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("glossator.accounts.keys.PAUSE", 0.0)
    old, new = ed_signer("first"), ed_signer("second")
    server.keys = [old.published()]
    assert status(client, old.token(server.url)) == 200
    assert status(client, new.token(server.url)) == 401
    server.keys = [new.published()]
    assert status(client, new.token(server.url)) == 200
    assert status(client, old.token(server.url)) == 401


def test_made_up_keys_do_not_hammer_the_issuer(client: TestClient, server: KeyServer):
    good = ed_signer().token(server.url)
    for n in range(30):
        assert status(client, ed_signer().token(server.url, head={"kid": f"n{n}"})) == 401
    assert status(client, good) == 200
    assert server.asked == 1


def test_an_issuer_that_is_down_is_said_and_shuts_out_nobody_else(
    client: TestClient, server: KeyServer, other: KeyServer
):
    server.answer = lambda it: send(it, b"down", 500)
    answer = client.get(ME, headers=bearer(ed_signer().token(server.url)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["type"] == "unavailable"
    assert status(client, sign_up(client)) == 200
    assert client.get("/api/books").status_code == 200
    # Where the key isn't needed to say no, nobody is asked.
    good = ed_signer().token(other.url)
    assert status(client, with_secret(good, b"x", kid="ed")) == 401
    assert (server.asked, other.asked) == (1, 0)
