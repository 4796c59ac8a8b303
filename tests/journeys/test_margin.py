"""Questions in the Margin: every kind of answer, and what goes wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from reader_tools import (
    ACTIVE,
    KINEMATICS_ID,
    NewPage,
    answer_with,
    answered,
    ask,
    open_chapter,
    put,
    sources_of,
    stream_of,
    until,
)

pytestmark = pytest.mark.browser


def test_what_is_not_in_the_book_is_said_with_the_nearest_passages(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    ask(page, "Who won the football world cup in 1998?")

    expect(page.locator(".none")).to_have_text("I don't have this information in the book.")
    assert page.locator(".answer .chip, .proven").count() == 0
    expect(page.locator(".near").first).to_be_visible()
    with page.expect_response("**/feedback") as told:
        page.get_by_role("button", name="Tell the author it is missing").click()
    assert told.value.ok
    expect(page.locator(".rated").first).to_be_visible()


def test_closest_passages_are_said_to_be_only_that(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    near = sources_of(page, KINEMATICS_ID, "Three facts follow")
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
    sources = sources_of(page, KINEMATICS_ID, "Three facts follow")
    sentences = [
        {"text": "There are three facts.", "support": "supported", "sources": [0]},
        {"text": "Robots are fun.", "support": "unsupported", "sources": []},
    ]
    answer_with(page, answered(sources, mode="model", sentences=sentences))
    ask(page)

    chip = page.get_by_role(
        "button", name="Source 1: Kinematics: where the hand is › Here", exact=True
    )
    expect(page.locator(".quote")).to_have_count(0)
    chip.click()
    expect(page.locator(".quote blockquote")).to_have_text("Three facts follow")
    expect(chip).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".unsupported")).to_have_text("Robots are fun. Not in the book")
    expect(page.locator(".verdict")).to_contain_text("1 sentence is not in the book")
    chip.click()
    expect(page.locator(".quote")).to_have_count(0)


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
    assert page.locator(".thread").count() == 1


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
    assert page.evaluate(f"{ACTIVE}.length") == 0
    page.keyboard.press("Escape")
    expect(page.locator(".margin")).to_be_hidden()


def test_people_who_listen_are_told(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    spoken: list[str] = []

    def hear(words: str) -> None:
        spoken.append(words)

    page.expose_function("hear", hear)
    page.evaluate(
        """() => new MutationObserver(([{ target }]) => hear(target.textContent)).observe(
             document.querySelector("[role=status]"), { childList: true, characterData: true })"""
    )
    ask(page)
    whole = "Answer complete. 3 quotes checked word for word."
    expect(page.locator("[role=status]")).to_have_text(whole)
    # Its beginning and its end, each once, and nothing of what streams.
    assert [words for words in spoken if words] == ["Answer started", whole]
    page.locator(".cite").first.click()
    expect(page.locator("[role=status]")).to_contain_text("Quote found.")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, textarea")].filter((e) =>
             !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length"""
    )
    assert nameless == 0


def test_an_offline_question_waits_and_is_asked_once(new_page: NewPage) -> None:
    page = new_page(expected="ERR_INTERNET_DISCONNECTED")
    open_chapter(page)
    bodies = answer_with(page, answered(sources_of(page, KINEMATICS_ID, "Close your eyes")))
    page.context.set_offline(True)
    expect(page.locator(".offline")).to_be_visible()
    put(page, "First?")
    put(page, "Second?")
    expect(page.locator(".waiting")).to_have_count(2)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert bodies == []
    page.context.set_offline(False)
    expect(page.locator(".offline")).to_be_hidden()
    expect(page.locator(".quote")).to_have_count(2)
    assert [body["question"] for body in bodies] == ["First?", "Second?"]
    assert page.evaluate("localStorage['glossator.outbox'] === undefined")


def test_no_more_than_five_questions_wait(new_page: NewPage) -> None:
    page = new_page(expected="ERR_INTERNET_DISCONNECTED")
    open_chapter(page)
    page.context.set_offline(True)
    for n in range(6):
        put(page, f"Question {n}?")
    expect(page.locator(".waiting")).to_have_count(5)
    expect(page.locator("[role=alert]")).to_contain_text("5 questions wait already")
    expect(page.get_by_label("Your question")).to_have_value("Question 5?")


def test_questions_that_waited_long_are_sent_only_after_asking(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    bodies = answer_with(page, answered([]))
    page.evaluate(
        """() => localStorage.setItem("glossator.outbox", JSON.stringify([{ book: "physical-ai",
             question: "Old?", about: null, chapter: null, at: Date.now() - 11 * 60000 }]))"""
    )
    page.reload()
    expect(page.locator(".back-online")).to_contain_text("Send 1 waiting question?")
    assert bodies == []
    page.locator(".back-online").get_by_role("button", name="Ask").click()
    expect(page.locator(".thread")).to_have_count(1)
    assert [body["question"] for body in bodies] == ["Old?"]


def test_a_spent_allowance_ends_by_itself(new_page: NewPage) -> None:
    page = new_page(expected="429")
    open_chapter(page)
    problem = {"type": "quota-exceeded", "title": "Used up", "status": 429, "detail": "All used."}
    answer_with(page, problem, 429, **{"retry-after": "2"})
    put(page)
    expect(page.locator(".spent")).to_contain_text("They come back at")
    expect(page.locator(".spent")).to_contain_text("You can still read")
    box = page.get_by_label("Your question")
    expect(box).to_have_attribute("aria-disabled", "true")
    page.unroute("**/api/chat/ask")
    expect(page.locator(".spent")).to_have_count(0)
    expect(box).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("[role=status]")).to_have_text("You can ask again.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".quote").first).to_be_visible()
    assert page.locator(".thread").count() == 1


def test_an_answer_that_breaks_off_keeps_its_part(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    parts = stream_of(
        {"type": "start", "messageId": "m"},
        {"type": "text-start", "id": "answer"},
        {"type": "text-delta", "id": "answer", "delta": "The columns point along the axes"},
        {"type": "error", "errorText": "The server is being restarted. Ask again in a moment."},
    )
    page.route(
        "**/api/chat/ask",
        lambda route: route.fulfill(headers={"content-type": "text/event-stream"}, body=parts),
    )
    ask(page)
    expect(page.locator(".tail")).to_have_text("The columns point along the axes")
    expect(page.locator(".answer .banner")).to_contain_text("The answer stopped half way.")
    page.get_by_role("button", name="Keep what arrived").click()
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator(".tail")).to_be_visible()
    page.unroute("**/api/chat/ask")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".quote").first).to_be_visible()
    assert page.locator(".thread").count() == 1


def test_conversations_go_on_and_are_renamed_and_deleted(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    ask(page, "What is a rotation matrix?")
    page.reload()
    expect(page.locator(".question")).to_have_text("What is a rotation matrix?")
    menu = page.locator(".margin-head .menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name="New conversation").click()
    expect(page.locator(".thread")).to_have_count(0)
    ask(page)
    menu.locator("summary").click()
    menu.get_by_role("button", name="Conversations").click()
    expect(page.locator(".session")).to_have_count(2)
    page.get_by_role("button", name="Rename: What is a rotation matrix?").click()
    page.get_by_label("New title").fill("Matrices")
    page.keyboard.press("Enter")
    page.locator(".session", has_text="Matrices").click()
    expect(page.locator(".question")).to_have_text("What is a rotation matrix?")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="Delete: Matrices").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(page.locator(".session")).to_have_count(2)


def test_the_margin_is_made_wider_by_keys_and_remembered(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    edge = page.get_by_role("separator", name="Width of the Margin")
    edge.focus()
    before = int(edge.get_attribute("aria-valuenow") or 0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", str(before + 48))
    box = page.locator(".margin").bounding_box()
    assert box is not None
    assert abs(box["width"] - before - 48) <= 1
    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 48))
    page.keyboard.press("Tab")
    edge.focus()
    page.keyboard.press("Home")
    expect(edge).to_have_attribute("aria-valuenow", "300")
