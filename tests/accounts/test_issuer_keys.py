"""An issuer's keys: which are used, how long they are kept, how rarely an issuer is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from glossator.accounts import keys
from glossator.accounts.issuers import ALGORITHMS, Issuer
from glossator.accounts.keys import FRESH, KEPT, PAUSE, KeyRing, usable
from glossator.foundation.errors import GlossatorError, Unauthorized, Unavailable
from glossator.gateways.fakes import FakeKeySets
from issuer_tools import Signer, ec_signer, ed_signer, rsa_signer

URL = "https://login.example/keys"
ISSUER = Issuer("https://login.example", "a", URL, frozenset(ALGORITHMS))


class Clock:
    """A clock that is set by hand."""

    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> FakeKeySets:
    return FakeKeySets({URL: [ed_signer().published()]})


@pytest.fixture
def ring(source: FakeKeySets, clock: Clock) -> Iterator[KeyRing]:
    made = KeyRing(ISSUER, source, clock)
    yield made
    made.close()


def ask(ring: KeyRing, *names: str) -> list[type[GlossatorError] | None]:
    """What each of those who ask together gets: None is the key."""

    async def together() -> list[object]:
        return await asyncio.gather(*map(ring.find, names), return_exceptions=True)

    found = asyncio.run(together())
    if ring._pending is not None:
        ring._pending.result()
    return [type(one) if isinstance(one, GlossatorError) else None for one in found]


def test_a_key_is_read_once_for_all_who_ask(ring: KeyRing, source: FakeKeySets):
    assert ask(ring, *["ed"] * 50) == [None] * 50
    assert ask(ring, "ed") == [None]
    assert len(source.asked) == 1


def test_made_up_names_do_not_hammer_the_issuer(ring: KeyRing, source: FakeKeySets, clock: Clock):
    assert ask(ring, *(f"made-up-{n}" for n in range(200))) == [Unauthorized] * 200
    for n in range(100):
        clock.time += PAUSE / 101
        assert ask(ring, f"other-{n}") == [Unauthorized]
    assert len(source.asked) == 1
    clock.time += PAUSE
    assert ask(ring, "one-more", "another") == [Unauthorized] * 2
    assert len(source.asked) == 2
    assert ask(ring, "ed") == [None]


def test_a_new_key_is_found_and_a_withdrawn_one_ends(
    ring: KeyRing, source: FakeKeySets, clock: Clock
):
    assert ask(ring, "ed") == [None]
    source.published[URL] = [ed_signer("next").published()]
    clock.time += PAUSE
    assert ask(ring, "next") == [None]
    assert ask(ring, "ed") == [Unauthorized]


def test_old_keys_are_read_anew_beside_the_answer(ring: KeyRing, source: FakeKeySets, clock: Clock):
    assert ask(ring, "ed") == [None]
    clock.time += FRESH
    assert ask(ring, "ed") == [None]
    assert len(source.asked) == 1
    source.published[URL] = []
    clock.time += 1
    assert ask(ring, "ed") == [None]
    assert len(source.asked) == 2
    assert ask(ring, "ed") == [Unauthorized]


def test_an_issuer_that_is_down_keeps_its_keys_for_a_while(
    ring: KeyRing, source: FakeKeySets, clock: Clock
):
    assert ask(ring, "ed") == [None]
    source.published.clear()
    clock.time += KEPT
    assert ask(ring, "ed") == [None]
    # Nobody can know whether this one is good.
    assert ask(ring, "new") == [Unavailable]
    clock.time += 1
    assert ask(ring, "ed") == [Unavailable]
    asked = len(source.asked)
    assert ask(ring, *["ed"] * 20) == [Unavailable] * 20
    assert len(source.asked) == asked
    source.published[URL] = [ed_signer().published()]
    clock.time += PAUSE
    assert ask(ring, "ed") == [None]


def test_never_up_is_said_with_the_time_to_wait(ring: KeyRing, source: FakeKeySets):
    source.published.clear()
    with pytest.raises(Unavailable) as raised:
        asyncio.run(ring.find("ed"))
    assert raised.value.headers == {"Retry-After": "10"}
    assert "nobody answers" not in raised.value.detail


def test_nobody_waits_for_ever_and_whoever_leaves_takes_nothing_along(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    let_go = threading.Event()

    class Stuck(FakeKeySets):
        def fetch(self, url: str) -> list[dict[str, Any]]:
            let_go.wait(20)
            return super().fetch(url)

    ring = KeyRing(ISSUER, Stuck({URL: [ed_signer().published()]}), clock)
    monkeypatch.setattr(keys, "PATIENCE", 0.2)

    async def some() -> None:
        leaves = asyncio.create_task(ring.find("ed"))
        await asyncio.sleep(0.05)
        leaves.cancel()
        with pytest.raises(Unavailable):
            await ring.find("ed")
        stays = asyncio.create_task(ring.find("ed"))
        await asyncio.sleep(0.05)
        let_go.set()
        assert (await stays).algorithms == {"EdDSA"}

    asyncio.run(some())
    ring.close()


ALL = frozenset(ALGORITHMS)
RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
SIGNERS: dict[str, Callable[[], Signer]] = {
    "rsa": rsa_signer,
    "small": lambda: rsa_signer("small", bits=1024),
    "ec": ec_signer,
    "ed": ed_signer,
}


@pytest.mark.parametrize(
    ("kind", "changes", "algorithms"),
    [
        ("rsa", {}, {"RS256"}),
        ("rsa", {"alg": None}, RSA),
        ("ec", {"alg": None}, {"ES256"}),
        ("ed", {"alg": None, "use": None}, {"EdDSA"}),
        ("ed", {"key_ops": ["verify"]}, {"EdDSA"}),
        ("ed", {"d": "private part", "x5c": ["?"], "more": {}}, {"EdDSA"}),
    ],
)  # fmt: skip
def test_a_good_key_checks_what_it_is_for(
    kind: str, changes: dict[str, object], algorithms: set[str]
):
    signer = SIGNERS[kind]()
    found = usable([signer.published(**changes)], ALL)
    assert found[signer.key_id].algorithms == algorithms
    assert not hasattr(found[signer.key_id].key, "private_bytes")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("rsa", {"kid": None}),
        ("rsa", {"kid": ""}),
        ("rsa", {"kid": 5}),
        ("rsa", {"kid": "k" * 301}),
        ("rsa", {"use": "enc"}),
        ("rsa", {"use": 1}),
        ("rsa", {"key_ops": ["encrypt"]}),
        ("rsa", {"key_ops": 1}),
        ("rsa", {"alg": "HS256"}),
        ("rsa", {"alg": "ES256"}),
        ("rsa", {"alg": "none"}),
        ("rsa", {"alg": ["RS256"]}),
        ("rsa", {"kty": "oct", "k": "c2VjcmV0"}),
        ("rsa", {"kty": None}),
        ("rsa", {"kty": ["RSA"]}),
        ("rsa", {"n": None}),
        ("rsa", {"n": 5}),
        ("rsa", {"n": "é"}),
        ("rsa", {"n": ""}),
        ("rsa", {"e": "AA"}),
        ("small", {}),
        ("ec", {"x": "AAAA"}),
        ("ec", {"crv": "P-384"}),
        ("ec", {"crv": "secp256k1"}),
        ("ec", {"crv": None}),
        ("ec", {"y": None}),
        ("ed", {"x": "AAAA"}),
        ("ed", {"crv": "X25519"}),
        ("ed", {"crv": {}}),
    ],
)
def test_a_key_of_no_use_is_left_out_and_hides_no_other(kind: str, changes: dict[str, object]):
    good = ed_signer("good").published()
    assert set(usable([{}, SIGNERS[kind]().published(**changes), good], ALL)) == {"good"}


def test_only_pinned_algorithms_count_and_of_two_with_a_name_the_first():
    both = [ec_signer("k").published(), ed_signer("k").published()]
    assert usable(both, frozenset({"EdDSA"}))["k"].algorithms == {"EdDSA"}
    assert usable(both, ALL)["k"].algorithms == {"ES256"}
    assert usable(both, frozenset({"RS256"})) == {}
