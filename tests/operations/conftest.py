"""One watched site for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from watched_site import Site, watched_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Site]:
    """An application over SQLite."""
    with watched_site(tmp_path_factory.mktemp("site"), migrated_sqlite) as made:
        yield made
