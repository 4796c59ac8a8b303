"""A small server for all tests of one file, and others with settings of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from security_tools import Small, small


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Small]:
    """One for all tests of a file, with the settings of a fresh installation."""
    with small(tmp_path_factory.mktemp("server"), migrated_sqlite) as made:
        yield made


@pytest.fixture
def another(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Callable[..., Any]:
    """Makes one with other settings."""
    return lambda **changes: small(tmp_path_factory.mktemp("other"), migrated_sqlite, **changes)
