"""A house with a scripted provider and a book, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import Bill, ModelServer, model_server
from small_books import book
from translators import faithful, scripted

PRICES = "openai:first=1/2,openai:second=1/2,openai:dear=100000/100000"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def provider(server: ModelServer) -> ModelServer:
    """The provider, as a faithful translator."""
    server.bill, server.script = Bill(), scripted(faithful)
    return server


@pytest.fixture
def settings(provider: ModelServer) -> dict[str, object]:
    """Changes to the settings that a test may still change."""
    return {
        "model": "openai:first",
        "openai_api_key": "k",
        "openai_base_url": f"{provider.url}/v1",
        "prices": PRICES,
    }


@pytest.fixture
def made(
    database_url: str, tmp_path: Path, embedder: Embedder, settings: dict[str, object]
) -> Iterator[House]:
    house = build(made_settings(tmp_path, database_url, **settings), embedder=embedder)
    house.pipeline.add_book(book(), "robots")
    yield house
    house.close()


@pytest.fixture
def app(made: House) -> Iterator[TestClient]:
    with TestClient(create_app(house=made)) as opened:
        yield opened
