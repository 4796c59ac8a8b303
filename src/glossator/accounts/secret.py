"""The secret that tokens are signed with: given by a setting, or made once in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from glossator.foundation.errors import Unavailable
from glossator.foundation.telemetry import log

FILE = "secret.key"
SHORTEST = 32
_KINDS_OF_CHARACTERS = 10
_EXAMPLES = ("changeme", "change-me", "change_me", "secret", "password", "example", "insecure")
_HOW = (
    "Make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'` "
    "and set GLOSSATOR_SECRET_KEY to it."
)


def signing_secret(given: str | None, folder: Path, *, production: bool) -> bytes:
    """The secret; raises `Unavailable` where production has none or a weak one.

    Without a given one, the data folder's `secret.key` is used, and made where it isn't there,
    readable by its owner alone. Production doesn't make one: each of several machines would
    make its own.
    """
    if given:
        if weak(given):
            if production:
                raise Unavailable(f"GLOSSATOR_SECRET_KEY is too easy to guess. {_HOW}")
            log(__name__).warning("GLOSSATOR_SECRET_KEY is too easy to guess")
        return given.encode("utf-8")
    if production:
        raise Unavailable(f"GLOSSATOR_ENV=production needs GLOSSATOR_SECRET_KEY. {_HOW}")
    return _kept(folder / FILE)


def weak(secret: str) -> bool:
    """Whether a secret is short, of few different characters, or an example's."""
    plain = secret.casefold()
    return (
        len(secret.encode("utf-8")) < SHORTEST
        or len(set(secret)) < _KINDS_OF_CHARACTERS
        or any(word in plain for word in _EXAMPLES)
    )


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    found = path.read_bytes().strip()
    if len(found) < SHORTEST:
        raise Unavailable(f"{path} doesn't hold a secret. Delete it, and a new one is made.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return found


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Of several processes that start together, the first one's secret stays.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
