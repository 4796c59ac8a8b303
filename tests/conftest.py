"""What every test may use: real databases, a wired house, a client; and a closed network."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from cell_forker import forker
from glossator.accounts import passwords
from glossator.app import create_app
from glossator.foundation.database import Database
from glossator.foundation.telemetry import set_up_logs
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Embedder
from glossator.ingestion import sandbox
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.schema import migrate
from glossator.wiring import House, build
from house_tools import SAMPLE, made_settings
from postgres_server import CannotStart, PostgresServer, start
from remembering import Remembering
from s3_server import BUCKET, KEYS, s3_server

# Read before the fixtures make it small.
MEMORY_KIB = passwords.MEMORY_KIB


def pytest_configure() -> None:
    sys.addaudithook(_stay_on_this_machine)
    set_up_logs("text", "warning")
    # A developer's own settings must not decide what tests see.
    theirs = ("GLOSSATOR_", "ANTHROPIC_", "OPENAI_", "OPENROUTER_", "GEMINI_")
    for name in [name for name in os.environ if name.startswith(theirs)]:
        del os.environ[name]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured, whether they passed or not."""
    reports = [report for kind in ("passed", "failed") for report in
               terminalreporter.stats.get(kind, []) if report.when == "call"]  # fmt: skip
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for report in reports
        for name, value in report.user_properties
        if name == "figures"
    ]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a sentence with figures, which is printed at the end of the run."""

    def take(sentence: str) -> None:
        record_property("figures", sentence)

    return take


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first: at the end one process would wait for the other."""
    slow = (
        "test_better_auth", "test_kill_documents", "test_formats", "test_streams", "test_kill",
        "test_docs_commands", "test_reindex",
        "test_doctor_counts", "test_dialogues", "test_real_books", "test_crowd_uploads",
        "test_reading", "test_widget", "test_margin", "test_files", "test_viewer",
        "test_forms_page", "test_quotes", "test_selecting", "test_people_views", "test_student",
        "test_reader_axe", "test_admin_pages", "test_account_pages", "test_described",
    )  # fmt: skip
    items.sort(key=lambda item: slow.index(item.path.stem) if item.path.stem in slow else len(slow))


def _stay_on_this_machine(event: str, args: tuple[object, ...]) -> None:
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = str(args[1][0])
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise RuntimeError(f"A test tried to connect to {host}; tests stay on this machine.")


@pytest.fixture(scope="session", autouse=True)
def quick_cells() -> Iterator[None]:
    """Houses in this process start what reads files in a hundredth of a second."""
    own = sandbox.COMMAND
    with forker() as command:
        sandbox.COMMAND = tuple(command)
        yield
    sandbox.COMMAND = own


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Houses in this process hash in a thousandth of the 80 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "MEMORY_KIB", 256)
        yield


@pytest.fixture
def true_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests whose passwords must cost what they cost in production."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", MEMORY_KIB)


@pytest.fixture
def embedder() -> Embedder:
    """A deterministic embedder without a model."""
    return FakeEmbedder()


@pytest.fixture(scope="session")
def real_embedder() -> Iterator[BundledEmbedder]:
    """The encoder that comes with the package, loaded once, each text run once."""
    encoder = Remembering()
    yield encoder
    encoder.close()


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory, real_embedder: BundledEmbedder) -> Path:
    """A data folder that holds the sample book as `physical-ai`, to be copied.

    The processes of a run share it: embedding the book takes ten seconds.
    """
    shared = tmp_path_factory.getbasetemp()
    data = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "sample-book"
    with data.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            making = data.with_suffix(".making")
            house = build(made_settings(making), embedder=real_embedder)
            migrate(house.database)
            (source,) = read_sources([SAMPLE], ReadLimits())
            house.pipeline.add_book(source, "physical-ai")
            house.database.close()
            making.rename(data)
    return data


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A Postgres server for the session's tests; skips where none can run."""
    try:
        server = start()
    except CannotStart as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "glossator.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """The name of a Postgres database with the newest schema, to be copied."""
    url = postgres.create()
    database = Database(url)
    migrate(database)
    with database.writing() as session:
        # Else every test that searches vectors would make it anew.
        session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    name = database.url.database
    database.close()
    assert name is not None
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, on either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A migrated SQLite database."""
    path = tmp_path / "glossator.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """A migrated Postgres database."""
    url = postgres.create(migrated_postgres)
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of either kind, migrated and empty."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server that speaks S3, with a bucket."""
    with s3_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield endpoint


@pytest.fixture
def s3_url(s3_endpoint: str) -> str:
    """A place in that bucket for one test."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}?endpoint={s3_endpoint}&region=us-east-1"


@pytest.fixture
def stack(database_url: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """What stands beside a database: with SQLite a folder, with Postgres pgvector and S3."""
    if database_url.startswith("sqlite"):
        return {}
    return {"vectors_url": "pgvector:", "files_url": request.getfixturevalue("s3_url")}


@pytest.fixture
def house(
    database_url: str, tmp_path: Path, embedder: Embedder, stack: dict[str, str]
) -> Iterator[House]:
    """Everything wired on either stack, with the fake embedder."""
    built = build(made_settings(tmp_path, database_url, **stack), embedder=embedder)
    yield built
    built.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """The application over `house`, with its lifespan run."""
    with TestClient(create_app(house=house)) as opened:
        yield opened
