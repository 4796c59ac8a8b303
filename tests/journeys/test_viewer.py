"""A document in the viewer: pages as pictures, their words, marks, and its text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from files_tools import (
    LINES,
    LOCKED,
    PAPER,
    PATIENCE_MS,
    QUOTE,
    SECRET,
    WIDTHS,
    broken,
    sideways,
    signed_in,
    too_small,
    uploaded,
)  # fmt: skip
from playwright.sync_api import expect

from conftest import NewPage
from pdf_maker import Text, make_pdf
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


ALIVE = """[...document.querySelectorAll(".pdf-page")].filter((each) => each.childElementCount)
  .length"""


def test_only_the_pages_near_the_reader_are_alive(new_page: NewPage) -> None:
    page = signed_in(new_page())
    pages = [
        [Text(70, 700, f"This is page number {n} of many."), Text(70, 400, QUOTE)]
        for n in range(1, 501)
    ]
    found = uploaded(page, "long.pdf", make_pdf(pages))
    assert found["pages"] == 500
    page.goto(f"/files/{found['document_id']}")
    page.wait_for_selector(".pdf-page img")
    for to in (250, 499, 3):
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
    for (text, x, width), word in zip(boxes, itertools.chain(*words), strict=True):
        assert text == word[0]
        # In fractions of the page: 0.004 of it are 2.4 points, a fifth of a letter.
        assert abs(x - word[1]) < 0.004
        assert abs(width - word[3]) < 0.004


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
    assert broken(page) == []


@pytest.mark.parametrize("tongue", ["en", "ur"])
def test_the_viewer_is_accessible_at_every_width(new_page: NewPage, tongue: str) -> None:
    for width in WIDTHS:
        page = signed_in(new_page(width, 900), tongue)
        found = uploaded(page, "paper.pdf", PAPER)
        page.goto(f"/files/{found['document_id']}")
        page.wait_for_selector(".pdf-words")
        assert broken(page) == [], (width, tongue)
        assert not sideways(page), (width, tongue)
        assert too_small(page, width) == [], (width, tongue)
        assert page.locator("h1").count() == 1
        page.locator(".pdf-view").click()
        page.wait_for_selector("gl-document-text .block")
        assert broken(page) == [], (width, tongue)
        locked = uploaded(page, "locked.pdf", LOCKED)
        page.goto(f"/files/{locked['document_id']}")
        page.wait_for_selector(".file-lock input")
        assert broken(page) == [], (width, tongue)


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
    page = signed_in(new_page(width, 800))
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
    assert broken(page) == []
    assert not sideways(page)
    page.keyboard.press("Escape")
    expect(page.locator(".pdf-mark.on")).to_have_count(0)
    answers = page.request.get(f"/api/docs/{found['document_id']}/quoted").json()["answers"]
    assert answers == 1
