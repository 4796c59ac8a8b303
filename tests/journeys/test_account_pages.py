"""Signing up, logging in and settings in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from account_tools import PASSWORD
from people_site import ABSENT, QUESTION, NewPage, Site, ask, enter, heading

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(site: Site) -> str:
    """What `new_page` opens."""
    return site.address


def test_a_guest_signs_up_and_keeps_questions(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    for question in (QUESTION, QUESTION, ABSENT):
        ask(page, question)
    page.goto("/signup?next=/progress")
    heading(page, "Sign up")
    page.get_by_label("Email").fill("keeper@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    expect(page.get_by_label("Keep my 3 questions")).to_be_checked()
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile("/progress$"))
    expect(page.get_by_text("3 questions asked")).to_be_visible()
    assert page.request.get("/api/chat/sessions").json()["total"] == 3


def test_what_is_wrong_is_said_at_the_top_and_beside_its_field(
    new_page: NewPage, site: Site
) -> None:
    page = new_page(expected="status of 40")
    page.goto("/signup")
    page.get_by_label("Email").fill("no address")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Sign up").click()
    summary = page.get_by_role("alert").filter(has_text="Please check this")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="The password needs at least 10 characters.").click()
    field = page.get_by_label("Password", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_attribute("aria-describedby", "password-hint password-wrong")
    shown = page.get_by_role("button", name="Show password")
    shown.click()
    expect(shown).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_attribute("type", "text")
    enter(new_page(), site, "taken@example.org")
    page.get_by_label("Email").fill("taken@example.org")
    field.fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(summary).to_contain_text("already has an account")


def test_wrong_address_and_wrong_password_look_the_same_and_waiting_is_counted(
    new_page: NewPage, site: Site
) -> None:
    page = new_page(expected="status of 4")
    enter(new_page(), site, "slow@example.org")
    page.goto("/login")
    summary = page.get_by_role("alert").filter(has_text="Please check this")
    told = []
    for email in ("nobody@example.org", "slow@example.org"):
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill("not the phrase")
        page.get_by_role("button", name="Log in").click()
        expect(summary).to_be_focused()
        told.append(summary.inner_text())
    assert told[0] == told[1]
    for _ in range(6):
        page.get_by_role("button", name="Log in").click()
        page.wait_for_timeout(150)
    expect(page.locator(".wait")).to_contain_text(re.compile(r"Try again in \d+"))
    button = page.get_by_role("button", name="Log in")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_label("Email")).to_have_value("slow@example.org")


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_after_logging_in_one_stays_here(new_page: NewPage, site: Site, next_: str) -> None:
    page = new_page()
    enter(new_page(), site, "stays@example.org")
    page.goto(f"/login?next={next_}")
    page.get_by_label("Email").fill("stays@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    assert page.url.startswith(f"{site.address}/")


def test_logging_out_leaves_nothing_behind(new_page: NewPage, site: Site) -> None:
    page = new_page(expected="status of 401")
    enter(page, site, "private@example.org", name="Zebedee Private")
    page.goto("/settings")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Zebedee Private")
    page.goto("/progress")
    page.evaluate(
        """async () => {
          const cache = await caches.open("glossator");
          await cache.put("/api/chapters/x?book_id=b", new Response("private"));
          localStorage.setItem("glossator.place", '"private"');
          localStorage.setItem("glossator.theme", '"dark"');
          sessionStorage.setItem("draft", "private");
          await new Promise((done) => {
            const opening = indexedDB.open("glossator-outbox");
            opening.onsuccess = () => { opening.result.close(); done(); };
          });
        }"""
    )
    page.goto("/settings")
    page.get_by_role("region", name="Devices").get_by_role(
        "button", name="Log out", exact=True
    ).click()
    page.wait_for_url(f"{site.address}/")
    heading(page, "Library")
    left = page.evaluate(
        """async () => ({
          // The library that a guest sees is kept anew.
          local: Object.keys(localStorage).filter((name) => name !== "glossator.library"),
          session: sessionStorage.length, caches: await caches.keys(),
          databases: (await indexedDB.databases()).length, cookie: document.cookie,
        })"""
    )
    assert left == {
        "local": ["glossator.theme"], "session": 0, "caches": [], "databases": 0, "cookie": "",
    }  # fmt: skip
    page.go_back()
    page.wait_for_timeout(500)
    assert "Zebedee" not in page.content()
    assert "private@example.org" not in page.inner_text("body")


def test_questions_that_wait_are_asked_about_before_logging_out(
    new_page: NewPage, site: Site
) -> None:
    page = new_page()
    enter(page, site, "waiter@example.org")
    page.goto("/usage")
    page.evaluate("localStorage.setItem('glossator.outbox', '[{}, {}]')")
    page.locator("details.person summary").click()
    page.get_by_role("button", name="Log out").click()
    heading(page, "Settings")
    devices = page.get_by_role("region", name="Devices")
    devices.get_by_role("button", name="Log out", exact=True).click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("2 questions still wait to be sent.")
    dialog.get_by_role("button", name="Cancel").click()
    assert page.request.get("/api/auth/me").ok
    devices.get_by_role("button", name="Log out everywhere").click()
    dialog.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{site.address}/")
    assert page.evaluate("localStorage.getItem('glossator.outbox')") is None


def test_settings_are_kept_and_speak_both_languages(new_page: NewPage, site: Site) -> None:
    page = new_page()
    enter(page, site, "settings@example.org")
    page.goto("/settings")
    page.get_by_label("Dark", exact=True).check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.get_by_role("textbox", name="Name").fill("Ada L.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()
    page.get_by_role("region", name="Language").get_by_label("اردو").check()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_label("۱۲۳").check()
    page.reload()
    heading(page, "سیٹنگز")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    kept = page.evaluate("Object.fromEntries(Object.entries(localStorage))")
    assert kept["glossator.keys"] == "false"
    assert kept["glossator.digits"] == '"arabext"'
    assert page.request.get("/api/auth/me").json()["name"] == "Ada L."


def test_password_export_and_leaving(new_page: NewPage, site: Site) -> None:
    page = new_page(expected="status of 40")
    enter(page, site, "leaver@example.org")
    page.goto("/settings")
    page.get_by_label("Current password").fill("not the phrase")
    page.get_by_label("New password").fill("another long phrase")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert").filter(has_text="Please check this")).to_be_focused()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The password is changed.").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["account"]["name"] == "Ada"
    opener = page.get_by_role("button", name="Delete my account")
    opener.click()
    dialog = page.get_by_role("alertdialog")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_label("Type your password").fill("another long phrase")
    dialog.get_by_role("button", name="Delete my account").click()
    page.wait_for_url(f"{site.address}/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    again = page.request.post(
        "/api/auth/login", data={"email": "leaver@example.org", "password": "another long phrase"}
    )
    assert again.status == 401
