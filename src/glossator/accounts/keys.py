"""An issuer's public keys: which of them may check a token, kept for a while and read anew."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jwt

from glossator.accounts.issuers import Issuer
from glossator.accounts.tokens import refused
from glossator.foundation.errors import Unavailable
from glossator.foundation.telemetry import log
from glossator.gateways.ports import KeySets

# Seconds. A withdrawn key is taken for FRESH longer, or for KEPT while its issuer is down.
FRESH, KEPT = 300.0, 3_600.0
# Between two readings of one issuer's keys, whatever tokens name: 6 a minute from each process.
PAUSE = 10.0
# Longer than a reading may take (gateways/keysets.py), for a name server that doesn't answer.
PATIENCE = 8.0

_LONGEST_KEY_ID = 300
_RSA_BITS = range(2_048, 8_193)
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
# What a kind of key is made of, and what it can check.
_KINDS: Mapping[tuple[str, str | None], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("RSA", None): (("n", "e"), _RSA),
    ("EC", "P-256"): (("x", "y"), ("ES256",)),
    ("EC", "P-384"): (("x", "y"), ("ES384",)),
    ("EC", "P-521"): (("x", "y"), ("ES512",)),
    ("OKP", "Ed25519"): (("x",), ("EdDSA",)),
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key and the algorithms that it may check."""

    key: Any
    algorithms: frozenset[str]


class KeyRing:
    """The keys of one issuer.

    Known keys are answered from memory and read anew beside it. Who names an unknown one waits
    for one reading that all share, in a thread of its own; so no server's thread ever waits, and
    made-up names can't make us hammer the issuer.
    """

    def __init__(
        self, issuer: Issuer, source: KeySets, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        self._pending: Future[None] | None = None

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="issuer-keys")

    async def find(self, key_id: str) -> PublicKey:
        """The key of that name.

        Raises `Unauthorized` where the issuer has none of the name, and `Unavailable` where
        we can't know, because the issuer doesn't answer.
        """
        found = self._known(key_id)
        if found is not None:
            if self._age() > FRESH:
                self._begin()
            return found
        pending = self._begin()
        if pending is not None:
            # Not `wait_for`: it would cancel what others wait for too.
            done, _ = await asyncio.wait({asyncio.wrap_future(pending)}, timeout=PATIENCE)
            if not done:
                raise self._silent()
            done.pop().result()
            found = self._known(key_id)
        if found is not None:
            return found
        raise self._silent() if self._failed else refused()

    def close(self) -> None:
        """Let the thread end."""
        if "_pool" in self.__dict__:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _known(self, key_id: str) -> PublicKey | None:
        return self._keys.get(key_id) if self._age() <= KEPT else None

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock() - self._read_at

    def _begin(self) -> Future[None] | None:
        """The reading that goes on, or a new one; None where the last one was just now."""
        with self._lock:
            if self._pending is not None and not self._pending.done():
                return self._pending
            moment = self._clock()
            if self._tried_at is not None and moment - self._tried_at < PAUSE:
                return None
            self._tried_at = moment
            self._pending = self._pool.submit(self._read)
            return self._pending

    def _read(self) -> None:
        try:
            published = self._source.fetch(self._issuer.jwks_url)
        except Unavailable as error:
            self._failed = True
            log(__name__).warning(
                "an issuer's keys can't be read", issuer=self._issuer.name, reason=error.detail
            )
            return
        self._keys = usable(published, self._issuer.algorithms)
        self._read_at, self._failed = self._clock(), False
        if not self._keys:
            log(__name__).warning("an issuer has no key of ours", issuer=self._issuer.name)

    def _silent(self) -> Unavailable:
        return Unavailable(
            "Who issued this token can't be asked for its keys right now. Try again in some "
            "seconds.",
            headers={"Retry-After": str(int(PAUSE))},
        )


def usable(
    published: Sequence[Mapping[str, Any]], algorithms: frozenset[str]
) -> dict[str, PublicKey]:
    """The keys that may check signatures of the pinned algorithms, by their ids.

    Left out are keys without an id, for encryption, of another kind or weak; of two with one
    id the first stays. Private parts, where an issuer shows them, are never looked at.
    """
    found: dict[str, PublicKey] = {}
    for item in published:
        key_id = item.get("kid")
        if not isinstance(key_id, str) or not 0 < len(key_id) <= _LONGEST_KEY_ID:
            continue
        key = _public_key(item, algorithms)
        if key is not None:
            found.setdefault(key_id, key)
    return found


def _public_key(item: Mapping[str, Any], pinned: frozenset[str]) -> PublicKey | None:
    curve = item.get("crv")
    kind = (str(item.get("kty")), curve if isinstance(curve, str) else None)
    if kind not in _KINDS or item.get("use", "sig") != "sig" or not _may_verify(item):
        return None
    parts, possible = _KINDS[kind]
    declared = item.get("alg")
    allowed = pinned.intersection(one for one in possible if declared in (None, one))
    values = {name: item.get(name) for name in ("kty", "crv", *parts) if name in item}
    if not allowed or not all(isinstance(value, str) for value in values.values()):
        return None
    try:
        key = jwt.get_algorithm_by_name(min(allowed)).from_jwk(values)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if kind[0] == "RSA" and key.key_size not in _RSA_BITS:
        return None
    return PublicKey(key, allowed)


def _may_verify(item: Mapping[str, Any]) -> bool:
    uses = item.get("key_ops", ["verify"])
    return isinstance(uses, list) and "verify" in uses
