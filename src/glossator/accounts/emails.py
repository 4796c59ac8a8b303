"""E-mail addresses: what is accepted, and the form by which two are the same."""

from __future__ import annotations

import re
import unicodedata

from glossator.foundation.errors import Unusable

LONGEST = 254
_SHAPE = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".]{2,}"
)


def checked(email: str) -> str:
    """The address without spaces around it; raises `Unusable` for what can't be one."""
    email = email.strip()
    fits = len(email) <= LONGEST and email.isprintable() and _SHAPE.fullmatch(email)
    if not fits or ".." in email or email.startswith(".") or ".@" in email or "@." in email:
        raise Unusable("This is no e-mail address. Write it as name@example.org.", field="email")
    return email


def key(email: str) -> str:
    """The normalised form: letter case and compatible characters make no difference."""
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
