"""Marked words: by mouse, by touch and by keyboard, and what is done with them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from reader_tools import (
    KINEMATICS_ID,
    NewPage,
    answer_with,
    answered,
    open_chapter,
    settled,
    sources_of,
    until,
)

pytestmark = pytest.mark.browser

WORDS = "Close your eyes and touch your nose."


def mark(page: Page, selector: str = ".text .paragraph p", words: str = WORDS) -> None:
    """Mark words as a browser does for whoever drags over them."""
    page.evaluate(
        """([selector, words]) => {
          const node = document.querySelector(selector).firstChild;
          getSelection().setBaseAndExtent(node, 0, node, words.length);
        }""",
        [selector, words],
    )


def test_a_sentence_marked_by_mouse_is_explained(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    settled(page)
    bodies = answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Close your eyes")))
    box = page.locator(".text .paragraph p").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 14, steps=4)
    page.mouse.up()
    bar = page.get_by_role("toolbar", name="Selected text")
    expect(bar).to_be_visible()
    placed = bar.bounding_box()
    assert placed is not None
    assert placed["y"] + placed["height"] <= box["y"] + 14 or placed["y"] >= box["y"] + 28
    bar.get_by_role("button", name="Explain").click()
    expect(page.locator(".thread .about")).to_contain_text("Close your eyes")
    (body,) = bodies
    assert body["selected_text"].startswith("Close your eyes")
    assert body["chapter_id"] == KINEMATICS_ID
    assert "only_selection" not in body


def test_a_question_is_asked_of_the_marked_words_alone(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    words = "If I know the joint angles, where is the hand?"
    at = page.locator(".text .paragraph p", has_text=words).first
    at.evaluate("(p) => getSelection().selectAllChildren(p)")
    page.get_by_role("button", name="Ask…").click()
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    expect(page.locator(".composer .about")).to_contain_text("The chapter asks three questions")
    page.get_by_label("Answer only from this").check()
    block = at.evaluate("(p) => p.closest('.block').id")
    box.fill("Which three questions about the desk arm does the chapter ask?")
    with page.expect_request("**/api/chat/ask") as sent:
        box.press("Enter")
    assert sent.value.post_data_json["only_selection"] is True
    answer = sent.value.response()
    assert answer is not None
    page.wait_for_selector(".answer:not([aria-busy]) > *")
    expect(page.locator(".composer .about")).to_have_count(0)
    # The stream's last object names every source: none but the marked block.
    cited = page.evaluate(
        """() => [...document.querySelector("gl-margin").talk.sources].map((s) => s.block_id)"""
    )
    assert set(cited) <= {block}


def test_by_touch_the_bar_stands_below_and_nothing_near_the_words(new_page: NewPage) -> None:
    page = new_page(360, 740)
    open_chapter(page)
    page.touchscreen.tap(180, 400)
    mark(page)
    bar = page.get_by_role("toolbar", name="Selected text")
    expect(bar).to_be_visible()
    placed = bar.bounding_box()
    words = page.evaluate("getSelection().getRangeAt(0).getBoundingClientRect().bottom")
    assert placed is not None
    assert placed["y"] - words >= 80
    assert placed["y"] + placed["height"] == pytest.approx(740, abs=1)
    small = page.locator(".deeds button").evaluate_all(
        "(all) => all.filter((b) => b.offsetHeight < 44).length"
    )
    assert small == 0


def test_sentences_are_marked_by_keyboard_and_explained(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Close your eyes")))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("s")
    until(page, f"getSelection().toString() === '{WORDS}'")
    page.keyboard.press("ArrowRight")
    until(page, "getSelection().toString().startsWith('You did it')")
    page.keyboard.press("Shift+ArrowRight")
    until(page, "getSelection().toString().includes('is that knowledge')")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Explain")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Simpler")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".thread .about")).to_contain_text("You did it")


def test_too_much_is_said_to_be_too_much(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.text'))")
    expect(page.locator(".deeds")).to_contain_text("Please choose a shorter part")
    assert page.locator(".deeds button").count() == 0


def test_a_guest_is_asked_to_log_in_for_what_must_be_made(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    mark(page)
    page.get_by_role("button", name="Simpler").click()
    expect(page.locator(".passage")).to_contain_text("Log in to have passages")
    page.locator(".passage").get_by_role("button", name="Close").click()
    expect(page.locator(".passage")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('.block')")
