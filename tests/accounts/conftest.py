"""For the tests whose passwords must cost what they cost in production."""

from __future__ import annotations

import pytest

from glossator.accounts import passwords

# Read before the session's fixtures make it small.
MEMORY_KIB = passwords.MEMORY_KIB


@pytest.fixture
def true_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", MEMORY_KIB)
