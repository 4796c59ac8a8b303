"""The reader and its Margin in every state, theme, language and width: nothing that axe finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_tools import LANGUAGES, THEMES, dress, violations
from playwright.sync_api import Page, expect
from reader_tools import (
    BOOK,
    KINEMATICS,
    KINEMATICS_ID,
    SAFETY,
    NewPage,
    answer_with,
    answered,
    open_chapter,
    sources_of,
)

pytestmark = pytest.mark.browser
WIDTHS = [(1280, 860), (768, 1000), (360, 740)]


def put(page: Page) -> None:
    """Ask, whatever language the page speaks."""
    box = page.locator("#glossator-question")
    if not box.is_visible():
        page.locator(".bar button").last.click()
    box.fill("What?")
    box.press("Enter")
    page.wait_for_selector(".answer:not([aria-busy]) > *")


def reading(page: Page) -> None:
    open_chapter(page, SAFETY)


def contents(page: Page) -> None:
    page.goto(BOOK)
    page.wait_for_selector("main h1")


def answer(page: Page) -> None:
    open_chapter(page)
    sources = sources_of(page, KINEMATICS_ID, "Three facts follow", "Close your eyes")
    sentences = [
        {"text": "There are three facts.", "support": "supported", "sources": [0, 1]},
        {"text": "Robots are fun.", "support": "unsupported", "sources": []},
    ]
    answer_with(page, answered(sources, mode="model", sentences=sentences, message_id="m"))
    put(page)
    page.locator(".thread .chip").first.click()
    page.locator(".cite").first.click()


def not_in_the_book(page: Page) -> None:
    open_chapter(page)
    near = sources_of(page, KINEMATICS_ID, "Three facts follow")
    words = "I don't have this information in the book."
    answer_with(page, answered([], answer=words, nearest=near, mode="refused", grounded=False))
    put(page)


def failed(page: Page) -> None:
    open_chapter(page)
    answer_with(page, {"title": "Busy", "status": 503, "detail": "Ask again soon."}, 503)
    put(page)


def spent(page: Page) -> None:
    open_chapter(page)
    problem = {"title": "Used up", "status": 429, "detail": "All used."}
    answer_with(page, problem, 429, **{"retry-after": "600"})
    put(page)


def settings(page: Page) -> None:
    open_chapter(page)
    page.locator(".aa > summary").click()


def levels(page: Page) -> None:
    open_chapter(page)
    page.locator(".level > summary").click()


def marked(page: Page) -> None:
    open_chapter(page)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.text .paragraph p'))")
    page.wait_for_selector(".deeds")


def sheet(page: Page) -> None:
    open_chapter(page)
    page.locator("main").focus()
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")


def search(page: Page) -> None:
    open_chapter(page)
    page.locator("main").focus()
    page.keyboard.press("/")
    page.locator("#glossator-search").fill("stop")
    page.wait_for_selector(".hits")


def missing(page: Page) -> None:
    page.goto(f"{BOOK}/no/such-chapter")
    page.wait_for_selector("h1")


STATES: list[Callable[[Page], None]] = [
    reading, contents, answer, not_in_the_book, failed, spent, settings, levels, marked, sheet,
    search, missing,
]  # fmt: skip


def check(new_page: NewPage, state: Callable[[Page], None], width: int, height: int,
          theme: str, language: str) -> None:  # fmt: skip
    page = new_page(width, height, expected="Failed to load")
    dress(page, theme, language)
    state(page)
    page.wait_for_timeout(300)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("h1")).to_have_count(1)


@pytest.mark.parametrize(
    ("state", "width", "theme", "language"),
    [
        (answer, WIDTHS[0], "dark", "ur"), (answer, WIDTHS[2], "light", "en"),
        (not_in_the_book, WIDTHS[1], "sepia", "en"), (spent, WIDTHS[2], "dark", "ur"),
        (settings, WIDTHS[0], "light", "ur"), (search, WIDTHS[0], "dark", "en"),
        (marked, WIDTHS[0], "sepia", "en"), (reading, WIDTHS[0], "light", "en"),
    ],
)  # fmt: skip
def test_a_state_of_the_reader_can_be_used_by_everybody(
    new_page: NewPage,
    state: Callable[[Page], None],
    width: tuple[int, int],
    theme: str,
    language: str,
) -> None:
    check(new_page, state, *width, theme, language)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("width", "height"), WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_reader_can_be_used_by_everybody(
    new_page: NewPage,
    state: Callable[[Page], None],
    width: int,
    height: int,
    theme: str,
    language: str,
) -> None:
    check(new_page, state, width, height, theme, language)


def test_every_control_is_large_enough_to_be_touched(new_page: NewPage) -> None:
    page = new_page(360, 740)
    answer(page)
    page.goto(KINEMATICS)
    page.wait_for_selector("article h1")
    page.locator(".bar button").last.click()
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, summary, .bar a, .top a")]
             .filter((e) => e.offsetHeight > 0 && !e.closest(".text details") &&
                            !e.matches(".chip") && e.offsetHeight < 40)
             .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
