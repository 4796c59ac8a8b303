"""What people set on their own devices: large and spaced text, colours, no motion, long languages.

shared/pages.md 4.2 and 4.3. Long, but for one page of each: every page takes a minute.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from reader_tools import (
    BOOK,
    KINEMATICS,
    KINEMATICS_ID,
    answer_with,
    answered,
    ask,
    open_chapter,
    sources_of,
    until,
)

from conftest import NewPage
from people_site import Site, enter

pytestmark = pytest.mark.browser
STRINGS = Path(__file__).parents[2] / "frontend/src/strings"
ONE = [KINEMATICS]
EVERY = [
    "/", BOOK, KINEMATICS, "/files", "/progress", "/usage", "/settings", "/admin", "/admin/people",
    "/admin/books", "/admin/missing", "/admin/limits", "/admin/jobs",
]  # fmt: skip
SOME = [pytest.param(ONE, id="one"), pytest.param(EVERY, id="every", marks=pytest.mark.long)]


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("main h1")
    page.wait_for_timeout(200)


# What is cut off or wider than the window, and words that don't fit their button.
SPOILT = """() => {
  const wrong = [];
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window");
  for (const each of document.querySelectorAll("main button, .top button, .bar button")) {
    if (each.offsetHeight === 0 || each.closest(".text")) continue;
    if (each.scrollWidth > each.clientWidth + 2 || each.scrollHeight > each.clientHeight + 4)
      wrong.push(each.outerHTML.slice(0, 120));
  }
  return wrong;
}"""
# WCAG 1.4.12; a sheet of the debugger's own, since the pages take no style of others.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


@pytest.mark.parametrize("addresses", SOME)
def test_text_of_another_spacing_at_four_times_the_size_loses_nothing(
    new_page: NewPage, site: Site, addresses: list[str]
) -> None:
    """1280 px at 400 % are 320."""
    page = new_page(320, 640)
    enter(page, site, "boss@example.org", "admin")
    for address in addresses:
        opened(page, address)
        page.evaluate(SPACED)
        page.wait_for_timeout(100)
        assert page.evaluate(SPOILT) == [], address


def longer(words: Any) -> Any:
    """A language whose words are two fifths longer; what stands in braces stays."""
    if isinstance(words, dict):
        return {name: longer(each) for name, each in words.items()}
    return words + " " + "ŝ" * round(0.4 * len(words)) if words.strip() else words


@pytest.mark.parametrize("addresses", SOME)
def test_a_language_of_longer_words_breaks_no_page(
    new_page: NewPage, site: Site, addresses: list[str]
) -> None:
    words = longer(json.loads((STRINGS / "en.json").read_text("utf-8")))
    page = new_page(360, 740)

    def fulfil(route: Route) -> None:
        body = f"export default {json.dumps(words)}"
        route.fulfill(content_type="text/javascript", body=body)

    page.route("**/assets/strings-*.js", fulfil)
    enter(page, site, "boss@example.org", "admin")
    for address in addresses:
        opened(page, address)
        assert "ŝŝ" in page.inner_text("body"), address
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_without_motion_nothing_moves(new_page: NewPage) -> None:
    page = new_page(768, 1000, reduced_motion="reduce")
    open_chapter(page)
    answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Three facts follow")))
    ask(page)
    running = """() => document.getAnimations().filter((each) =>
      each.playState === "running" && each.effect.getComputedTiming().duration > 0).length"""
    page.locator(".cite").first.click()
    assert page.evaluate(running) == 0
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.evaluate(running) == 0


def test_a_device_without_nastaliq_is_offered_the_books_font(new_page: NewPage) -> None:
    page = new_page(locale="ur-PK")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    # Every face as wide as any other: none is there.
    page.add_init_script("CanvasRenderingContext2D.prototype.measureText = () => ({ width: 1 })")
    open_chapter(page)
    assert not any("nastaliq" in url for url in fetched)
    page.locator(".aa > summary").click()
    with page.expect_response("**/nastaliq.woff2") as came:
        page.locator(".get-font").click()
    assert came.value.ok
    expect(page.locator(".get-font")).to_have_count(0)
    until(page, "[...document.fonts].some((face) => face.family.includes('Glossator Nastaliq'))")
    page.reload()
    page.wait_for_selector("article h1")
    page.locator(".aa > summary").click()
    expect(page.locator(".get-font")).to_have_count(0)


@pytest.mark.long
def test_in_forced_colours_everything_can_be_told_apart(new_page: NewPage) -> None:
    page = new_page(forced_colors="active")
    open_chapter(page)
    sources = sources_of(page, KINEMATICS_ID, "Three facts follow")
    sentences = [
        {"text": "There are three facts.", "support": "supported", "sources": [0]},
        {"text": "Robots are fun.", "support": "unsupported", "sources": []},
    ]
    answer_with(page, answered(sources, mode="model", sentences=sentences))
    ask(page)
    page.locator(".thread .chip").first.click()
    page.locator(".cite").first.click()
    until(page, "CSS.highlights.get('glossator-active').size === 1")
    edges = page.evaluate(
        """() => [".chip", ".quote", ".top button", ".composer textarea"].map((name) => {
          const style = getComputedStyle(document.querySelector(name));
          return [name, style.borderBlockStartStyle !== "none" || style.outlineStyle !== "none" ||
            style.borderInlineStartStyle !== "none"];
        })"""
    )
    assert [name for name, edged in edges if not edged] == []
    # What isn't in the book says so in words.
    expect(page.locator(".unsupported .tag")).to_have_text("Not in the book")
    page.screenshot(path="artifacts/forced-colours.png")


ORDER = """() => {
  const at = document.activeElement;
  const places = [[".skip", "skip"], [".top", "top"], [".slot", "contents"], [".text", "text"],
    ["main", "main"], ["gl-resizer", "resizer"], [".margin-head", "head"], [".threads", "threads"],
    [".composer", "composer"]];
  return places.find(([name]) => at.closest(name))?.[1] ?? at.tagName;
}"""


@pytest.mark.long
def test_the_focus_goes_through_the_reader_in_the_order_of_the_page(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    ask(page)
    page.reload()
    page.wait_for_selector(".thread .answer")
    seen: list[str] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        place = page.evaluate(ORDER)
        if place == "BODY":
            break
        if not seen or seen[-1] != place:
            seen.append(place)
    found = [place for place in seen if place not in ("text", "main")]
    assert found == ["skip", "top", "contents", "resizer", "head", "threads", "composer"]
    assert "text" in seen[: seen.index("resizer")]


# Where each part of a line stands, from left to right.
PLACED = """([words, parts]) => {
  const line = Object.assign(document.createElement("p"), { dir: "rtl", lang: "ur" });
  line.style.whiteSpace = "nowrap";
  for (const [text, isolated] of words) {
    const part = document.createElement(isolated ? "bdi" : "span");
    part.textContent = text;
    line.append(part);
  }
  document.querySelector("main").prepend(line);
  const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  const found = [];
  while (text.nextNode()) for (const part of parts) {
    const at = text.currentNode.data.indexOf(part);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(text.currentNode, at);
    range.setEnd(text.currentNode, at + part.length);
    found.push([part, range.getBoundingClientRect().left]);
  }
  return found.sort((a, b) => a[1] - b[1]).map(([part]) => part);
}"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("10\N{EN DASH}20 m/s", ["10", "20", "m", "s"]),
        ("my paper (final).pdf", ["my", "paper", "(", "final", ")", "pdf"]),
        ("Physics, 3rd ed. (2024)", ["Physics", "3rd", "(", "2024", ")"]),
        ("Why does it stop?", ["Why", "stop", "?"]),
    ],
)
def test_english_within_urdu_keeps_its_own_order(
    new_page: NewPage, words: str, parts: list[str]
) -> None:
    page = new_page(locale="ur-PK")
    opened(page, "/")
    assert page.evaluate(PLACED, [[["یہ ", False], [words, True], [" ہے۔", False]], parts]) == parts
