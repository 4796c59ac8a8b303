"""A site that everything which watches it is tried on: a book, a model provider, a user."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.app import create_app
from glossator.gateways.fakes import FakeEmbedder
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, model_server
from small_books import book

# What must never stand in a log.
SECRETS = {
    "provider_key": "sk-canary-of-the-provider",
    "signing_secret": "canary-signing-0123456789abcdef-xyz",
    "email": "canary.person@example.org",
}


@dataclass(frozen=True)
class Site:
    """A running application, whoever answers for its model, and a user's header."""

    client: TestClient
    house: House
    provider: ModelServer
    user: dict[str, str]
    user_id: int


@contextmanager
def watched_site(folder: Path, template: Path, **changes: object) -> Iterator[Site]:
    """An application over a copy of an empty database."""
    shutil.copyfile(template, folder / "glossator.db")
    with model_server() as provider:
        usual: dict[str, object] = {
            "model": "openai:first",
            "openai_api_key": SECRETS["provider_key"],
            "openai_base_url": f"{provider.url}/v1",
            "prices": "openai:first=1/2",
            "secret_key": SECRETS["signing_secret"],
            "questions_per_hour": "unlimited",
        }
        settings = made_settings(folder, **{**usual, **changes})
        house = build(settings, embedder=FakeEmbedder())
        house.pipeline.add_book(book(), "robots")
        with TestClient(create_app(house=house)) as client:
            user = bearer(sign_up(client, SECRETS["email"]))
            user_id = client.get("/api/auth/me", headers=user).json()["id"]
            yield Site(client, house, provider, user, user_id)
