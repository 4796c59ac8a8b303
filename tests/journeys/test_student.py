"""A student's way: from nothing to a cited answer, an account, Urdu, and back the next day."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from reader_tools import ACTIVE, BOOK, SAFETY, SHOWN, NewPage, open_chapter, read_on, until

pytestmark = pytest.mark.browser
PASSWORD = "a long phrase for tests"


def sign_up(page: Page, name: str) -> None:
    """An account with the cookie of this window."""
    fields = {"email": f"{name}@example.org", "password": PASSWORD, "name": name}
    answer = page.request.post("/api/auth/signup", data={**fields, "session": "cookie"})
    assert answer.ok, answer.text()


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (360, 740)])
def test_the_first_cited_answer_comes_within_seconds(
    new_page: NewPage, width: int, height: int
) -> None:
    """No account, no key, three clicks at most; the server's own part is under a second."""
    page = new_page(width, height)
    page.goto(BOOK)
    page.get_by_role("link", name="Start reading").click()
    page.wait_for_selector("article h1")
    if width < 768:
        page.locator(".bar button").last.click()
    began = time.monotonic()
    with page.expect_response("**/api/chat/ask") as answered:
        page.locator(".suggestions button").first.click()
    page.wait_for_selector(".cite")
    assert time.monotonic() - began < 10
    assert answered.value.ok
    told = page.evaluate("document.querySelector('gl-margin').talk.threads.value[0].answer")
    assert told["grounded"]
    assert told["response_time"] < 1
    expect(page.locator(".proven")).to_contain_text("checked word for word")


@pytest.mark.parametrize(
    "chapter",
    ["part-1/chapter-01-embodied-ai", "part-2/chapter-05-ros2", "part-3/chapter-10-safety"],
)
def test_suggested_questions_are_answered_from_the_book(new_page: NewPage, chapter: str) -> None:
    page = new_page()
    open_chapter(page, f"{BOOK}/{chapter}")
    buttons = page.locator(".suggestions button")
    expect(buttons.first).to_be_visible()
    for question in buttons.all_text_contents():
        body = {"question": question, "book_id": "physical-ai"}
        answer = page.request.post("/api/chat/ask", data=body).json()
        assert answer["grounded"], question


def test_a_students_way_through_a_chapter(new_page: NewPage) -> None:
    page = new_page()
    page.goto(BOOK)
    sign_up(page, f"student-{time.time_ns()}")
    open_chapter(page, SAFETY)
    box = page.get_by_label("Your question")
    box.fill("What does an emergency stop do?")
    box.press("Enter")
    cite = page.locator(".cite").first
    cite.click()
    until(page, f"{ACTIVE}.length > 0")
    words = page.locator(".quote blockquote").first.evaluate("(b) => b.textContent")
    assert "".join(page.evaluate(SHOWN)).split() == words.split()
    box.fill("And why is that?")
    box.press("Enter")
    page.wait_for_selector(".thread:nth-of-type(2) .answer:not([aria-busy]) > *")
    page.get_by_label("Mark as done").check()
    open_chapter(page, f"{BOOK}/intro")
    page.get_by_role("button", name=f"Language of the text: {'اردو'}").click()
    expect(page.locator("article")).to_have_attribute("dir", "rtl")
    expect(page.locator(".form-note")).to_contain_text("The author's own translation.")
    open_chapter(page, f"{BOOK}/part-1/chapter-03-kinematics")
    read_on(page)
    with page.expect_request(lambda r: r.method == "PUT" and r.url.endswith("/place")) as put:
        page.wait_for_timeout(3500)
    kept = put.value.post_data_json
    assert kept["chapter_id"] == "part-1/chapter-03-kinematics"
    # The next day, on another device: only the account is the same.
    page.evaluate("localStorage.clear()")
    page.goto(BOOK)
    resume = page.get_by_role("link", name="Continue reading")
    expect(resume).to_have_attribute(
        "href", f"{BOOK}/{kept['chapter_id']}#{quote(kept['block_id'])}"
    )
    contents = page.get_by_role("main")
    expect(contents.get_by_label("Done")).to_have_count(1)
    resume.click()
    until(page, "scrollY > 100")
    page.locator(".margin-head .menu summary").click()
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator(".session").first).to_contain_text("What does an emergency stop do?")
