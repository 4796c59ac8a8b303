"""From an answer to its exact words in the book, and back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from reader_tools import (
    ACTIVE,
    BOOK,
    KINEMATICS,
    KINEMATICS_ID,
    SAFETY,
    SAFETY_ID,
    SEEN,
    SHOWN,
    TEXT_OF,
    WIDTHS,
    NewPage,
    answer_with,
    answered,
    ask,
    chapter_of,
    open_chapter,
    place_of,
    read_on,
    settled,
    sources_of,
    stands_at,
    until,
)

from glossator.library.marks import mark_quote

pytestmark = pytest.mark.browser


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
                f"""(box) => {{
              const range = document.createRange();
              range.selectNodeContents(box);
              return ({TEXT_OF})(range);
            }}"""
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
    read_on(page)
    block, top = place_of(page)
    words = "There is an easy way to remember it"
    [source] = sources_of(page, KINEMATICS_ID, words)
    answer_with(page, answered([source]))
    ask(page)
    page.locator(".cite").last.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Kinematics")
    until(page, f"{ACTIVE}.length === 1")
    assert page.evaluate(SHOWN) == [words]
    assert page.url.endswith(f"{KINEMATICS}#{source['block_id']}")
    assert page.locator(".quote").count() == 1

    page.get_by_role("button", name="Back to where I was").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Safety")
    stands_at(page, block, top)
    expect(page.get_by_role("button", name="Back to where I was")).to_be_hidden()


def test_folds_and_tabs_open_for_a_quote(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page, SAFETY)
    page.wait_for_selector("[role=tab]")
    chapter = SAFETY_ID
    text = page.request.get(f"/api/chapters/{chapter}?book_id=physical-ai").json()["content"]
    code = text[text.index("```python") :].split("\n")[1]
    fold = page.locator(".text details:not(.diagram) .paragraph").nth(1).get_attribute("data-start")
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
        chapter, blocks = chapter_of(page, row["chapter_id"])
        kinds |= {block.kind.value for block in blocks}
        marks = []
        for block in blocks:
            third = (block.end - block.start) // 3
            for start, end in ((block.start, block.end), (block.start + third, block.end - third)):
                marks += mark_quote(chapter["content"], blocks, start, end)
        open_chapter(page, f"{BOOK}/{row['chapter_id']}")
        settled(page)
        wrong = page.evaluate(
            f"""(marks) => {{
              const page = document.querySelector("gl-text");
              const textOf = {TEXT_OF};
              return marks.filter((mark) => {{
                const range = page.find(mark);
                return range === null || textOf(range) !== mark.text;
              }});
            }}""",
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
    [source] = sources_of(page, KINEMATICS_ID, "Three facts follow")
    source["marks"][0]["text"] = "Four facts follow"
    answer_with(page, answered([source]))
    ask(page)
    page.locator(".cite").click()

    expect(page.locator(".quote .moved")).to_contain_text("could not be marked")
    assert page.evaluate(f"{ACTIVE}.length") == 0


def test_a_quote_off_the_screen_comes_to_a_third_of_the_height_and_one_comes_back(
    new_page: NewPage,
) -> None:
    page = new_page()
    open_chapter(page)
    settled(page)
    words = "There is an easy way to remember it"
    answer_with(page, answered(sources_of(page, KINEMATICS_ID, words)))
    ask(page)
    place = page.evaluate("scrollY")
    page.locator(".cite").click()
    until(page, f"{ACTIVE}.length === 1")
    seen = page.evaluate(SEEN)
    share = (seen["top"] - seen["above"]) / (seen["below"] - seen["above"])
    assert 0.25 < share < 0.45
    page.get_by_role("button", name="Back to where I was").click()
    until(page, f"Math.abs(scrollY - {place}) <= 2")
    assert page.evaluate(f"{ACTIVE}.length") == 0


def test_a_marked_sentence_leads_to_its_thread_and_back(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    settled(page)
    answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Close your eyes")))
    ask(page)
    badge = page.locator(".text .asked")
    expect(badge).to_have_attribute("aria-label", "1: 1 question quotes this")
    box = page.evaluate(
        """() => {
          const [range] = CSS.highlights.get("glossator-quote");
          const { left, top, width, height } = range.getBoundingClientRect();
          return [left + width / 2, top + height / 2];
        }"""
    )
    page.mouse.click(*box)
    expect(page.locator(".cite")).to_be_focused()
    badge.click()
    expect(page.locator(".cite")).to_be_focused()
