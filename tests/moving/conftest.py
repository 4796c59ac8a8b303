"""A full installation of either kind, and an empty one of the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glossator.foundation.database import Database
from glossator.wiring import House, build
from house_tools import made_settings
from postgres_server import PostgresServer
from small_books import book
from upload_tools import Moody, long_text, upload, user, work


@pytest.fixture
def other_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database with the newest schema and nothing in it, of the other kind."""
    if database_url.startswith("sqlite"):
        url: str = request.getfixturevalue("postgres_url")
        return url
    path = tmp_path / "other.db"
    path.write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def other(other_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(other_url)
    yield opened
    opened.close()


Make = Callable[..., House]


@pytest.fixture(scope="session")
def built() -> Iterator[Make]:
    """Makes houses whose embedder counts, and closes them."""
    made: list[House] = []

    def make(folder: Path, url: str, **settings: object) -> House:
        house = build(made_settings(folder, url, **settings), embedder=Moody())
        made.append(house)
        return house

    yield make
    for house in made:
        house.close()


@pytest.fixture
def empty_house(built: Make, tmp_path: Path, migrated_sqlite: Path) -> Callable[..., House]:
    """Makes houses on SQLite with the newest schema and nothing in them."""

    def make(name: str, **settings: object) -> House:
        (tmp_path / name).mkdir()
        path = tmp_path / name / "glossator.db"
        path.write_bytes(migrated_sqlite.read_bytes())
        return built(tmp_path / name, f"sqlite:///{path}", **settings)

    return make


def fill_house(house: House) -> House:
    """A book, two people, three files, a signing key and a glossary."""
    data = house.settings.data
    house.pipeline.add_book(book(), "robots")
    ada, bob = user(house), user(house, "bob@example.org")
    for owner, seed in ((ada, "torque"), (ada, "velocity"), (bob, "mass")):
        upload(house, owner, long_text(seed, 2))
    work(house)
    (data / "secret.key").write_text("k" * 24 + "0123456789abcdef" * 2 + "\n")
    (data / "glossaries").mkdir()
    (data / "glossaries/robots.ur.txt").write_text("wrist = kalai\n", "utf-8")
    return house


@pytest.fixture(scope="session")
def shelf(built: Make, tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> House:
    """A full house on SQLite that no test changes."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "glossator.db").write_bytes(migrated_sqlite.read_bytes())
    return fill_house(built(folder, f"sqlite:///{folder / 'glossator.db'}"))


@pytest.fixture
def copied(shelf: House, built: Make, tmp_path: Path) -> House:
    """The same, for tests that change it."""
    folder = tmp_path / "copied"
    shutil.copytree(shelf.settings.data, folder)
    return built(folder, f"sqlite:///{folder / 'glossator.db'}")


@pytest.fixture(scope="session")
def filled_postgres(
    built: Make,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    migrated_postgres: str,
) -> tuple[str, Path]:
    """The name of a Postgres database with a full house, and the house's folder, to be copied."""
    folder, url = tmp_path_factory.mktemp("filled"), postgres.create(migrated_postgres)
    house = fill_house(built(folder, url))
    house.database.close()
    return str(house.database.url.database), folder


@pytest.fixture
def full(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path, built: Make
) -> Iterator[House]:
    """A full house of either kind, for tests that may change it."""
    if database_url.startswith("sqlite"):
        yield request.getfixturevalue("copied")
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    template, folder = request.getfixturevalue("filled_postgres")
    shutil.copytree(folder, tmp_path / "old")
    url = postgres.create(template)
    yield built(tmp_path / "old", url)
    postgres.drop(url)
