"""The widget on somebody else's site, from another origin than its server's."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from host_site import Site, hosting
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from account_tools import PASSWORD, PERSON
from server_tools import serving

ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
pytestmark = pytest.mark.skipif(
    not (ROOT / "src/glossator/web/widget.js").exists(),
    reason="The pages aren't built (make pages), so the widget wasn't tried.",
)

QUESTION = "What does an accelerometer measure?"
MARKED = """() => [...(CSS.highlights.get("glossator-widget") ?? [])]
  .map((range) => range.toString().replace(/\\s+/g, " "))"""
# Every string that a script of the page can reach by properties, a few steps deep.
SCAN = """() => {
  const seen = new Set(), found = [];
  const walk = (value, depth) => {
    if (typeof value === "string") { found.push(value.slice(0, 400)); return; }
    if (value === null || !/object|function/.test(typeof value)) return;
    if (seen.has(value) || depth > 5) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      let inner; try { inner = value[key]; } catch { continue; }
      walk(inner, depth + 1);
    }
  };
  const widget = document.querySelector("gl-widget");
  for (const root of [widget, widget.shadowRoot, {...localStorage}, {...sessionStorage}]) {
    walk(root, 0);
  }
  walk(globalThis, 0);
  const html = widget.shadowRoot.innerHTML + document.documentElement.outerHTML;
  return found.join("\\n") + html + document.cookie;
}"""
TOKEN = re.compile(r"eyJ[\w-]+\.")


@dataclass(frozen=True)
class World:
    """A tutor, the book's own site, and a site that nobody allowed."""

    tutor: str
    site: Site
    stranger: Site


@pytest.fixture(scope="module")
def world(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("widget") / "data"
    shutil.copytree(sample_data, data)
    with hosting() as site, hosting() as stranger:
        with closing(sqlite3.connect(data / "glossator.db")) as library, library:
            library.execute("UPDATE books SET url = ?", [site.address])
        with serving(data) as tutor:
            for one in (site, stranger):
                one.fill(tutor, "physical-ai")
                # The page's own picture is the site's own business.
                policy = documented_policy().replace("https://tutor.example.org", tutor)
                one.policy = f"{policy}; img-src data:"
            yield World(tutor, site, stranger)


def documented_policy() -> str:
    """The policy that the guide shows to owners of sites."""
    guide = (ROOT / "docs/guide/widget.md").read_text("utf-8")
    found = re.search(r"Content-Security-Policy: (.*?)\n```", guide, re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, world: World) -> Iterator[Visit]:
    """Opens the site's pages; an error on the console or a request elsewhere fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(
        path: str = "", options: str = "", width: int = 1280, expected: str = "\0",
        site: Site | None = None, script: str = "", seen: list[str] | None = None,
        signs_in: bool = False,
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": 740}, has_touch=width < 768
        )
        contexts.append((context, signs_in))
        context.add_init_script(path=AXE)
        context.add_init_script(script)
        page = context.new_page()
        home = site or world.site
        mine = (home.address, world.tutor, "data:", "about:")

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not re.search(expected, message.text):
                complaints.append(f"{message.type}: {message.text}")

        def on_request(request: Request) -> None:
            (seen if seen is not None else []).append(request.url)
            if not request.url.startswith(mine):
                complaints.append(f"foreign request: {request.url}")

        page.on("console", on_console)

        def on_error(error: Exception) -> None:
            if not re.search(expected, str(error)):
                complaints.append(f"script error: {error}")

        page.on("pageerror", on_error)
        page.on("request", on_request)
        page.goto(f"{home.address}{path or sensors(world)}{'?' + options if options else ''}")
        return page

    yield opened
    for context, signs_in in contexts:
        # A guest on others' sites has no cookie of ours; who signed in has those of our window.
        assert signs_in or context.cookies() == []
        context.close()
    assert complaints == []


def sensors(world: World) -> str:
    """The page on which the answer to `QUESTION` stands."""
    return next(path for path in world.site.pages if "sensors" in path)


def elsewhere(world: World) -> str:
    return next(path for path in world.site.pages if "kinematics" in path)


def ask(page: Page, question: str = QUESTION) -> None:
    launcher = page.locator("gl-widget").first.get_by_role("button", name="Ask", exact=True).first
    if page.locator("gl-widget .panel").count() == 0:
        launcher.click()
    field, threads = page.locator("gl-widget textarea"), page.locator("gl-widget .thread")
    before = threads.count()
    field.fill(question)
    field.press("Enter")
    answered = threads.nth(before).locator(".verdict, .none")
    expect(answered.first).to_be_visible(timeout=30_000)


def quoted(page: Page) -> str:
    return " ".join(page.locator("gl-widget blockquote").first.inner_text().split())


def marked(page: Page) -> str:
    page.wait_for_function(f"({MARKED})().length > 0")
    return " ".join(page.evaluate(MARKED))


def test_it_answers_and_marks_the_exact_words_without_touching_the_page(visit: Visit):
    page = visit(options="mkdocs")
    article = page.locator("main")
    before = article.evaluate("(element) => element.outerHTML")
    ask(page)
    assert "accelerometer" in quoted(page).lower()
    page.locator("gl-widget .cite").first.click()
    assert marked(page) == quoted(page)
    assert page.locator("gl-widget .cite").first.get_attribute("aria-pressed") == "true"
    assert article.evaluate("(element) => element.outerHTML") == before
    in_sight = page.evaluate(
        """() => { const [range] = CSS.highlights.get("glossator-widget");
        const box = range.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight; }"""
    )
    assert in_sight
    # And nothing stays of it, if the page takes it away.
    page.evaluate("document.querySelector('gl-widget').remove()")
    page.wait_for_function("!CSS.highlights.has('glossator-widget')")
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


@pytest.mark.parametrize("options", ["", "spa"])
def test_a_quote_of_another_page_is_a_link_and_is_marked_there(
    visit: Visit, world: World, options: str
):
    page = visit(elsewhere(world), options)
    ask(page)
    words = quoted(page)
    link = page.locator("gl-widget a.cite").first
    address = link.get_attribute("href") or ""
    assert address.startswith(world.site.address)
    assert ":~:text=" in address
    link.click()
    page.wait_for_url(re.compile(re.escape(sensors(world))))
    assert marked(page) == words
    if options:
        # The site changed its page by itself: the conversation is still there.
        assert page.evaluate("window.shown") == 1
        assert quoted(page) == words
        expect(page.locator("gl-widget button.cite")).not_to_have_count(0)
        page.go_back()
        page.wait_for_function("!CSS.highlights.has('glossator-widget')")


def test_the_chapter_in_urdu_takes_the_texts_place_and_gives_it_back(visit: Visit, world: World):
    intro = next(path for path in world.site.pages if path.endswith("intro"))
    page = visit(intro, "spa")
    page.evaluate("window.kept = [...document.querySelectorAll('article, article *')]")
    before = page.locator("main").evaluate("(element) => element.outerHTML")
    page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
    choice = page.locator("gl-widget select").first
    choice.select_option("ur")
    shown = page.locator("gl-chapter .book")
    expect(shown).to_be_visible()
    assert (shown.get_attribute("lang"), shown.get_attribute("dir")) == ("ur", "rtl")
    expect(page.locator("main > article")).to_be_hidden()
    page.locator("gl-chapter").get_by_role("button").click()
    expect(page.locator("main > article")).to_be_visible()
    assert page.locator("main").evaluate("(element) => element.outerHTML") == before
    same = "window.kept.every((node) => node.isConnected)"
    assert page.evaluate(same)
    # Another page is shown as it is.
    choice.select_option("ur")
    expect(shown).to_be_visible()
    page.get_by_role("link").nth(2).click()
    expect(page.locator("main > article")).to_be_visible()
    expect(page.locator("gl-chapter")).to_have_count(0)


def test_a_site_that_nobody_allowed_gets_no_token_and_no_answer(visit: Visit, world: World):
    page = visit(site=world.stranger, expected="403|Access-Control|ERR_FAILED|origin")
    bodies: list[str] = []
    page.on("response", lambda answer: bodies.append(answer.url) if "/api/" in answer.url else None)
    page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("gl-widget .banner")).to_contain_text("not allowed")
    field = page.locator("gl-widget textarea")
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.locator("gl-widget .thread .banner")).to_be_visible()
    assert {address.partition("/api/")[2] for address in bodies} == {"widget/token"}
    expect(page.locator("gl-widget blockquote")).to_have_count(0)


def test_a_hostile_stylesheet_and_a_second_widget_break_nothing(visit: Visit):
    page = visit(options="hostile&two")
    expect(page.locator("gl-widget")).to_have_count(2)
    first, second = page.locator("gl-widget").all()
    boxes = [one.locator("button").first.bounding_box() for one in (first, second)]
    assert all(box and box["height"] >= 40 and box["width"] >= 40 for box in boxes)
    assert boxes[0] != boxes[1]
    first.get_by_role("button").first.click()
    panel = first.locator(".panel")
    expect(panel).to_be_visible()
    look = panel.evaluate(
        "(e) => [getComputedStyle(e).fontSize, getComputedStyle(e).color, e.offsetWidth]"
    )
    assert look == ["16px", "rgb(29, 27, 23)", 384]
    first.locator("textarea").fill(QUESTION)
    first.locator("textarea").press("Enter")
    expect(first.locator("blockquote").first).to_be_visible(timeout=30_000)
    assert (
        first.locator("blockquote").first.evaluate("(e) => getComputedStyle(e).fontSize") == "17px"
    )
    expect(second.locator(".panel")).to_have_count(0)


def test_the_documented_policy_lets_everything_through(visit: Visit, world: World):
    page = visit(options="csp")
    page.evaluate(
        "document.addEventListener('securitypolicyviolation', (e) => console.error(e.blockedURI))"
    )
    ask(page)
    page.locator("gl-widget .cite").first.click()
    assert marked(page) == quoted(page)
    assert "unsafe" not in world.site.policy


def test_the_hosts_scripts_find_no_token_and_cannot_hand_one_over(visit: Visit):
    # Reading every property makes some of the browser's own complain.
    page = visit(expected=".")
    ask(page)
    held = page.evaluate(SCAN)
    assert not TOKEN.search(held)
    page.evaluate(
        """for (const state of [undefined, "", "x"]) postMessage({type: "glossator-agreed", state,
        name: "Mallory", token: "eyJmYWtl", expires_in: 600}, "*")"""
    )
    page.wait_for_timeout(100)
    assert "Mallory" not in page.locator("gl-widget .panel").inner_text()


def test_a_person_agrees_in_a_window_of_ours(visit: Visit, world: World):
    signed = httpx2.post(f"{world.tutor}/api/auth/signup", json=PERSON)
    user = {"authorization": f"Bearer {signed.json()['access_token']}"}
    page = visit(expected="401", signs_in=True)
    page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
    with page.expect_popup() as opening:
        page.locator("gl-widget").get_by_role("button", name="Log in").click()
    window = opening.value
    window.get_by_label("Email").fill(PERSON["email"])
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Log in").click()
    expect(window.get_by_role("main")).to_contain_text(world.site.address.removeprefix("http://"))
    assert axe(window) == []
    # The site under the window may try to pass for us: nobody but the window is heard.
    page.evaluate("postMessage({type: 'glossator-agreed', state: 'x', token: 'x', name: 'M'}, '*')")
    with window.expect_event("close"):
        window.get_by_role("button", name="Let it ask").click()
    expect(page.locator("gl-widget .composer")).to_contain_text("You ask as Ada")
    ask(page)
    usage = httpx2.get(f"{world.tutor}/api/usage", headers=user).json()
    assert usage["questions"]["used"] == 1
    listed = httpx2.get(f"{world.tutor}/api/widget/agreements", headers=user).json()["items"]
    assert [item["site"] for item in listed] == [world.site.address]
    # Taken back: the next question is a guest's.
    address = f"{world.tutor}/api/widget/agreements/{listed[0]['agreement_id']}"
    assert httpx2.delete(address, headers=user).status_code == 204
    ask(page, "What is a gyroscope?")
    assert "You ask as" not in page.locator("gl-widget .composer").inner_text()


def test_the_window_stands_in_no_frame(world: World):
    answer = httpx2.get(f"{world.tutor}/widget/agree")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert httpx2.get(f"{world.tutor}/").headers["cross-origin-opener-policy"] == "same-origin"


def test_by_keyboard_alone_and_the_focus_comes_back(visit: Visit):
    page = visit()
    page.wait_for_selector("gl-widget", state="attached")
    focused = """() => { let e = document.activeElement;
      while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
      return [e?.tagName, e?.className, e?.textContent.trim().slice(0, 20)].join("|"); }"""
    page.evaluate(
        "document.querySelector('main').tabIndex = -1; document.querySelector('main').focus()"
    )
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "BUTTON||Ask":
            break
    assert page.evaluate(focused) == "BUTTON||Ask"
    page.keyboard.press("Enter")
    page.wait_for_function(f"({focused})().startsWith('TEXTAREA')")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("gl-widget .verdict")).to_be_visible(timeout=30_000)
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if "|cite|" in page.evaluate(focused):
            break
    page.keyboard.press("Enter")
    assert marked(page) != ""
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "BUTTON||Ask"
    expect(page.locator("gl-widget .panel")).to_have_count(0)


def axe(page: Page) -> list[str]:
    found = page.evaluate(
        """async (rules) => (await axe.run(document.querySelector("gl-widget") ?? document,
        {runOnly: rules})).violations
        .map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" "))""",
        ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
    )
    return list(found)


# Where the marked words are, in the window: of highlights, or for Urdu of the widget's boxes.
MARKS = """() => {
  const {shadowRoot} = document.querySelector("gl-widget");
  const panel = shadowRoot.querySelector(".panel");
  const boxes = [...shadowRoot.querySelectorAll(".mark-boxes i")];
  const places = [...(CSS.highlights.get("glossator-widget") ?? boxes)]
    .map((one) => one.getBoundingClientRect());
  return places.length === 0 ? null : {
    boxes: boxes.length, stop: panel.dataset.stop, panel: panel.getBoundingClientRect().top,
    top: Math.min(...places.map((one) => one.top)),
    bottom: Math.max(...places.map((one) => one.bottom)),
  };
}"""


@pytest.mark.parametrize("options", ["", "dark&lang=ur"])
def test_on_a_phone_the_sheet_goes_down_and_axe_finds_nothing(visit: Visit, options: str):
    page = visit(options=options, width=360)
    wide = page.evaluate("document.documentElement.scrollWidth")
    before = page.locator("main").evaluate("(element) => element.outerHTML")
    page.locator("gl-widget button").first.click()
    field = page.locator("gl-widget textarea")
    assert axe(page) == []
    field.fill(QUESTION)
    page.locator("gl-widget .send").click()
    expect(page.locator("gl-widget .verdict")).to_be_visible(timeout=30_000)
    assert axe(page) == []
    page.locator("gl-widget .cite").first.tap()
    page.wait_for_function(f"({MARKS})()")
    marks = page.evaluate(MARKS)
    assert marks["stop"] == "peek"
    assert 0 <= marks["top"] < marks["bottom"] <= marks["panel"]
    # Highlights would cut into the neighbouring lines of Nastaliq.
    assert (marks["boxes"] > 0) == ("ur" in options)
    assert axe(page) == []
    assert page.locator("main").evaluate("(element) => element.outerHTML") == before
    assert page.evaluate("document.documentElement.scrollWidth") == wide


def test_nothing_is_loaded_before_somebody_wants_it(visit: Visit, world: World):
    asked: list[str] = []
    saves = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
    page = visit(script=saves, seen=asked)
    launcher = page.locator("gl-widget button").first
    launcher.hover()
    launcher.focus()
    page.wait_for_timeout(200)
    assert [url for url in asked if url.startswith(world.tutor)] == [f"{world.tutor}/widget.js"]
    launcher.click()
    expect(page.locator("gl-widget .panel")).to_be_visible()


def test_selected_words_are_asked_about(visit: Visit):
    page = visit()
    page.locator("gl-widget button").first.click()
    expect(page.locator("gl-widget .panel")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("article p").nth(1).click(click_count=3)
    page.locator("gl-widget .about").click()
    expect(page.locator("gl-widget .chosen")).to_contain_text("About:")
    with page.expect_request("**/api/chat/selected-text") as sent:
        ask(page, "What does this mean?")
    assert sent.value.post_data_json["selected_text"]


def test_it_is_not_printed(visit: Visit):
    page = visit()
    page.locator("gl-widget button").first.click()
    page.emulate_media(media="print")
    expect(page.locator("gl-widget .panel")).to_be_hidden()
    expect(page.locator("gl-widget button").first).to_be_hidden()


def test_over_a_whole_phone_the_sheet_is_modal_and_gives_the_page_back(visit: Visit):
    page = visit(width=360)
    before = page.locator("main").evaluate("(element) => element.outerHTML")
    page.locator("gl-widget button").first.click()
    sheet = page.locator("gl-widget dialog.panel")
    expect(sheet).to_be_visible()
    modal = "(dialog) => dialog.matches(':modal')"
    assert not sheet.evaluate(modal)
    page.locator("gl-widget textarea").fill("kept")
    page.get_by_role("button", name="Make bigger").click()
    assert sheet.evaluate(modal)
    assert axe(page) == []
    # Nothing of the page beneath can be reached.
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("['GL-WIDGET', 'BODY'].includes(document.activeElement.tagName)")
    page.get_by_role("button", name="Make smaller").click()
    assert not sheet.evaluate(modal)
    expect(page.locator("gl-widget textarea")).to_have_value("kept")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.locator("gl-widget button").first).to_be_focused()
    assert page.locator("main").evaluate("(element) => element.outerHTML") == before
