"""A real server with the sample book, and pages of a real browser that must stay silent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    sync_playwright,
)
from window_tools import Windows

from glossator.foundation.database import Database
from model_server import model_server, says
from people_site import QUOTE, Site
from server_tools import serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
]

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def server(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server that holds the sample book."""
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(sample_data, data)
    with serving(data) as address:
        yield address


class Running:
    """Chromium as long as tests follow each other that want it.

    Not for the session: as long as Playwright runs, no test of this process can run a loop.
    """

    def __init__(self) -> None:
        # Whether the test that is being torn down is the last one that may want it.
        self.last = False
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._windows: Windows | None = None

    def browser(self, chromium: str) -> Browser:
        """The browser; it is started if need be."""
        if self._browser is None:
            self._playwright = sync_playwright().start()
            launch = self._playwright.chromium.launch
            self._browser = launch(executable_path=chromium, args=FLAGS)
        return self._browser

    def windows(self, browser: Browser) -> Windows:
        """Its windows."""
        if self._windows is None:
            self._windows = Windows(browser)
        return self._windows

    def end(self) -> None:
        """Close everything.

        Windows first: as long as a handler in one of them waits, Playwright's loop goes on.
        """
        if self._windows is not None:
            self._windows.close()
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()
        self._playwright = self._browser = self._windows = None


RUNNING = pytest.StashKey[Running]()
WANTED = pytest.StashKey[set[Path]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Know which files want this browser: elsewhere a fixture of that name is something else."""
    config.stash[RUNNING] = Running()
    here = Path(__file__).parent
    config.stash[WANTED] = {
        item.path
        for item in items
        if item.path.is_relative_to(here) and "browser" in getattr(item, "fixturenames", ())
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End the browser before a file without one."""
    running = item.config.stash[RUNNING]
    running.last = nextitem is None or nextitem.path not in item.config.stash[WANTED]
    yield
    if running.last:
        running.end()


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium as the system has it."""
    names = ("chromium", "google-chrome", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("No Chromium is installed, so the pages weren't tried in a browser.")
    running = request.config.stash[RUNNING]
    yield running.browser(found)
    # Before the servers, which would wait for its connections.
    if running.last:
        running.end()


@pytest.fixture
def windows(request: pytest.FixtureRequest, browser: Browser) -> Windows:
    """Windows that were used before and are clean."""
    return request.config.stash[RUNNING].windows(browser)


@pytest.fixture
def new_page(browser: Browser, windows: Windows, server: str) -> Iterator[NewPage]:
    """Opens pages of a given width; a script error or a foreign request fails the test.

    `expected` names a word of console errors that the test provokes. A window whose clock is
    changed must be its `own`: nothing sets it right again.
    """
    complaints: list[str] = []
    taken: list[tuple[BrowserContext, dict[str, Any] | None]] = []

    def opened(
        width: int = 1280,
        height: int = 860,
        expected: str = "\0",
        own: bool = False,
        **options: Any,
    ) -> Page:
        wanted = {
            "viewport": {"width": width, "height": height},
            "has_touch": width < 768,
            "base_url": server,
            **options,
        }
        context = browser.new_context(**wanted) if own else windows.take(**wanted)
        taken.append((context, None if own else wanted))
        page = context.new_page()

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and expected not in message.text:
                where = message.location.get("url", "")
                complaints.append(f"{message.type}: {message.text} {where}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((f"{server}/", f"blob:{server}/", "data:")):
                complaints.append(f"foreign request: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("request", on_request)
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        return page

    yield opened
    # What was said until now counts; what a page says while its window is cleaned doesn't.
    for page in (page for context, _ in taken for page in context.pages[:1]):
        page.wait_for_timeout(20)
    told = list(complaints)
    for context, wanted in taken:
        if wanted is None:
            context.close()
        else:
            windows.give(context, **wanted)
    assert told == []


@pytest.fixture(scope="session")
def site(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With a scripted model that is paid so dearly that a cent pays no question."""
    data = tmp_path_factory.mktemp("people") / "data"
    shutil.copytree(sample_data, data)
    with model_server() as provider:
        provider.answer_with(says(f'They are the axes [1 "{QUOTE}"].'))
        settings = {
            "GLOSSATOR_MODEL": "openai:first", "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": f"{provider.url}/v1", "GLOSSATOR_PRICES": "openai:first=4/8",
            "GLOSSATOR_SIGNUPS_PER_HOUR": "1000", "GLOSSATOR_LOGIN_TRIES_PER_HOUR": "6",
        }  # fmt: skip
        with serving(data, **settings) as address:
            database = Database(f"sqlite:///{data / 'glossator.db'}")
            yield Site(address, database, provider)
            database.close()
