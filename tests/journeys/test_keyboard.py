"""A student's and a researcher's whole way by keyboard alone: no pointer, no focus set by the test.

Only keys are pressed. What has the focus is found by pressing Tab until it is reached, as a person
does; what can't be reached that way fails the test.
"""

from __future__ import annotations

import time

import pytest
from files_tools import PAPER, given
from playwright.sync_api import Page, expect
from reader_tools import ACTIVE, BOOK, SHOWN, NewPage, until

pytestmark = pytest.mark.browser
PASSWORD = "a long phrase for tests"
REACHED = "(selector) => document.activeElement?.matches(selector) ?? false"
# What has the focus is seen: it has an outline, and it isn't hidden behind the bars.
SHOWN_FOCUS = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const top = document.elementFromPoint(
    Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width / 2, 8))),
    Math.min(innerHeight - 1, Math.max(0, box.top + box.height / 2)));
  return getComputedStyle(at).outlineStyle !== "none" && at.contains(top);
}"""


def tab(page: Page, selector: str, *, back: bool = False, most: int = 80) -> None:
    """Press Tab until something that matches has the focus, and can be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(REACHED, selector):
            assert page.evaluate(SHOWN_FOCUS), f"The focus on {selector} can't be seen."
            return
    raise AssertionError(f"{selector} isn't reached by Tab.")


def typed(page: Page, words: str) -> None:
    page.keyboard.type(words)


def test_a_student(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    page.wait_for_selector(".library .card")
    tab(page, "a.person")
    page.keyboard.press("Enter")
    page.wait_for_selector("main form")
    tab(page, "main a[href^='/signup']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign up")
    tab(page, "input[type=email]")
    typed(page, f"keys-{time.time_ns()}@example.org")
    tab(page, "input[type=password]")
    typed(page, PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".library .card")
    tab(page, ".cards a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BOOK}")
    tab(page, "main a[href$='chapter-03-kinematics']")
    page.keyboard.press("Enter")
    page.wait_for_selector("article h1")
    # Ask, and go to the first citation.
    page.keyboard.press("a")
    expect(page.get_by_label("Your question")).to_be_focused()
    typed(page, "Why is the inverse of a rotation matrix equal to its transpose?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread .answer:not([aria-busy]) .cite")
    tab(page, ".thread .cite", back=True)
    page.keyboard.press("Enter")
    until(page, f"{ACTIVE}.length > 0")
    words = page.locator(".quote blockquote").first.evaluate("(b) => b.textContent")
    assert "".join(page.evaluate(SHOWN)[:1]).split()[:5] == words.split()[:5]
    page.keyboard.press("Escape")
    until(page, f"{ACTIVE}.length === 0")
    # On: a follow-up, the author's Urdu, done, and home.
    tab(page, "#glossator-question")
    typed(page, "And its determinant?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread:nth-of-type(2) .answer:not([aria-busy]) > *")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    tab(page, f".slot a[href='{BOOK}/intro']", back=True)
    page.keyboard.press("Enter")
    expect(page.locator("article h1")).to_have_text("About this course")
    page.keyboard.press("u")
    expect(page.locator("article")).to_have_attribute("dir", "rtl")
    page.keyboard.press("u")
    expect(page.locator("article")).to_have_attribute("dir", "ltr")
    tab(page, ".finish input")
    page.keyboard.press("Space")
    expect(page.get_by_label("Mark as done")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_selector(".library .card")
    expect(page.locator(".leading, .card").first).to_contain_text("%")


def test_a_researcher(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    account = {"email": f"r-{time.time_ns()}@example.org", "password": PASSWORD, "name": "R"}
    assert page.request.post("/api/auth/signup", data={**account, "session": "cookie"}).ok
    page.goto("/")
    page.wait_for_selector(".library .card")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_selector(".files h1")
    tab(page, ".files-head button")
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files([given("gripper.pdf", PAPER)])
    page.wait_for_selector(".file[data-kind=ready]", timeout=30_000)
    tab(page, ".file-name a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pdf-page img")
    tab(page, "#glossator-question")
    typed(page, "When does the gripper close?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread .answer:not([aria-busy]) .cite", timeout=30_000)
    tab(page, ".thread .cite", back=True)
    page.keyboard.press("Enter")
    expect(page.locator(".pdf-mark.on").first).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator(".pdf-mark.on")).to_have_count(0)
    tab(page, ".top a[href='/files']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".file[data-kind=ready]")
    tab(page, ".file summary")
    page.keyboard.press("Enter")
    tab(page, ".file .menu-list button:last-of-type")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    expect(dialog).to_contain_text("1")
    tab(page, "[role=alertdialog] button.bad")
    page.keyboard.press("Enter")
    expect(page.locator(".file")).to_have_count(0)
    # Nothing is left that the focus could go to but the heading; Undo is the next stop but one.
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.get_by_role("button", name="Undo").evaluate("(b) => b === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".file")).to_have_count(1)
