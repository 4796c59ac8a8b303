"""A small server: a book, a user's token, an administrator's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from account_tools import PASSWORD, bearer
from glossator.accounts import people
from glossator.app import create_app
from glossator.gateways.fakes import FakeEmbedder
from glossator.wiring import House, accounts, build
from house_tools import made_settings
from quick_client import QuickClient
from small_books import book


@dataclass(frozen=True)
class Small:
    """A server in this process; `user` and `admin` are headers."""

    client: QuickClient
    app: FastAPI
    house: House
    user: dict[str, str]
    admin: dict[str, str]


@contextmanager
def small(folder: Path, template: Path, **changes: Any) -> Iterator[Small]:
    """A server over a database of its own in a folder."""
    shutil.copyfile(template, folder / "glossator.db")
    free = {
        "questions_per_hour": "unlimited", "login_tries_per_hour": 5,
        "allowed_origins": "https://ours.example",
    }  # fmt: skip
    built = build(made_settings(folder, **{**free, **changes}), embedder=FakeEmbedder())
    built.pipeline.add_book(book(), "robots")
    app = create_app(house=built)
    with TestClient(app) as opened:
        headers = _header(built, "user"), _header(built, "admin")
        yield Small(QuickClient(opened), app, built, *headers)


def _header(house: House, role: Any) -> dict[str, str]:
    service, hashed = accounts(house), house.passwords.hash_now(PASSWORD)
    with house.database.writing() as session:
        account = people.create(
            session, email=f"{role}@example.org", password_hash=hashed, name=role, role=role
        )
        return bearer(service._issue(session, account.id, "bearer").token)
