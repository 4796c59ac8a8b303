"""A real server with the sample book, and pages of a real browser that must stay silent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

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


# Not for the session: as long as Playwright runs, no test of this process can run a loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    names = ("chromium", "google-chrome", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("No Chromium is installed, so the pages weren't tried in a browser.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[NewPage]:
    """Opens pages of a given width; a script error or a foreign request fails the test.

    `expected` names a word of console errors that the test provokes.
    """
    complaints: list[str] = []
    contexts = []

    def opened(width: int = 1280, height: int = 860, expected: str = "\0", **options: str) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=width < 768,
            base_url=server,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
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
    for context in contexts:
        context.close()
    assert complaints == []


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
