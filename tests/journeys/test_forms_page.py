"""A chapter in Urdu and at other levels, made by a scripted model while it is read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_tools import violations
from playwright.sync_api import Browser, Page, expect
from reader_tools import (
    ACTIVE,
    KINEMATICS,
    KINEMATICS_ID,
    answer_with,
    answered,
    ask,
    open_chapter,
    place_of,
    settled,
    sources_of,
    stands_at,
    until,
)

from model_server import ModelServer, Reply, model_server, says
from server_tools import serving
from translators import faithful, request_of, retold

pytestmark = pytest.mark.browser
CHAPTER = KINEMATICS
PRICES = "openai:first=1/2"
PASSWORD = "a long phrase for tests"


@pytest.fixture(scope="module")
def provider() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def address(
    sample_data: Path, tmp_path_factory: pytest.TempPathFactory, provider: ModelServer
) -> Iterator[str]:
    """A server with a model."""
    data = tmp_path_factory.mktemp("modelled") / "data"
    shutil.copytree(sample_data, data)
    settings = {
        "GLOSSATOR_MODEL": "openai:first",
        "OPENAI_API_KEY": "k",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "GLOSSATOR_PRICES": PRICES,
        "GLOSSATOR_TRANSLATIONS_PER_DAY": "unlimited",
        "GLOSSATOR_PERSONALIZATIONS_PER_DAY": "unlimited",
    }
    with serving(data, **settings) as running:
        yield running


@contextmanager
def reader(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """A page of somebody who has signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, base_url=address)
    page = context.new_page()
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    fields = {"email": f"{name}@example.org", "password": PASSWORD, "name": name}
    signed = page.request.post("/api/auth/signup", data={**fields, "session": "cookie"})
    assert signed.ok, signed.text()
    yield page
    context.close()
    assert told == []


def texts(page: Page, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all("(all) => all.map((e) => e.textContent)")
    return found


def test_a_chapter_is_translated_while_it_is_read_and_held_in_its_place(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    provider.script = lambda body: says(faithful(request_of(body)))
    with reader(browser, address, "ada") as page:
        open_chapter(page, CHAPTER)
        settled(page)
        code = texts(page, ".text pre")
        page.mouse.move(500, 400)
        page.mouse.wheel(0, 2400)
        page.wait_for_timeout(400)
        block, top = place_of(page)
        page.get_by_role("button", name="Language of the text: اردو").click()
        expect(page.locator("article")).to_have_attribute("dir", "rtl", timeout=60_000)
        stands_at(page, block, top, within=20)
        assert page.url.endswith("?lang=ur")
        # Listings are the author's, letter by letter, and go from left to right.
        assert texts(page, ".text pre") == code
        assert set(page.locator(".text pre").evaluate_all("(all) => all.map((e) => e.dir)")) == {
            "ltr"
        }
        expect(page.locator(".form-note")).to_contain_text("Translated by a model")
        assert violations(page) == []
        page.keyboard.press("o")
        assert page.locator(".beside").count() > 10
        page.keyboard.press("o")
        expect(page.locator(".beside")).to_have_count(0)
        # A quote is of the author's words: its place in the translation has a dashed edge.
        answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Three facts follow")))
        ask(page)
        page.locator(".cite").first.click()
        expect(page.locator(".translated-place")).to_have_count(1)
        assert page.evaluate(f"{ACTIVE}.length") == 0
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Back to where I was").click()
        stands_at(page, block, top, within=20)
        page.keyboard.press("u")
        expect(page.locator("article")).to_have_attribute("dir", "ltr")
        stands_at(page, block, top, within=20)
        # What was made is kept: nobody is asked again.
        calls = provider.bill.requests
        page.keyboard.press("u")
        expect(page.locator("article")).to_have_attribute("dir", "rtl")
        assert provider.bill.requests == calls


def test_blocks_arrive_as_they_are_made_and_making_can_be_stopped(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    provider.script = lambda body: says(faithful(request_of(body)), wait=0.7)
    with reader(browser, address, "bob") as page:
        open_chapter(page, "/b/physical-ai/part-2/chapter-04-control")
        page.get_by_role("button", name="Language of the text: اردو").click()
        expect(page.locator(".making progress")).to_be_visible()
        page.wait_for_selector('.block[data-state="adapted"][lang="ur"]', timeout=60_000)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".making")).to_have_count(0)
        expect(page.locator('.block[data-state="adapted"]')).to_have_count(0)
        assert "lang=" not in page.url


def test_a_level_shows_what_changed_and_what_stayed(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    def script(body: dict[str, object]) -> Reply:
        answer = retold(request_of(body))
        # The first sentence in other words; one number changed, which the check refuses.
        answer = answer.replace("Close your eyes and touch your nose", "Shut your eyes")
        return says(answer.replace("five times as fast", "5 times as fast"))

    provider.script = script
    with reader(browser, address, "eve") as page:
        open_chapter(page, CHAPTER)
        settled(page)
        formulas = page.locator(".text [data-tex]").evaluate_all(
            "(all) => all.map((e) => e.dataset.tex)"
        )
        page.locator(".level > summary").click()
        page.get_by_label("Beginner").check()
        expect(page.locator(".form-note")).to_contain_text("Rewritten by a model", timeout=60_000)
        expect(page.locator(".text")).to_contain_text("Shut your eyes")
        now = page.locator('.text .block:not([data-state="added"]) [data-tex]')
        assert now.evaluate_all("(all) => all.map((e) => e.dataset.tex)") == formulas
        if page.locator(".level[open]").count() == 0:
            page.locator(".level > summary").click()
        page.get_by_label("Show what changed").check()
        changed = page.locator(".diff")
        expect(changed.first).to_contain_text("Close")
        expect(changed.first.locator("ins").first).to_contain_text("Shut")
        untouched = page.locator(".diff").evaluate_all(
            "(all) => all.filter((p) => !p.querySelector('ins, del')).length"
        )
        assert untouched == 0
        assert violations(page) == []


def test_a_marked_passage_is_translated_below_itself(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    provider.script = lambda body: says(faithful(request_of(body)))
    with reader(browser, address, "joe") as page:
        open_chapter(page, "/b/physical-ai/part-2/chapter-05-ros2")
        page.evaluate(
            "getSelection().selectAllChildren(document.querySelector('.text .paragraph p'))"
        )
        page.get_by_role("button", name="Translate").click()
        passage = page.locator(".passage")
        expect(passage.locator("[lang=ur] p").first).to_be_visible(timeout=60_000)
        assert passage.locator("[lang=ur]").first.get_attribute("dir") == "rtl"
        passage.get_by_role("button", name="Undo").click()
        expect(passage).to_have_count(0)


def test_words_stream_in_nothing_scrolls_and_stop_keeps_them(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    words = "Nobody has proven this sentence yet. " * 40
    provider.script = lambda _: says(words, pause=0.03)
    with reader(browser, address, "kim") as page:
        open_chapter(page, CHAPTER)
        box = page.get_by_label("Your question")
        box.fill("Where do the columns of the rotation matrix point?")
        box.press("Enter")
        until(page, "(document.querySelector('.tail')?.textContent.length ?? 0) > 200")
        assert page.evaluate("document.querySelector('.tail').textContent.at(-1)") not in "abc"
        threads = "document.querySelector('.threads')"
        page.evaluate(f"{threads}.scrollTop = 40")
        place = page.evaluate(f"{threads}.scrollTop")
        page.wait_for_timeout(600)
        assert page.evaluate(f"{threads}.scrollTop") == place
        box.fill("Typed meanwhile")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".stopped")).to_contain_text("This part is kept.")
        assert len(page.locator(".tail").text_content() or "") > 200
        expect(box).to_have_value("Typed meanwhile")
        expect(page.get_by_role("button", name="Ask", exact=True).last).to_be_enabled()
        spoken = page.locator("[role=status]").text_content() or ""
        assert len(spoken) < 100


def test_a_claim_that_is_proven_has_a_chip_and_one_that_is_not_says_so(
    browser: Browser, address: str, provider: ModelServer
) -> None:
    quote = "There is an easy way to remember it"
    provider.script = lambda _: says(
        f"The book gives a way to remember it: “{quote}” [1]. Wombats dig at night."
    )
    with reader(browser, address, "lee") as page:
        open_chapter(page, CHAPTER)
        box = page.get_by_label("Your question")
        box.fill("Where do the columns of the rotation matrix point?")
        box.press("Enter")
        page.wait_for_selector(".answer:not([aria-busy]) > *")
        expect(page.locator(".unsupported")).to_contain_text("Wombats dig at night.")
        assert page.locator(".unsupported .chip").count() == 0
