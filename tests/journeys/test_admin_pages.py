"""The page of administrators and authors in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect
from reader_tools import KINEMATICS, open_chapter

from people_site import ABSENT, HOSTILE, QUESTION, NewPage, Site, ask, enter, heading, word

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


def test_a_learner_opens_admin_and_nothing_is_fetched(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(page, site, "curious@example.org")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/admin" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.goto("/admin/people")
    heading(page, "This page is for teachers.")
    page.wait_for_timeout(300)
    assert asked == []


def test_an_author_adds_a_book_and_sees_what_was_not_answered(
    new_page: NewPage, site: Site, tmp_path: Path
) -> None:
    page = new_page()
    enter(page, site, "author@example.org", "author")
    other = new_page()
    enter(other, site, "asker@example.org")
    page.goto("/admin")
    heading(page, "Books")
    tabs = page.get_by_role("navigation", name="Sections of Admin").get_by_role("link")
    expect(tabs).to_have_text(["Books", "Missing"])
    page.get_by_role("button", name="Add a book").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a book").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose at least one file.")
    file = tmp_path / "gears.md"
    file.write_text("# Gears\n\nA gear turns another gear.\n", "utf-8")
    dialog.get_by_label("Files:").set_input_files(file)
    dialog.get_by_label("Short name for addresses").fill("gears")
    dialog.get_by_role("button", name="Add a book").click()
    row = page.get_by_role("row").filter(has_text="gears")
    expect(row).to_contain_text("Ready", timeout=20_000)
    row.get_by_label("Who sees Gears").select_option("members")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert other.request.get("/api/books/gears").json()["visibility"] == "members"
    for question in (ABSENT, ABSENT.upper(), f"{ABSENT} mail me at ann@school.example"):
        ask(other, question)
    page.get_by_role("link", name="Missing").click()
    heading(page, "Missing from the book")
    line = page.locator(".gaps > li").filter(has_text=re.compile("monarch", re.IGNORECASE))
    expect(line).to_have_count(1)
    expect(line).to_contain_text("3 questions")
    expect(line.get_by_role("listitem").filter(has_text="[email]")).to_have_count(1)
    expect(line.get_by_role("listitem").filter(has_text="× 2")).to_have_count(1)
    relevant = re.compile("Not relevant.*monarch", re.IGNORECASE)
    page.get_by_role("button", name=relevant).click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=relevant)).to_be_visible()
    told = page.request.get("/api/admin/missing").json()["items"]
    question = next(gap["question"] for gap in told if "monarch" in gap["question"].lower())
    page.get_by_role("button", name=relevant).click()
    expect(undo).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Mistakes that readers found")).to_be_visible()
    expect(line).to_have_count(0)
    body = {"book_id": "physical-ai", "question": question, "aside": False}
    page.request.put("/api/admin/missing/aside", data=body, headers=word(page))
    page.reload()
    expect(line).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Text for an issue (Markdown)").click()
    assert "- [ ] **" in Path(saved.value.path()).read_text("utf-8")
    assert "ann@school" not in page.content()
    page.get_by_role("link", name="Books", exact=True).click()
    row.get_by_role("button", name="Remove Gears").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_a_reader_reports_a_mistake_and_an_author_mends_it(new_page: NewPage, site: Site) -> None:
    page, theirs = new_page(), new_page()
    enter(theirs, site, "finder@example.org")
    open_chapter(theirs)
    theirs.evaluate(
        "getSelection().selectAllChildren(document.querySelector('.text .paragraph p'))"
    )
    theirs.get_by_role("button", name="Report a mistake").click()
    dialog = theirs.get_by_role("dialog", name="Report a mistake")
    expect(dialog.locator("blockquote")).to_contain_text("Close your eyes")
    dialog.get_by_label("What is wrong?").fill(HOSTILE)
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("Thank you. The author will see this.")
    theirs.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    enter(page, site, "mender@example.org", "author")
    page.goto("/admin/missing")
    row = page.locator(".mistakes li")
    expect(row.locator("blockquote")).to_contain_text("Close your eyes")
    expect(row).to_contain_text("<script>alert(1)</script>")
    expect(row.get_by_role("link")).to_have_attribute("href", re.compile(KINEMATICS + "#b-"))
    row.get_by_role("button", name=re.compile("Mended")).click()
    expect(page.get_by_text("Nobody has reported a mistake.")).to_be_visible()
    expect(page.get_by_role("heading", name="Mistakes that readers found")).to_be_focused()


def test_a_guest_who_finds_a_mistake_is_asked_to_log_in(new_page: NewPage) -> None:
    page = new_page()
    open_chapter(page)
    page.get_by_label("More", exact=True).first.click()
    page.get_by_role("button", name="Report a mistake").click()
    dialog = page.get_by_role("dialog", name="Report a mistake")
    expect(dialog.get_by_role("link", name="Log in")).to_have_attribute(
        "href", re.compile("/login")
    )


def test_a_limit_of_a_cent_and_the_same_cents_on_both_pages(new_page: NewPage, site: Site) -> None:
    """By keyboard alone."""
    page, theirs = new_page(), new_page()
    enter(page, site, "boss@example.org", "admin")
    enter(theirs, site, "spender@example.org", name="Spender")
    first = ask(theirs, QUESTION)
    assert first["degraded"] is None
    page.goto("/admin/people")
    row = page.get_by_role("row").filter(has_text="spender@example.org")
    row.get_by_role("button", name="Change Spender").focus()
    page.keyboard.press("Enter")
    choice = page.get_by_role("dialog").get_by_label("Cents a day for models", exact=True)
    choice.focus()
    page.keyboard.press("o")
    number = page.get_by_role("dialog").get_by_label("Cents a day for models: amount")
    number.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("of $0.01 used")
    expect(row).to_contain_text("own amount")
    expect(row.get_by_role("button", name="Change Spender")).to_be_focused()
    second = ask(theirs, QUESTION)
    assert (second["degraded"], second["mode"]) == ("budget", "extractive")
    page.reload()
    told = re.search(r"\$[\d.]+ of \$0\.01 used", row.inner_text())
    assert told is not None
    theirs.goto("/usage")
    expect(theirs.locator("gl-meter").filter(has_text="Money for models")).to_contain_text(told[0])
    assert "$0.00 of" not in told[0]


def test_the_switch_stops_new_answers_at_once_and_leaves_old_ones(
    new_page: NewPage, site: Site
) -> None:
    page, theirs = new_page(), new_page()
    enter(page, site, "boss@example.org", "admin")
    enter(theirs, site, "answered@example.org")
    kept = ask(theirs, QUESTION)
    page.goto("/admin")
    heading(page, "Overview")
    switch = page.get_by_role("switch", name="Stop all model calls")
    switch.click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Reading and stored answers keep working.")
    dialog.get_by_role("button", name="Stop all model calls").click()
    expect(switch).to_have_attribute("aria-checked", "true")
    before = site.provider.bill.requests
    try:
        assert ask(theirs, QUESTION)["degraded"] == "no_model"
        assert site.provider.bill.requests == before
        assert theirs.request.get(f"/api/chat/messages/{kept['message_id']}").ok
    finally:
        switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert ask(theirs, QUESTION)["degraded"] is None
    expect(page.get_by_role("img", name=re.compile("Money by day, 30 days"))).to_be_visible()


def test_invitation_roles_and_shutting_out(new_page: NewPage, site: Site) -> None:
    page, theirs = new_page(expected="status of 409"), new_page(expected="status of 401")
    enter(page, site, "boss@example.org", "admin")
    enter(theirs, site, "pupil@example.org", name=HOSTILE)
    page.goto("/admin/people")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("How many may sign up with it").fill("30")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.locator("code").inner_text()
    assert re.fullmatch(re.escape(site.address) + r"/signup\?invitation=[\w-]{22}", link)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_label("Find by name or email").fill("pupil")
    expect(page.get_by_role("row")).to_have_count(2)
    row = page.get_by_role("row").filter(has_text="pupil@example.org")
    expect(row).to_contain_text("<img src=x onerror=alert(1)>")
    row.get_by_role("combobox").select_option("author")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert theirs.request.get("/api/auth/me").json()["role"] == "author"
    row.get_by_role("button", name=re.compile("Shut out")).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Shut out").click()
    expect(row).to_contain_text("shut out")
    assert theirs.request.get("/api/auth/me").status == 401


def test_limits_of_roles_and_health(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(page, site, "boss@example.org", "admin")
    page.goto("/admin/limits")
    page.get_by_role("button", name="Change Teacher").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Translated chapters a day", exact=True).select_option("unlimited")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="Teacher")).to_contain_text("Unlimited")
    page.get_by_role("link", name="Jobs and health").click()
    expect(page.get_by_role("row").filter(has_text="Database")).to_contain_text("works")
