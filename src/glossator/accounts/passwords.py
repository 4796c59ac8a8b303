"""Passwords: what is accepted, and hashing in a few threads of its own."""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

from glossator.foundation.errors import Unavailable, Unusable

if TYPE_CHECKING:
    from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST, LONGEST = 10, 128

# The OWASP password storage cheat sheet's first choice for argon2id: 46 MiB, one pass, one lane.
# One lane, so that a login takes one core and no more.
MEMORY_KIB, PASSES, LANES = 47_104, 1, 1
_BCRYPT_BYTES = 72
_MOST_WAITING = 100

_T = TypeVar("_T")


class Passwords:
    """Hashes and verifies, at most `threads` at once and 100 waiting.

    Each hash takes 46 MiB and some 30 ms of one core: without a pool of their own, sign-ins
    would take the threads and the memory of everybody's questions.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._places = threading.BoundedSemaphore(_MOST_WAITING)
        # What a verification against no account at all is done with: a hash of the same cost,
        # whose password nobody knows.
        self._nobody = (
            f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}"
            f"${_base64(secrets.token_bytes(16))}${_base64(secrets.token_bytes(32))}"
        )

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="passwords")

    @cached_property
    def _common(self) -> frozenset[str]:
        raw = resources.files("glossator.accounts").joinpath("common_passwords.txt")
        return frozenset(raw.read_text("utf-8").split("\n"))

    @cached_property
    def _argon2(self) -> Argon2Hasher:
        from pwdlib.hashers.argon2 import Argon2Hasher

        return Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

    def check(self, password: str, email: str = "", *, field: str = "password") -> None:
        """Raise `Unusable` for a password that is too short, too long or too common.

        `field` is the one that holds it in the request.
        """
        form = normalised(password)
        if not SHORTEST <= len(form) <= LONGEST:
            raise Unusable(f"A password has {SHORTEST} to {LONGEST} characters.", field=field)
        plain = form.casefold().strip()
        if plain in self._common or len(set(plain)) <= 2 or plain == email.casefold():
            raise Unusable(
                "This password is one of the first that are tried. Choose another one.", field=field
            )

    def hash_now(self, password: str) -> str:
        """The hash, in this thread."""
        return self._argon2.hash(normalised(password))

    async def hash(self, password: str) -> str:
        """The hash, in the pool. Raises `Unavailable` when too many wait."""
        return await self._run(lambda: self.hash_now(password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether a password fits a hash, and a new hash where the stored one is of an older kind.

        None for `stored` takes the time of a wrong password. Raises `Unavailable` when too
        many wait.
        """
        return await self._run(lambda: self.verify_now(password, stored))

    def verify_now(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """As `verify`, in this thread."""
        from pwdlib.hashers.bcrypt import BcryptHasher

        form, known = normalised(password), stored or self._nobody
        if BcryptHasher.identify(known):
            # What made these hashes cut passwords off at 72 bytes; today's library refuses them.
            cut = form.encode("utf-8")[:_BCRYPT_BYTES]
            fits, outdated = BcryptHasher().verify(cut, known), True
        elif self._argon2.identify(known):
            fits = self._argon2.verify(form, known)
            outdated = self._argon2.check_needs_rehash(known)
        else:
            # An account without a usable password: as slow as any other.
            self._argon2.verify(form, self._nobody)
            return False, None
        if stored is None or not fits:
            return False, None
        return True, self.hash_now(password) if outdated else None

    def close(self) -> None:
        """Let the threads end."""
        if "_pool" in self.__dict__:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], _T]) -> _T:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many people sign in at this moment. Try again in some seconds.")
        future = self._pool.submit(work)
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: Future[_T]) -> None:
        self._places.release()


def normalised(password: str) -> str:
    """NFC: the same typed characters give the same password on every system."""
    return unicodedata.normalize("NFC", password)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")
