"""The library in a browser: the first minute, where one was reading, many books."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from people_site import HOSTILE, NewPage, Site, enter, heading, word

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


def test_the_first_minute_needs_no_account(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    heading(page, "Library")
    lead = page.get_by_role("region", name="Start with this book, or add your own.")
    lead.get_by_role("link", name="Start reading").click()
    expect(page).to_have_url(re.compile("/b/physical-ai$"))


def test_continue_percent_and_keys(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(page, site, "reader@example.org")
    chapters = page.request.get("/api/books/physical-ai").json()["chapters"]
    for n, chapter in enumerate(chapters[:3]):
        body = {"chapter_id": chapter["chapter_id"], "book_id": "physical-ai"}
        kind, more = ("mark", {"completed": True}) if n < 2 else ("open", {})
        page.request.post(f"/api/user/progress/{kind}", data={**body, **more}, headers=word(page))
    page.goto("/")
    percent = 100 * 2 // len(chapters)
    now = page.get_by_role("region", name="Continue")
    expect(now.get_by_text(f"{percent}% read")).to_be_visible()
    expect(now.get_by_text(chapters[2]["title"])).to_be_visible()
    expect(page.get_by_role("region", name="My books").get_by_role("link")).to_have_count(1)
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(re.escape(chapters[2]["chapter_id"]) + "$"))


def many_books(page: Page, count: int) -> None:
    """The server's list, with so many books."""

    def fulfil(route: Route) -> None:
        one = route.fetch().json()["items"][0]
        items = [
            {**one, "book_id": f"book-{n}", "title": f"Book {n}", "chapters": one["chapters"][:1]}
            for n in range(count)
        ]
        items[7]["title"] = HOSTILE
        route.fulfill(json={"items": items, "page": 1, "page_size": 100, "total": count})

    page.route("**/api/books?*", fulfil)


def test_many_books_are_searched_and_walked_by_arrows(new_page: NewPage) -> None:
    page = new_page()
    many_books(page, 31)
    page.goto("/")
    cards = page.locator(".card")
    expect(cards).to_have_count(31)
    expect(page.locator(".cards a[tabindex='0']")).to_have_count(1)
    cards.first.focus()
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowDown")
    below = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert below > cards.first.bounding_box()["y"]  # type: ignore[index]
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent") == second
    page.get_by_label("Search your books").fill("book 1")
    expect(cards).to_have_count(12)
    expect(page.get_by_role("status")).to_have_text("12 books found")
    page.get_by_label("Search your books").fill("nothing like it")
    expect(page.get_by_text("No book has these words")).to_be_visible()


def test_arrows_follow_what_is_seen_in_urdu(new_page: NewPage) -> None:
    page = new_page(locale="ur-PK")
    many_books(page, 31)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    cards = page.locator(".card")
    cards.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(cards.nth(1)).to_be_focused()


def test_without_a_connection_the_last_list_stays(new_page: NewPage, site: Site) -> None:
    page = new_page(expected="ERR_")
    enter(page, site, "away@example.org")
    page.goto("/")
    expect(page.locator(".card")).to_have_count(1)
    page.goto("/settings")
    page.route("**/api/books?*", lambda route: route.abort())
    page.get_by_role("link", name="Library").first.click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_text("Needs a connection")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
