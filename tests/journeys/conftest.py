"""A real server with the sample book, and pages of a real browser that must stay silent."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

SAMPLE = Path(__file__).parents[2] / "src/glossator/sample/physical-ai"
RUN = [sys.executable, "-c", "from glossator.cli import main; main()"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
]
START_SECONDS = 60

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server that holds the sample book."""
    data = tmp_path_factory.mktemp("data")
    log = data / "server.log"
    add = [*RUN, "add", str(SAMPLE), "--book", "physical-ai", "--data", str(data)]
    subprocess.run(add, check=True, capture_output=True)
    port = _free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*RUN, "serve", "--data", str(data), "--port", str(port)],
            stdout=out,
            stderr=out,
            env={
                **os.environ,
                "GLOSSATOR_GUEST_QUESTIONS_PER_HOUR": "unlimited",
                "GLOSSATOR_SEARCHES_PER_MINUTE": "unlimited",
            },
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail(f"The server didn't start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


@pytest.fixture(scope="session")
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
                complaints.append(f"{message.type}: {message.text}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((f"{server}/", "data:")):
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
