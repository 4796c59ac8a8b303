"""How fast the pages are for somebody with a slow phone, and in long texts and conversations.

Long: these measure, so they want a machine with nothing else to do. They print the rows of
docs/benchmarks-pages.md.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from reader_tools import KINEMATICS, until
from speed_tools import NETWORK, SLOWDOWN, Vitals, middle, watched

from cli_tools import RUN
from model_server import model_server, says
from server_tools import serving

pytestmark = [pytest.mark.browser, pytest.mark.long]
TIMES = 5
WORDS, MESSAGES = 60_000, 5_000
# shared/pages.md 3.4, and the limit for scrolling.
MOST_FCP, MOST_LCP, MOST_CLS, MOST_INP, LONGEST_TASK = 1800, 2500, 0.02, 150, 100
MOST_KILOBYTES = 80
QUOTE = "the columns of ${}^{A}R_{B}$ are the axes of $B$, written in frame $A$."
QUESTION = "Where do the columns of the rotation matrix point?"


@dataclass(frozen=True)
class Talked:
    """A server with the sample book, and somebody with a long conversation."""

    address: str
    state: Any


def chapter() -> str:
    """A chapter of so many words, with everything that chapters have."""
    prose = (
        "The controller compares the measured angle with the wanted one and turns the motor by "
        "an amount that grows with their difference, so that a small error is answered gently "
        "and a large one at once, as long as the motor has the strength for it and nothing "
        "stands in the way of the arm. "
    )
    parts, words, n = ["# A long chapter\n"], 0, 0
    while words < WORDS:
        n += 1
        parts.append(f"## Section {n}\n")
        for at in range(4):
            text = f"In case {n}.{at} we look at the arm again. {prose * 2}"
            parts.append(text + "\n")
            words += len(text.split())
        if n % 3 == 0:
            parts.append(f"```python\nfor step in range({n}):\n    turn(step, gain=0.{n})\n```\n")
        if n % 4 == 0:
            parts.append("| angle | torque |\n| --- | --- |\n" + f"| {n} | {n * 2} |\n" * 6)
        if n % 5 == 0:
            parts.append(f"$$\n\\tau_{{{n}}} = K_p (\\theta_d - \\theta) + {n} \\dot\\theta\n$$\n")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a long chapter."""
    home = tmp_path_factory.mktemp("big")
    data, source = home / "data", home / "big"
    source.mkdir()
    (source / "long.md").write_text(chapter(), "utf-8")
    add = [*RUN, "add", str(source), "--book", "big", "--data", str(data)]
    subprocess.run(add, check=True, capture_output=True)
    with serving(data) as address:
        yield address


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Iterator[Talked]:
    data = tmp_path_factory.mktemp("talked") / "data"
    shutil.copytree(sample_data, data)
    with model_server() as provider:
        provider.answer_with(says(f'They are the axes [1 "{QUOTE}"].'))
        settings = {
            "GLOSSATOR_MODEL": "openai:first", "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": f"{provider.url}/v1", "GLOSSATOR_PRICES": "openai:first=0/0",
        }  # fmt: skip
        with serving(data, **settings) as address:
            state = _talked(address)
            _multiply(data / "glossator.db")
            yield Talked(address, state)


def _talked(address: str) -> Any:
    """Somebody who has asked once: the cookies and storage of their browser."""
    import httpx2

    with httpx2.Client(base_url=address, timeout=60) as client:
        person = {"email": "long@example.org", "password": "a long phrase", "name": "Long"}
        signed = client.post("/api/auth/signup", json={**person, "session": "cookie"})
        assert signed.is_success, signed.text
        word = {"x-csrf-token": client.cookies["glossator_csrf"]}
        body = {"question": QUESTION, "book_id": "physical-ai"}
        answer = client.post("/api/chat/ask", json=body, headers=word).json()
        assert answer["sources"], answer
        cookies = [
            {"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1,
             "httpOnly": name != "glossator_csrf", "secure": False, "sameSite": "Lax"}
            for name, value in client.cookies.items()
        ]  # fmt: skip
    kept = {"name": "glossator.session.physical-ai", "value": json.dumps(answer["session_id"])}
    return {"cookies": cookies, "origins": [{"origin": address, "localStorage": [kept]}]}


def _multiply(database: Path) -> None:
    """Have the conversation's one message so many times, each with its own words."""
    with closing(sqlite3.connect(database, timeout=30)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM chat_messages").fetchone())
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        began = datetime.now(UTC) - timedelta(days=30)
        for n in range(MESSAGES - 1):
            said = {**json.loads(row["answer"]), "message_id": f"m{n:05}"}
            told = {
                **row, "id": f"m{n:05}", "question": f"{n}. {QUESTION}", "answer": json.dumps(said),
                "asked_at": (began + timedelta(seconds=n)).strftime("%Y-%m-%d %H:%M:%S.%f"),
            }  # fmt: skip
            db.execute(f"INSERT INTO chat_messages ({names}) VALUES ({marks})", told)  # noqa: S608


def library(page: Page) -> None:
    page.goto("/")
    page.wait_for_selector(".library .card")
    for key in ("Tab", "Tab", "d", "?", "Escape"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)


def reader(page: Page) -> None:
    page.goto(KINEMATICS)
    page.wait_for_selector("article h1")
    page.wait_for_timeout(2500)
    for key in "jjjkd+-":
        page.keyboard.press(key)
        page.wait_for_timeout(250)
    for name in (".level > summary", ".aa > summary"):
        page.locator(name).click()
        page.wait_for_timeout(250)
        page.locator(name).click()


def margin(page: Page) -> None:
    """Type while an answer comes, and open what it quotes."""
    page.goto(KINEMATICS)
    page.wait_for_selector("article h1")
    page.wait_for_timeout(2500)
    box = page.locator("#glossator-question")
    box.click()
    page.keyboard.type(QUESTION, delay=60)
    page.keyboard.press("Enter")
    page.keyboard.type("and then", delay=60)
    chip = page.locator(".thread:last-of-type .answer:not([aria-busy]) .chip").last
    chip.wait_for(timeout=60_000)
    chip.click()
    page.wait_for_timeout(400)
    page.locator(".thread:last-of-type .cite").last.click()
    page.wait_for_timeout(400)


@pytest.mark.parametrize("journey", [library, reader, margin])
def test_the_vitals_of_a_page(
    browser: Browser,
    talked: Talked,
    journey: Callable[[Page], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An empty browser each time: nothing is cached."""
    found: list[Vitals] = []
    for _ in range(TIMES):
        with watched(browser, talked.address) as seen:
            seen.slow(network=NETWORK)
            journey(seen.page)
            found.append(seen.vitals())
    told = middle(found)
    with capsys.disabled():
        print(  # noqa: T201  the long run's figures
            f"\n| {journey.__name__} | {told.fcp:.0f} ms | {told.lcp:.0f} ms | {told.cls:.3f} | "
            f"{told.inp:.0f} ms ({told.slowest}) | {told.kilobytes:.0f} kB |"
        )
    assert told.fcp <= MOST_FCP
    assert told.lcp <= MOST_LCP
    assert told.cls <= MOST_CLS
    assert told.inp <= MOST_INP


def scroll(page: Page, x: int, distance: int, steps: int) -> None:
    """Turn the wheel as somebody does who is in a hurry."""
    page.mouse.move(x, 400)
    for _ in range(steps):
        page.mouse.wheel(0, distance)
        page.wait_for_timeout(40)


@pytest.mark.parametrize("rate", [1, SLOWDOWN])
def test_a_chapter_of_sixty_thousand_words_is_scrolled(
    browser: Browser, big: str, rate: int, capsys: pytest.CaptureFixture[str]
) -> None:
    opening: list[float] = []
    tasks: list[float] = []
    with watched(browser, big) as seen:
        page = seen.page
        seen.slow(rate)
        with seen.tasks(opening):
            page.goto("/b/big/long")
            page.wait_for_selector("article h1", timeout=120_000)
            page.wait_for_timeout(3000)
        words = page.evaluate("document.querySelector('.text').textContent.split(/\\s+/).length")
        assert words >= WORDS
        with seen.tasks(tasks):
            scroll(page, 500, 700, 150)
            page.keyboard.press("End")
            page.wait_for_timeout(500)
            scroll(page, 500, -700, 100)
    with capsys.disabled():
        print(  # noqa: T201  the long run's figures
            f"\n| chapter of {words:,} words, {rate}x slower | opening: {_told(opening)} | "
            f"scrolling: {_told(tasks)} |"
        )
    assert max(tasks, default=0) < LONGEST_TASK * rate


@pytest.mark.parametrize("rate", [1, SLOWDOWN])
def test_a_conversation_of_five_thousand_messages_is_scrolled(
    browser: Browser, talked: Talked, rate: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the last question back to the first, and some of the way on again."""
    opening: list[float] = []
    tasks: list[float] = []
    with watched(browser, talked.address, state=talked.state) as seen:
        page = seen.page
        seen.slow(rate)
        with seen.tasks(opening):
            page.goto(KINEMATICS)
            page.wait_for_selector(".thread", timeout=120_000)
            page.wait_for_timeout(3000)
        with seen.tasks(tasks):
            scroll(page, 1100, 500, 20)
            steps = _back(page)
        assert page.locator(".question").first.text_content() == f"0. {QUESTION}"
        assert page.locator(".thread").count() <= 60
        with seen.tasks(tasks):
            scroll(page, 1100, -500, 40)
            for _ in range(5):
                page.locator(".threads > .later").evaluate("(button) => button.click()")
                scroll(page, 1100, 500, 10)
    with capsys.disabled():
        print(  # noqa: T201  the long run's figures
            f"\n| conversation of {MESSAGES:,} messages, {rate}x slower | opening: "
            f"{_told(opening)} | scrolling, {steps} steps back: {_told(tasks)} |"
        )
    assert max(tasks, default=0) < LONGEST_TASK * rate


def _back(page: Page) -> int:
    """Go to the first question; in how many steps."""
    steps = 0
    while (earlier := page.locator(".threads > .earlier")).count():
        first = page.locator(".thread").first.get_attribute("id")
        earlier.evaluate("(button) => button.click()")
        page.locator(f".threads > .thread:not(#{first})").first.wait_for()
        until(page, f"document.querySelector('.thread').id !== '{first}'")
        steps += 1
        if steps % 20 == 0:
            scroll(page, 1100, -500, 10)
    return steps


def _told(tasks: list[float]) -> str:
    if not tasks:
        return "no task over 50 ms"
    return f"{len(tasks)} tasks over 50 ms, the longest {max(tasks):.0f} ms"
