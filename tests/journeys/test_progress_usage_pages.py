"""Progress and usage in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from account_tools import PASSWORD
from people_site import QUESTION, NewPage, Site, ask, enter, heading, word

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


def test_progress_shows_chapters_questions_and_what_to_read_again(
    new_page: NewPage, site: Site
) -> None:
    page = new_page()
    enter(page, site, "learner@example.org")
    page.goto("/progress")
    expect(page.get_by_text("Read one section and it will appear here.")).to_be_visible()
    chapter = {"chapter_id": "part-1/chapter-03-kinematics", "book_id": "physical-ai"}
    page.request.post("/api/user/progress/open", data=chapter, headers=word(page))
    for _ in range(2):
        ask(page, QUESTION)
    page.goto("/progress")
    expect(page.get_by_text("1 chapter opened · 2 questions asked")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("begun, 2 questions asked"))).to_have_count(1)
    again = page.get_by_role("region", name="To read again")
    expect(again.get_by_text("asked 2 times")).to_be_visible()
    expect(page.get_by_role("region", name="Words you asked about")).to_contain_text("columns")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = Path(download.value.path()).read_text("utf-8").splitlines()
    assert rows[0] == "book_id,book,chapter_id,chapter,state,questions"
    assert any(row.endswith(",begun,2") for row in rows)


def test_a_guest_is_led_to_log_in_and_back(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(new_page(), site, "back@example.org")
    page.goto("/progress")
    heading(page, "Log in to see this page.")
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    page.get_by_label("Email").fill("back@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/progress$"))


def test_usage_tells_number_period_and_when_it_begins_anew(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(page, site, "user@example.org")
    answer = ask(page, QUESTION)
    page.goto("/usage")
    questions = page.locator("gl-meter").filter(has_text="Questions").first
    expect(questions).to_contain_text(
        re.compile(r"This hour: 19 of 20 left\s+Starts again at (\w+ \w+, )?\d\d:00, (in|this)")
    )
    row = page.get_by_role("row").filter(has_text="Questions").first
    expect(row).to_be_visible()
    page.get_by_role("switch", name="Show exact numbers").click()
    expect(page.get_by_role("columnheader", name="Tokens in")).to_be_visible()
    tokens = f"{answer['usage']['input_tokens']:,}"
    expect(page.get_by_role("cell", name=tokens)).to_be_visible()
