"""A document in the viewer: pages as pictures, their words, marks, and its text."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from axe_tools import violations
from files_tools import (
    LINES,
    LOCKED,
    PAPER,
    PASSWORD,
    PATIENCE_MS,
    QUOTE,
    SECRET,
    WIDTHS,
    sideways,
    signed_in,
    too_small,
    uploaded,
)  # fmt: skip
from playwright.sync_api import expect

from conftest import NewPage
from pdf_maker import Text, make_pdf
from people_site import word
from server_tools import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: small files, and as many accounts as the tests want."""
    data = tmp_path_factory.mktemp("files") / "data"
    data.mkdir()
    limits = {"GLOSSATOR_SIGNUPS_PER_HOUR": "100000", "GLOSSATOR_MAX_UPLOAD_MB": "2"}
    with serving(data, **limits) as address:
        yield address


@dataclass(frozen=True)
class Shelf:
    """An account and its two documents' ids."""

    email: str
    paper: str
    locked: str


ALIVE = """[...document.querySelectorAll(".pdf-page")].filter((each) => each.childElementCount)
  .length"""


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.long)])
def test_only_the_pages_near_the_reader_are_alive(new_page: NewPage, count: int) -> None:
    page = signed_in(new_page())
    pages = [
        [Text(70, 700, f"This is page number {n} of many."), Text(70, 400, QUOTE)]
        for n in range(1, count + 1)
    ]
    found = uploaded(page, "long.pdf", make_pdf(pages))
    assert found["pages"] == count
    page.goto(f"/files/{found['document_id']}")
    page.wait_for_selector(".pdf-page img")
    for to in (count // 2, count - 1, 3):
        page.fill(".pdf-number", str(to))
        page.keyboard.press("Enter")
        there = page.locator(f".pdf-page:nth-child({to})")
        expect(there.locator(".pdf-words")).to_contain_text(f"page number {to} of")
        expect(there.locator("img")).to_be_visible()
        assert page.evaluate(ALIVE) <= 3
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    client.send("Performance.enable")
    metrics = client.send("Performance.getMetrics")["metrics"]
    heap = next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize")
    assert heap < 200_000_000
    # Where one was is remembered, also over a new start of the window.
    page.goto("/files")
    page.wait_for_selector(".file")
    page.goto(f"/files/{found['document_id']}")
    expect(page.locator(".pdf-number")).to_have_value("3")


COPY = """() => {
  const lines = document.querySelectorAll(".pdf-page:first-child .pdf-line");
  getSelection().setBaseAndExtent(lines[1], 0, lines[2], lines[2].childNodes.length);
  const data = new DataTransfer();
  lines[1].dispatchEvent(new ClipboardEvent("copy", { bubbles: true, clipboardData: data }));
  return data.getData("text/plain");
}"""
BOXES = """() => {
  const sheet = document.querySelector(".pdf-page").getBoundingClientRect();
  return [...document.querySelectorAll(".pdf-page:first-child .pdf-line > span")].map((word) => {
    const box = word.getBoundingClientRect();
    return [word.textContent, (box.x - sheet.x) / sheet.width, box.width / sheet.width];
  });
}"""


def test_words_can_be_selected_and_copied_as_they_are_read(new_page: NewPage) -> None:
    page = signed_in(new_page())
    found = uploaded(page, "paper.pdf", PAPER)
    page.goto(f"/files/{found['document_id']}")
    page.wait_for_selector(".pdf-words")
    assert page.evaluate(COPY) == "\n".join(LINES)
    words = page.request.get(f"/api/docs/{found['document_id']}/pages/1/words").json()["lines"]
    boxes = page.evaluate(BOXES)
    for (text, x, width), told in zip(boxes, itertools.chain(*words), strict=True):
        assert text == told[0]
        # In fractions of the page: 0.004 of it are 2.4 points, a fifth of a letter.
        assert abs(x - told[1]) < 0.004
        assert abs(width - told[3]) < 0.004


def test_text_of_any_document_is_shown_with_the_exact_words(new_page: NewPage) -> None:
    page = signed_in(new_page())
    quote = "closes at nine newtons"
    notes = (
        f"# Notes\n\nThe *gripper* {quote}. It opens again.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    found = uploaded(page, "notes.md", notes.encode())
    page.goto(f"/files/{found['document_id']}")
    expect(page.locator("gl-document-text")).to_contain_text(quote)
    assert page.locator(".pdf-tools").count() == 0
    assert violations(page) == []


@pytest.fixture(scope="module")
def shelf(server: str) -> Shelf:
    """Somebody with a paper and a locked file, for whoever only looks."""
    person = {"email": "looks@example.org", "password": PASSWORD, "name": "R"}
    with httpx2.Client(base_url=server, timeout=60) as client:
        told = client.post("/api/auth/signup", json=person).json()
        who = {"authorization": f"Bearer {told['access_token']}"}
        files = [("files", ("paper.pdf", PAPER)), ("files", ("locked.pdf", LOCKED))]
        sent = client.post("/api/upload", headers=who, files=files).json()["documents"]
        paper, locked = (each["document_id"] for each in sent)
        states: set[str] = set()
        while not states or not states <= {"ready", "failed"}:
            time.sleep(0.1)
            every = (client.get(f"/api/docs/{one}", headers=who).json() for one in (paper, locked))
            states = {each["status"] for each in every}
    return Shelf(person["email"], paper, locked)


def every_view(new_page: NewPage, shelf: Shelf, width: int, tongue: str) -> None:
    page = new_page(width, 900)
    person = {"email": shelf.email, "password": PASSWORD, "session": "cookie"}
    assert page.request.post("/api/auth/login", data=person).ok
    page.add_init_script(f"localStorage.setItem('glossator.language', '\"{tongue}\"')")
    page.goto(f"/files/{shelf.paper}")
    page.wait_for_selector(".pdf-words")
    assert violations(page) == []
    assert not sideways(page)
    assert too_small(page, width) == []
    assert page.locator("h1").count() == 1
    page.locator(".pdf-view").click()
    page.wait_for_selector("gl-document-text .block")
    assert violations(page) == []
    page.goto(f"/files/{shelf.locked}")
    page.wait_for_selector(".file-lock input")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "tongue"), [(1280, "en"), (360, "ur")])
def test_the_viewer_is_accessible(new_page: NewPage, shelf: Shelf, width: int, tongue: str) -> None:
    every_view(new_page, shelf, width, tongue)


@pytest.mark.long
@pytest.mark.parametrize("tongue", ["en", "ur"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_viewer_is_accessible_at_every_width(
    new_page: NewPage, shelf: Shelf, width: int, tongue: str
) -> None:
    every_view(new_page, shelf, width, tongue)


def test_a_locked_file_opens_in_the_viewer(new_page: NewPage) -> None:
    page = signed_in(new_page(expected="Failed to load resource"))
    found = uploaded(page, "locked.pdf", LOCKED)
    page.goto(f"/files/{found['document_id']}")
    field = page.get_by_label("Password of the file")
    field.fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".file-trouble")).to_have_text("This password doesn't open the file.")
    field.fill(SECRET)
    page.keyboard.press("Enter")
    expect(page.locator(".pdf-page img")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".viewer-state")).to_have_count(0, timeout=PATIENCE_MS)


def test_a_damaged_page_says_so_and_the_others_stay(new_page: NewPage) -> None:
    page = signed_in(new_page(expected="Failed to load resource"))
    found = uploaded(page, "paper.pdf", PAPER)
    problem = {"type": "unusable-input", "detail": "Page 1 can't be read: it is damaged."}
    page.route("**/pages/1/picture*", lambda route: route.fulfill(status=422, json=problem))
    page.goto(f"/files/{found['document_id']}")
    note = page.locator(".pdf-page:nth-child(1) .pdf-note")
    expect(note).to_have_text("Page 1 cannot be shown. The other pages can.")
    expect(page.locator(".pdf-page:nth-child(2) img")).to_be_attached()


def test_an_upload_is_never_shown_as_a_page_of_ours(new_page: NewPage) -> None:
    page = signed_in(new_page())
    html = b"<h1>Words</h1><script>document.title = 'taken over'</script><p>A sentence.</p>"
    found = uploaded(page, "page.html", html)
    answer = page.request.get(f"/api/docs/{found['document_id']}/raw")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    page.goto(f"/files/{found['document_id']}")
    expect(page.locator("gl-document-text")).to_contain_text("A sentence.")
    assert "taken over" not in page.title()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_question_about_the_file_leads_to_its_words_on_the_page(
    new_page: NewPage, width: int
) -> None:
    page = signed_in(new_page(width, 800, expected="status of 404"))
    found = uploaded(page, "paper.pdf", PAPER)
    page.goto(f"/files/{found['document_id']}")
    page.wait_for_selector(".pdf-page img")
    if width < 768:
        page.locator(".bar").get_by_role("button", name="Ask").click()
    box = page.get_by_label("Your question")
    expect(box).to_have_attribute("placeholder", "Ask about this file")
    box.fill("When does the gripper close?")
    box.press("Enter")
    cite = page.locator(".cite").first
    expect(cite).to_be_visible(timeout=PATIENCE_MS)
    # Every quote of the answers is marked at once, and the one that is asked for stands out.
    expect(page.locator(".pdf-mark").first).to_be_attached()
    assert page.locator(".pdf-mark.on").count() == 0
    cite.click()
    mark = page.locator(".pdf-mark.on").first
    expect(mark).to_be_in_viewport(ratio=1)
    expect(cite).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[role=status]")).to_have_text("Quote found on page 1.")
    if width < 768:
        assert page.locator(".margin").get_attribute("data-stop") == "peek"
        sheet, box_of = page.locator(".margin").bounding_box(), mark.bounding_box()
        assert sheet is not None
        assert box_of is not None
        assert box_of["y"] + box_of["height"] < sheet["y"]
    assert violations(page) == []
    assert not sideways(page)
    page.keyboard.press("Escape")
    expect(page.locator(".pdf-mark.on")).to_have_count(0)
    answers = page.request.get(f"/api/docs/{found['document_id']}/quoted").json()["answers"]
    assert answers == 1
    # Without the file the quote leads to what became of it.
    assert page.request.delete(f"/api/docs/{found['document_id']}", headers=word(page)).ok
    page.goto(f"/files/{found['document_id']}?start=0&end=5")
    expect(page.get_by_role("heading", level=1)).to_have_text("This file was removed.")
    expect(page.get_by_text("Answers that quote it keep its words")).to_be_visible()
