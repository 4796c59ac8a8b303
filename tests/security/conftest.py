"""A small server for all tests of one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from security_tools import Small, small


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Small]:
    """One for all tests of a file, with nearly the settings of a fresh installation."""
    with small(tmp_path_factory.mktemp("server"), migrated_sqlite) as made:
        yield made
