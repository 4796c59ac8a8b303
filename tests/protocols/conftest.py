"""One real server for all tests of the doors, with a public, a members' and a hidden book."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from door_tools import ORIGIN, TRUE, Doors, signed_up
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.library.tables import Book
from glossator.wiring import build
from house_tools import made_settings
from model_server import model_server, says
from server_tools import served
from small_books import book


@pytest.fixture(scope="session")
def opened(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_sqlite: Path,
    real_embedder: BundledEmbedder,
) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    shutil.copyfile(migrated_sqlite, folder / "glossator.db")
    with model_server() as provider:
        settings = made_settings(
            folder,
            model="openai:first",
            openai_api_key="k",
            openai_base_url=f"{provider.url}/v1",
            prices="openai:first=1/2",
            questions_per_hour=60,
            allowed_origins=ORIGIN,
            max_request_kb=256,
        )
        house = build(settings, embedder=real_embedder)
        house.pipeline.add_book(book(), "robots")
        for name, animal in (("koala-book", "koala"), ("wombat-book", "wombat")):
            text = {f"{animal}-chapter": f"# {animal.title()}\n\nA lidar {animal}."}
            house.pipeline.add_book(book(text, title=f"{animal.title()}s"), name)
        with house.database.writing() as session:
            session.get_one(Book, "koala-book").visibility = "members"
            session.get_one(Book, "wombat-book").visibility = "nobody"
        with served(house) as port:
            url = f"http://127.0.0.1:{port}"
            token, other = signed_up(url, "ada"), signed_up(url, "ben")
            yield Doors(url, house, provider, token, other)
        # The encoder is the session's own.
        house.database.close()


@pytest.fixture
def doors(opened: Doors) -> Doors:
    """The server, whose model tells one proven sentence."""
    opened.provider.answer_with(says(TRUE))
    return opened
