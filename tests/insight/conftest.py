"""Two books and their author."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts import people
from glossator.wiring import House
from small_books import book


@pytest.fixture
def author(client: TestClient, house: House) -> dict[str, str]:
    """The header of an author; two books are there."""
    house.pipeline.add_book(book(), "robots")
    house.pipeline.add_book(book({"gears": "# Gears\n\nA gear turns."}, title="Gears"), "gears")
    token = sign_up(client)
    with house.database.writing() as session:
        people.change(session, 1, {"role": "author"})
    return bearer(token)
