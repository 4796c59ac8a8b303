"""Reading and asking in a real browser, from a phone's width to a desk's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from glossator.library.content import Block, BlockKind
from glossator.library.marks import mark_quote

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]

BOOK = "/b/physical-ai"
KINEMATICS = f"{BOOK}/part-1/chapter-03-kinematics"
SAFETY = f"{BOOK}/part-3/chapter-10-safety"
QUESTION = "Where do the columns of the rotation matrix point?"
ACTIVE = "[...(CSS.highlights.get('glossator-active') ?? [])]"
WIDTHS = [(1280, 860), (768, 1000), (360, 740)]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>'

# What the page shows of its active marks, counted as the server counts it.
SHOWN = f"""async () => {{
  const {{ textOf }} = await import("/assets/marks.js");
  return {ACTIVE}.map(textOf);
}}"""
# The window's part in which text can be read, and where the active marks lie.
SEEN = f"""() => {{
  const rects = {ACTIVE}.flatMap((range) => [...range.getClientRects()]);
  const sheet = document.querySelector(".margin").getBoundingClientRect();
  const phone = innerWidth < 768;
  return {{
    top: Math.min(...rects.map((rect) => rect.top)),
    bottom: Math.max(...rects.map((rect) => rect.bottom)),
    above: document.querySelector(".top").getBoundingClientRect().bottom,
    below: phone ? sheet.top : innerHeight,
  }};
}}"""


def open_chapter(page: Page, address: str = KINEMATICS) -> None:
    page.goto(address)
    page.wait_for_selector("article h1")


def ask(page: Page, question: str = QUESTION) -> None:
    box = page.get_by_label("Your question")
    if not box.is_visible():
        page.get_by_role("button", name="Ask").locator("visible=true").click()
    box.fill(question)
    box.press("Enter")
    page.wait_for_selector(".answer:not([aria-busy]) > *")


def until(page: Page, condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates strings, which the page forbids."""
    deadline = time.monotonic() + 15
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)


def read_on(page: Page) -> float:
    """Scroll as a reader does, and say how far down the page is then."""
    until(page, "!document.querySelector('[data-tex]:not([data-set])')")
    page.mouse.move(500, 400)
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(500)
    place: float = page.evaluate("scrollY")
    assert place > 100
    return place


def sources_of(page: Page, chapter: str, *quotes: str) -> list[dict[str, Any]]:
    """Citations of a chapter's words, as the API gives them."""
    answer = page.request.get(f"/api/chapters/{chapter}?book_id=physical-ai").json()
    text = answer["content"]
    blocks = [
        Block(row["block_id"], BlockKind(row["kind"]), row["start"], row["end"])
        for row in answer["blocks"]
    ]
    sources = []
    for quote in quotes:
        start = text.index(quote)
        end = start + len(quote)
        marks = mark_quote(text, blocks, start, end)
        sources.append(
            {
                "chapter_id": chapter,
                "document_id": None,
                "book_id": "physical-ai",
                "block_id": marks[0].block_id,
                "title": answer["title"],
                "section": "Here",
                "page": None,
                "quote": quote,
                "start": start,
                "end": end,
                "similarity": 0.8,
                "url": f"/b/physical-ai/{chapter}",
                "marks": [{name: getattr(mark, name) for name in mark.__slots__} for mark in marks],
            }
        )
    return sources


def answered(sources: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    sentences = [
        {"text": source["quote"], "support": "supported", "sources": [n]}
        for n, source in enumerate(sources)
    ]
    return {
        "answer": " ".join(source["quote"] for source in sources),
        "sources": sources,
        "response_time": 0.1,
        "grounded": True,
        "confidence": 0.9,
        "mode": "extractive",
        "degraded": "no_model",
        "nearest": [],
        "sentences": sentences,
        **changes,
    }


def answer_with(page: Page, answer: dict[str, Any], status: int = 200) -> None:
    def fulfil(route: Route) -> None:
        kind = "application/json" if status == 200 else "application/problem+json"
        route.fulfill(status=status, content_type=kind, body=json.dumps(answer))

    page.route("**/api/chat/ask", fulfil)


def test_from_the_library_to_a_chapter(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    page.get_by_role("link", name="Physical AI, a short course").click()
    page.get_by_role("main").get_by_role("link", name="Kinematics").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kinematics: where the hand is")
    expect(page).to_have_title(
        "Kinematics: where the hand is · Physical AI, a short course · Glossator"
    )
    expect(
        page.get_by_role("navigation", name="Contents").locator("[aria-current=page]")
    ).to_have_text("Kinematics: where the hand is")
    page.wait_for_selector("[data-tex][data-set=yes] .katex")
    assert page.locator("[data-set=no]").count() == 0
    page.get_by_role("link", name="Next").click()
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


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_an_answer_leads_to_its_exact_words(new_page: NewPage, width: int, height: int) -> None:
    page = new_page(width, height)
    open_chapter(page)
    ask(page)
    cards = page.locator(".quote")
    assert cards.count() >= 1
    for n in range(cards.count()):
        words = (
            cards.nth(n)
            .locator("blockquote")
            .evaluate(
                """async (box) => {
              const { textOf } = await import("/assets/marks.js");
              const range = document.createRange();
              range.selectNodeContents(box);
              return textOf(range);
            }"""
            )
        )
        cards.nth(n).locator(".cite").click()
        expect(cards.nth(n).locator(".cite")).to_have_attribute("aria-pressed", "true")
        until(page, f"{ACTIVE}.length > 0")
        assert "".join(page.evaluate(SHOWN)).split() == words.split()
        seen = page.evaluate(SEEN)
        assert seen["above"] <= seen["top"] < seen["bottom"] <= seen["below"]
    if width < 768:
        assert page.locator(".margin").get_attribute("data-stop") == "peek"


def test_a_quote_of_another_chapter_opens_it_and_there_is_a_way_back(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page, SAFETY)
    place = read_on(page)
    words = "There is an easy way to remember it"
    [source] = sources_of(page, "part-1/chapter-03-kinematics", words)
    answer_with(page, answered([source]))
    ask(page)
    page.locator(".cite").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")
    until(page, f"{ACTIVE}.length === 1")
    assert page.evaluate(SHOWN) == [words]
    assert page.url.endswith(f"{KINEMATICS}#{source['block_id']}")
    assert page.locator(".quote").count() == 1

    page.get_by_role("button", name="Back to where I was").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Safety")
    until(page, f"Math.abs(scrollY - {place}) < 20")
    expect(page.get_by_role("button", name="Back to where I was")).to_be_hidden()


def test_folds_and_tabs_open_for_a_quote(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page, SAFETY)
    page.wait_for_selector("[role=tab]")
    chapter = "part-3/chapter-10-safety"
    text = page.request.get(f"/api/chapters/{chapter}?book_id=physical-ai").json()["content"]
    code = text[text.index("```python") :].split("\n")[1]
    fold = page.locator("details:not(.diagram) .paragraph").nth(1).get_attribute("data-start")
    words = text[int(fold or 0) :].split(" ", 4)[:4]
    sources = sources_of(page, chapter, code, " ".join(words))
    answer_with(page, answered(sources))
    ask(page)
    for n, source in enumerate(sources):
        page.locator(".cite").nth(n).click()
        page.wait_for_timeout(300)
        assert page.evaluate(SHOWN) == [source["marks"][0]["text"]]
        assert page.evaluate(f"{ACTIVE}[0].getBoundingClientRect().height") > 0


def test_every_kind_of_block_can_be_marked_in_the_browser(new_page: NewPage) -> None:
    """The server's offsets and the page's walk agree, before and after formulas are typeset."""
    page = new_page()
    book = page.request.get("/api/books/physical-ai").json()
    kinds: set[str] = set()
    for row in book["chapters"]:
        chapter = page.request.get(f"/api/chapters/{row['chapter_id']}?book_id=physical-ai").json()
        blocks = [
            Block(b["block_id"], BlockKind(b["kind"]), b["start"], b["end"])
            for b in chapter["blocks"]
        ]
        kinds |= {block.kind.value for block in blocks}
        marks = []
        for block in blocks:
            third = (block.end - block.start) // 3
            for start, end in ((block.start, block.end), (block.start + third, block.end - third)):
                marks += mark_quote(chapter["content"], blocks, start, end)
        open_chapter(page, f"{BOOK}/{row['chapter_id']}")
        until(page, "!document.querySelector('[data-tex]:not([data-set])')")
        wrong = page.evaluate(
            """async (marks) => {
              const { rangeOf, textOf } = await import("/assets/marks.js");
              const root = document.querySelector(".text");
              return marks.filter((mark) => {
                const range = rangeOf(root, mark);
                return range === null || textOf(range) !== mark.text;
              });
            }""",
            [
                {"block_id": m.block_id, "start": m.start, "end": m.end, "text": m.text}
                for m in marks
            ],
        )
        assert wrong == []
        assert len(marks) >= len(blocks)
    assert {"heading", "paragraph", "list", "table", "code", "math"} <= kinds


def test_words_that_no_longer_stand_there_are_not_marked(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    [source] = sources_of(page, "part-1/chapter-03-kinematics", "Three facts follow")
    source["marks"][0]["text"] = "Four facts follow"
    answer_with(page, answered([source]))
    ask(page)
    page.locator(".cite").click()

    expect(page.locator(".quote .moved")).to_contain_text("couldn't be marked")
    assert page.evaluate(f"{ACTIVE}.length") == 0


def test_what_is_not_in_the_book_is_said_with_the_nearest_passages(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    ask(page, "Who won the football world cup in 1998?")

    expect(page.locator(".none")).to_have_text("I don't have this information in the book.")
    assert page.locator(".answer .chip, .verdict").count() == 0
    expect(page.locator(".near").first).to_be_visible()


def test_closest_passages_are_said_to_be_only_that(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    near = sources_of(page, "part-1/chapter-03-kinematics", "Three facts follow")
    words = "The book may not answer this. These passages come closest."
    answer_with(
        page,
        answered([], answer=words, nearest=near, mode="closest", grounded=False, sentences=[]),
    )
    ask(page)

    expect(page.locator(".none")).to_have_text(words)
    expect(page.locator(".quote.near blockquote")).to_have_text("Three facts follow")
    assert page.locator(".chip").count() == 0


def test_sentences_of_a_model_carry_chips_and_what_is_unproven_says_so(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    sources = sources_of(page, "part-1/chapter-03-kinematics", "Three facts follow")
    sentences = [
        {"text": "There are three facts.", "support": "supported", "sources": [0]},
        {"text": "Robots are fun.", "support": "unsupported", "sources": []},
    ]
    answer_with(page, answered(sources, mode="model", sentences=sentences))
    ask(page)

    chip = page.get_by_role(
        "button", name="Source 1: Kinematics: where the hand is › Here", exact=True
    )
    expect(page.locator(".quote")).to_be_hidden()
    chip.click()
    expect(page.locator(".quote blockquote")).to_have_text("Three facts follow")
    expect(chip).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".unsupported")).to_have_text("Robots are fun. Not in the book")


def test_a_failure_shows_the_problem_and_can_be_tried_again(new_page: NewPage) -> None:
    page = new_page(expected="503")
    open_chapter(page)
    problem = {"title": "Busy", "status": 503, "detail": "Ask again soon.", "request_id": "r-1"}
    answer_with(page, problem, status=503)
    ask(page)

    expect(page.locator(".banner")).to_contain_text("Ask again soon.")
    expect(page.locator(".banner")).to_contain_text("r-1")
    page.unroute("**/api/chat/ask")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".quote").first).to_be_visible()


def test_offline_is_said_and_the_open_text_stays(new_page: NewPage) -> None:
    page = new_page(expected="ERR_INTERNET_DISCONNECTED")
    open_chapter(page)
    page.context.set_offline(True)
    expect(page.locator(".offline")).to_be_visible()
    ask(page)

    expect(page.locator(".banner")).to_contain_text("You are offline")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".offline")).to_be_hidden()


def test_a_page_that_is_not_there_says_so(new_page: NewPage) -> None:
    page = new_page(expected="404")
    page.goto(f"{BOOK}/no/such-chapter")
    expect(page.locator(".banner")).to_be_visible()
    page.get_by_role("link", name="Go to the library").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Library")


def test_the_keyboard_is_enough(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    page.keyboard.type("Where do the columns of")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("the rotation matrix point?")
    expect(box).to_have_value("Where do the columns of\nthe rotation matrix point?")
    page.keyboard.press("Enter")
    expect(page.locator(".quote").first).to_be_visible()
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    until(page, f"{ACTIVE}.length > 0")
    page.keyboard.press("Escape")
    expect(page.locator(".margin")).to_be_hidden()
    assert page.evaluate(f"{ACTIVE}.length") == 0


def test_people_who_listen_are_told(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    ask(page)
    expect(page.locator("[role=status]")).to_have_text("Answer complete. 3 quotes checked.")
    page.locator(".cite").first.click()
    expect(page.locator("[role=status]")).to_contain_text("Quote found.")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, textarea")].filter((e) =>
             !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length"""
    )
    assert nameless == 0


def test_no_page_scrolls_sideways_on_a_phone(new_page: NewPage) -> None:
    page = new_page(360, 700)
    book = page.request.get("/api/books/physical-ai").json()
    places = ["/", BOOK, *(f"{BOOK}/{row['chapter_id']}" for row in book["chapters"])]
    for address in places:
        page.goto(address)
        page.wait_for_selector("main h1")
        until(page, "!document.querySelector('[data-tex]:not([data-set])')")
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
    }
    source = {
        "chapter_id": "c",
        "book_id": "x",
        "block_id": HOSTILE,
        "title": HOSTILE,
        "section": HOSTILE,
        "quote": HOSTILE,
        "url": "javascript:alert(1)",
        "mark": None,
    }
    page.route("**/api/books/x", lambda route: route.fulfill(json=book))
    page.route("**/api/chapters/**", lambda route: route.fulfill(json=chapter))
    answer_with(page, answered([source], answer=HOSTILE))
    page.goto("/b/x")
    page.wait_for_selector("main h1")
    page.goto("/b/x/c")
    page.wait_for_selector("article")
    ask(page, HOSTILE)
    page.wait_for_timeout(200)

    assert page.locator("main img, .margin img, body script").count() == 0
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


def test_colours_follow_the_system_and_the_button(new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    open_chapter(page)
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Colours: automatic").click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"


def test_deep_links_and_reloads_keep_the_place(new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{KINEMATICS}#moving-the-origin-too")
    heading = page.get_by_role("heading", name="Moving the origin too")
    until(page, "!document.querySelector('[data-tex]:not([data-set])')")
    expect(heading).to_be_in_viewport()
    place = read_on(page)
    page.reload()
    until(page, f"Math.abs(scrollY - {place}) < 20")
