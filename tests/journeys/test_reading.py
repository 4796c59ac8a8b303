"""Reading in a real browser, from a phone's width to a desk's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from reader_tools import (
    BOOK,
    KINEMATICS,
    SAFETY,
    NewPage,
    answer_with,
    answered,
    ask,
    open_chapter,
    read_on,
    settled,
    until,
)

pytestmark = pytest.mark.browser


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def test_from_a_book_to_a_chapter_and_on(new_page: NewPage) -> None:
    page = new_page()
    page.goto(BOOK)
    page.get_by_role("main").get_by_role("link", name="Kinematics").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kinematics: where the hand is")
    expect(page).to_have_title(
        "Kinematics: where the hand is · Physical AI, a short course · Glossator"
    )
    expect(
        page.get_by_role("navigation", name="Contents").locator("[aria-current=page]")
    ).to_contain_text("Kinematics: where the hand is")
    page.wait_for_selector("[data-tex][data-set=yes] .katex")
    settled(page)
    assert page.locator("[data-set=no]").count() == 0
    page.locator(".turn .next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Control")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")


def test_no_formula_script_is_fetched_where_there_is_no_formula(new_page: NewPage) -> None:
    page = new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(BOOK)
    page.wait_for_selector("main h1")
    page.wait_for_load_state("networkidle")

    assert page.locator("[data-tex]").count() == 0
    assert not any("katex" in url for url in fetched)


def test_a_formula_far_away_waits_until_one_comes_near(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.wait_for_selector("[data-tex][data-set=yes] .katex")
    waiting = "document.querySelectorAll('.text [data-tex]:not([data-set])').length"
    assert page.evaluate(waiting) > 0
    last = page.locator(".text .math.display").last
    last.scroll_into_view_if_needed()
    expect(last).to_have_attribute("data-set", "yes")


def test_a_page_that_is_not_there_says_so(new_page: NewPage) -> None:
    page = new_page(expected="404")
    page.goto(f"{BOOK}/no/such-chapter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not exist")
    page.get_by_role("link", name="Go to the library").click()
    until(page, "location.pathname === '/'")


# The chapters with the widest formulas, tables and listings.
WIDE = ("chapter-02-sensors", "chapter-03-kinematics", "chapter-07-perception")


@pytest.mark.parametrize("ends", [WIDE, pytest.param("", marks=pytest.mark.long)])
def test_no_page_scrolls_sideways_on_a_phone(new_page: NewPage, ends: str | tuple[str]) -> None:
    page = new_page(360, 700)
    rows = page.request.get("/api/books/physical-ai").json()["chapters"]
    named = [row["chapter_id"] for row in rows if row["chapter_id"].endswith(ends)]
    assert len(named) >= 3
    places = [BOOK, *(f"{BOOK}/{name}" for name in named)]
    for address in places:
        page.goto(address)
        page.wait_for_selector("main h1")
        if address != BOOK:
            settled(page)
        for width in (320, 360):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    small = page.evaluate(
        """() => [...document.querySelectorAll("button")].filter((e) => e.offsetHeight > 0 &&
             e.offsetHeight < 40).map((e) => e.outerHTML)"""
    )
    assert small == []


def test_hostile_names_stay_text(new_page: NewPage) -> None:
    page = new_page(expected="404")
    row = {"chapter_id": HOSTILE, "title": HOSTILE, "depth": 0, "part": [HOSTILE], "minutes": 1}
    book = {"book_id": "x", "title": HOSTILE, "language": HOSTILE, "chapters": [row]}
    chapter = {
        "chapter_id": HOSTILE,
        "book_id": "x",
        "title": HOSTILE,
        "html": "<p>safe</p>",
        "headings": [{"text": HOSTILE, "depth": 2, "anchor": HOSTILE, "start": 0}],
        "previous": None,
        "next": {"chapter_id": HOSTILE, "title": HOSTILE},
        "language": HOSTILE,
        "direction": HOSTILE,
        "content": HOSTILE,
        "blocks": [],
    }
    source = {
        "chapter_id": "c",
        "book_id": "x",
        "block_id": HOSTILE,
        "title": HOSTILE,
        "section": HOSTILE,
        "quote": HOSTILE,
        "url": "javascript:alert(1)",
        "marks": [],
    }
    page.route("**/api/books/x", lambda route: route.fulfill(json=book))
    page.route("**/api/chapters/**", lambda route: route.fulfill(json=chapter))
    answer_with(page, answered([source], answer=HOSTILE))
    page.goto("/b/x")
    page.wait_for_selector("main h1")
    page.goto(f"/b/x/{quote(HOSTILE, safe='')}")
    page.wait_for_selector("article")
    ask(page, HOSTILE)
    page.wait_for_timeout(200)

    assert page.locator("main img, .margin img, .top img, body script").count() == 0
    expect(page.locator(".quote blockquote")).to_have_text(HOSTILE)


def test_strings_cannot_become_html_or_script(new_page: NewPage) -> None:
    page = new_page(expected="Trusted")
    open_chapter(page)
    refused = page.evaluate(
        """() => {
          const tries = [
            () => (document.body.innerHTML = "<b>x</b>"),
            () => (document.createElement("script").src = "/assets/theme.js"),
            () => trustedTypes.createPolicy("another", { createHTML: (s) => s }),
          ];
          const refuses = (attempt) => { try { attempt(); return false; } catch { return true; } };
          return tries.map(refuses);
        }"""
    )
    assert refused == [True, True, True]


def test_urdu_runs_from_right_to_left_with_marks_behind_the_text(new_page: NewPage) -> None:
    page = new_page()
    words = "حرکیات حرکت کی ہندسہ ہے۔"
    chapter: dict[str, Any] = {
        "chapter_id": "u",
        "book_id": "physical-ai",
        "title": "حرکیات",
        "headings": [],
        "previous": None,
        "next": None,
        "language": "ur",
        "direction": "rtl",
        "content": words,
        "blocks": [{"block_id": "b-1", "kind": "paragraph", "start": 0, "end": len(words)}],
        "html": f'<div class="block paragraph" id="b-1"><p>{words} باقی متن۔</p></div>',
    }
    mark = {"block_id": "b-1", "start": 0, "end": len(words), "text": words, "html": words}
    source = {
        "chapter_id": "u",
        "book_id": "physical-ai",
        "block_id": "b-1",
        "title": "حرکیات",
        "section": "",
        "quote": words,
        "url": "/b/physical-ai/u",
        "marks": [mark],
    }
    page.route("**/api/chapters/u?**", lambda route: route.fulfill(json=chapter))
    answer_with(page, answered([source]))
    open_chapter(page, f"{BOOK}/u")
    ask(page)
    page.locator(".cite").click()
    box = page.locator(".mark-box.on").first
    expect(box).to_be_attached()

    assert page.locator("article").get_attribute("dir") == "rtl"
    placed = box.bounding_box()
    paragraph = page.locator("#b-1 p").bounding_box()
    assert placed is not None
    assert paragraph is not None
    assert paragraph["x"] + paragraph["width"] - (placed["x"] + placed["width"]) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_colours_follow_the_system_and_the_settings(new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    open_chapter(page)
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.get_by_label("Text settings").click()
    page.get_by_label("Sepia").check()
    assert page.evaluate(theme) == "sepia"
    page.reload()
    page.wait_for_selector("article h1")
    assert page.evaluate(theme) == "sepia"
    page.keyboard.press("d")
    assert page.evaluate(theme) == "dark"


def test_deep_links_and_reloads_keep_the_place(new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{KINEMATICS}#moving-the-origin-too")
    heading = page.get_by_role("heading", name="Moving the origin too")
    page.wait_for_timeout(1700)
    expect(heading).to_be_in_viewport()
    place = read_on(page)
    page.reload()
    until(page, f"Math.abs(scrollY - {place}) < 20")


def test_text_settings_change_the_text_and_stay(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    size = "parseFloat(getComputedStyle(document.querySelector('.book')).fontSize)"
    before = page.evaluate(size)
    page.get_by_label("Text settings").click()
    page.locator(".aa").get_by_role("button", name="Make bigger").click()
    assert page.evaluate(size) == pytest.approx(before * 1.1)
    page.get_by_label("Narrow", exact=True).check()
    page.reload()
    page.wait_for_selector("article h1")
    assert page.evaluate(size) == pytest.approx(before * 1.1)
    assert page.evaluate("document.documentElement.dataset.width") == "narrow"


def test_keys_do_nothing_in_fields_nor_where_they_are_switched_off(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.keyboard.press("a")
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    page.keyboard.type("jn?")
    expect(box).to_have_value("jn?")
    page.locator("main").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("?")
    page.wait_for_timeout(200)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")
    assert page.locator("dialog[open]").count() == 0


def test_search_leads_to_a_passage_without_a_question(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.keyboard.press("/")
    page.get_by_label("Search in the book").last.fill("emergency stop button")
    page.locator(".hits button").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Safety")
    until(page, "document.activeElement.matches('.block')")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 < top < 860
    page.get_by_role("button", name="Back to where I was").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")


def test_printing_shows_the_text_alone(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page, SAFETY)
    settled(page)
    page.emulate_media(media="print")
    for part in (".top", ".margin", ".slot", ".turn", ".listing-head", ".bar", ".before"):
        assert page.locator(part).locator("visible=true").count() == 0, part
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    # What stands behind a tab is printed too.
    panels = page.locator(".tab")
    assert panels.count() >= 2
    assert all(panels.nth(n).is_visible() for n in range(panels.count()))


def test_a_chapter_is_marked_as_done_and_ticked_in_the_contents(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.get_by_label("Mark as done").check()
    current = page.get_by_role("navigation", name="Contents").locator("[aria-current=page]")
    expect(current.get_by_label("Done")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Mark as done")).to_be_checked()
    page.get_by_label("Mark as done").uncheck()
    expect(current.get_by_label("Done")).to_have_count(0)


def test_where_one_stopped_is_offered_and_never_forced(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    read_on(page)
    block = page.evaluate("JSON.parse(localStorage['glossator.place.physical-ai'] ?? 'null')")
    until(page, "localStorage['glossator.place.physical-ai'] !== undefined")
    page.goto(SAFETY)
    link = page.get_by_role("link", name="Continue at")
    expect(link).to_be_visible()
    assert page.evaluate("scrollY") == 0
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")
    until(page, "scrollY > 100")
    assert block is None


def test_a_diagram_is_drawn_where_it_reaches_nothing(new_page: NewPage) -> None:
    page = new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    open_chapter(page, f"{BOOK}/part-2/chapter-05-ros2")
    assert not any("mermaid" in url for url in fetched)
    source = page.locator("details.diagram pre").first
    source.evaluate(
        """(pre) => (pre.textContent = `flowchart LR
             a["<img src=x onerror=alert(1)>"] --> b
             click a "javascript:alert(1)"
             click b call alert(1)`)"""
    )
    page.get_by_role("button", name="Draw the diagram").first.click()
    picture = page.locator(".drawing img").first
    expect(picture).to_be_visible(timeout=30_000)
    assert (picture.get_attribute("src") or "").startswith("data:image/svg+xml")
    assert page.locator("iframe").count() == 0
    frame = page.request.get("/assets/diagram.html")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
