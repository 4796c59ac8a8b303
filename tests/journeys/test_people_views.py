"""Every page about people in widths, themes and languages: whole, and open to everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, Route, expect

from people_site import AXE, HOSTILE, NewPage, Site, enter, violations, wide

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


PAGES = [
    "/", "/login", "/signup", "/settings", "/progress", "/usage", "/admin", "/admin/people",
    "/admin/books", "/admin/missing", "/admin/limits", "/admin/jobs",
]  # fmt: skip


def look_at(page: Page, address: str) -> list[str]:
    """All that is wrong with a page."""
    page.goto(address)
    page.wait_for_selector("main h1")
    page.wait_for_timeout(150)
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, select, .button), .top button")]
          .filter((e) => e.getClientRects().length)
          .filter((e) => e.getBoundingClientRect().height < (innerWidth < 768 ? 44 : 40) - 0.5)
          .map((e) => `too small: ${e.outerHTML.slice(0, 120)}`)"""
    )
    found = [*violations(page), *small]
    if wide(page) > 0:
        found.append(f"{wide(page)} px wider than the window")
    if page.locator("h1").count() != 1:
        found.append("not one h1")
    return [f"{address}: {each}" for each in found]


GUESTS = ("/login", "/signup", "/settings", "/", "/progress", "/usage")
EVERY_VIEW = [
    (width, tongue, theme)
    for width in (360, 768, 1280)
    for tongue in ("en-US", "ur-PK")
    for theme in ("light", "sepia", "dark")
]


def views(
    new_page: NewPage, site: Site, width: int, tongue: str, theme: str,
    guests: Sequence[str] = GUESTS, pages: Sequence[str] = PAGES,
) -> None:  # fmt: skip
    """`guests` are looked at by a guest, `pages` by an administrator."""
    if not AXE.exists():
        pytest.skip("axe-core isn't installed: run npm ci in frontend.")
    page = new_page(width=width, locale=tongue)
    page.add_init_script(path=AXE)
    page.add_init_script(f"localStorage.setItem('glossator.theme', '\"{theme}\"')")
    found = [wrong for address in guests for wrong in look_at(page, address)]
    enter(page, site, "boss@example.org", "admin", name=HOSTILE)
    assert [*found, *(wrong for address in pages for wrong in look_at(page, address))] == []


def test_pages_are_whole_and_open_to_everybody_on_a_desk(new_page: NewPage, site: Site) -> None:
    """Each page once here or on the phone; in every view in the long run."""
    views(new_page, site, 1280, "en-US", "sepia", GUESTS[::2], PAGES[::2])


def test_pages_are_whole_and_open_to_everybody_on_a_phone(new_page: NewPage, site: Site) -> None:
    views(new_page, site, 360, "ur-PK", "dark", GUESTS[1::2], PAGES[1::2])


@pytest.mark.long
@pytest.mark.parametrize(("width", "tongue", "theme"), EVERY_VIEW)
def test_every_page_in_every_view(
    new_page: NewPage, site: Site, width: int, tongue: str, theme: str
) -> None:
    views(new_page, site, width, tongue, theme)


def test_dialogs_and_faults_are_open_to_everybody(new_page: NewPage, site: Site) -> None:
    if not AXE.exists():
        pytest.skip("axe-core isn't installed: run npm ci in frontend.")
    page = new_page(width=360, locale="ur-PK")
    page.add_init_script(path=AXE)
    page.goto("/signup")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".summary")).to_be_focused()
    assert violations(page) == []
    enter(page, site, "boss@example.org", "admin")
    for address, opener in (
        ("/admin/people", ".tools .send"),
        ("/admin/people", ".people .actions button >> nth=0"),
        ("/admin/books", "p > .send"),
        ("/admin/books", "tbody .actions button >> nth=0"),
        ("/admin/limits", "tbody button >> nth=0"),
        ("/admin", ".switch"),
        ("/settings", "#privacy .danger"),
    ):
        page.goto(address)
        page.locator(opener).click()
        page.locator("dialog[open]").wait_for()
        assert violations(page) == [], (address, opener)
        assert wide(page) <= 0, (address, opener)
        page.keyboard.press("Escape")
        expect(page.locator(opener)).to_be_focused()


def test_no_page_shows_the_old_text_while_the_server_is_away(new_page: NewPage, site: Site) -> None:
    page = new_page(expected="status of 503")
    enter(page, site, "trouble@example.org", "admin")
    problem = {"type": "unavailable", "title": "x", "status": 503, "detail": "The database rests.",
               "request_id": "r-1"}  # fmt: skip

    def rests(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))

    page.route(re.compile("/api/(admin|usage|user|chat|books)"), rests)
    for address in ("/usage", "/progress", "/admin", "/admin/people", "/admin/missing"):
        page.goto(address)
        expect(page.get_by_text("The database rests.").first).to_be_visible()
        expect(page.get_by_text("Code for support: r-1")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
