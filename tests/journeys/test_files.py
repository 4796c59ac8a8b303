"""A researcher's files: added, watched while they are read, removed."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_tools import violations
from files_tools import (
    LOCKED,
    PAPER,
    QUOTE,
    SCAN,
    SECRET,
    WIDTHS,
    add,
    given,
    in_state,
    opened,
    row,
    sideways,
    signed_in,
    too_small,
    uploaded,
)  # fmt: skip
from playwright.sync_api import FileChooser, Page, Route, expect

from conftest import NewPage
from format_maker import docx_of, word_paragraph
from pdf_maker import Text as PdfText
from pdf_maker import make_pdf
from server_tools import serving

pytestmark = pytest.mark.browser

URDU = "میرا مقالہ (آخری).pdf"
HOSTILE = '"><img src=x onerror=alert(1)>.md'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: small files, and as many accounts as the tests want."""
    data = tmp_path_factory.mktemp("files") / "data"
    data.mkdir()
    limits = {"GLOSSATOR_SIGNUPS_PER_HOUR": "100000", "GLOSSATOR_MAX_UPLOAD_MB": "2"}
    with serving(data, **limits) as address:
        yield address


# Of the dark of a page's picture between two heights (in points from its lower edge, as the page
# lies before it is turned) how much there is, and how much of it lies within the marks.
INK = """async ([low, high, turned]) => {
  const sheet = document.querySelectorAll(".pdf-page")[turned ? 1 : 0];
  const picture = sheet.querySelector("img");
  const { naturalWidth: wide, naturalHeight: tall } = picture;
  const canvas = Object.assign(document.createElement("canvas"), { width: wide, height: tall });
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const data = context.getImageData(0, 0, wide, tall).data;
  const box = sheet.getBoundingClientRect();
  const found = [...sheet.querySelectorAll(".pdf-mark.on")];
  const marks = found.map((each) => each.getBoundingClientRect());
  let dark = 0, inside = 0;
  for (let y = 0; y < tall; y++) for (let x = 0; x < wide; x++) {
    if (data[4 * (y * wide + x)] > 128) continue;
    const across = (x + 0.5) / wide, down = (y + 0.5) / tall;
    // Turned by 90 degrees, what was at the lower edge is at the left one.
    const height = 842 * (turned ? across : 1 - down);
    if (height < low || height > high) continue;
    dark++;
    const px = box.x + across * box.width, py = box.y + down * box.height;
    const within = (m) => px >= m.x && px <= m.right && py >= m.y && py <= m.bottom;
    if (marks.some(within)) inside++;
  }
  return [dark, inside, marks.length];
}"""
# Tells each state that a row is in.
STATES = """() => new MutationObserver(() => {
  for (const row of document.querySelectorAll(".file")) saw(row.dataset.kind);
}).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-kind"] })"""


def removing(page: Page, name: str, answer: str) -> None:
    """Ask for a file to be removed, and answer the dialog."""
    row(page, name).locator("summary").click()
    row(page, name).get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name=answer).click()


def test_a_researcher_adds_a_paper_sees_the_quote_and_removes_it(new_page: NewPage) -> None:
    page = opened(signed_in(new_page(expected="404", own=True)))
    expect(page.locator(".empty")).to_contain_text("Add a paper and ask about it.")
    seen: list[str] = []

    def saw(kind: str) -> None:
        seen.append(kind)

    page.expose_function("saw", saw)
    page.evaluate(STATES)
    add(page, given("gripper (final).pdf", PAPER))
    ready = in_state(page, "gripper (final).pdf", "ready")
    expect(ready).to_contain_text("2 pages")
    order = ["sending", "checking", "waiting", "reading", "finding", "ready"]
    steps = [order.index(kind) for kind, _ in itertools.groupby(seen)]
    assert steps == sorted(steps), seen
    expect(page.locator("[role=status]")).to_contain_text("Ready")

    ready.get_by_role("link", name="gripper (final).pdf").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("On grippers")
    page.wait_for_selector(".pdf-page img")
    identity = page.url.rsplit("/", 1)[1]
    the_quote_lies_under_its_marks(page, identity)

    opened(page)
    in_state(page, "gripper", "ready")
    removing(page, "gripper", "Keep it")
    expect(row(page, "gripper").locator("summary")).to_be_focused()
    removing(page, "gripper", "Remove")
    expect(page.locator(".file")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "gripper").get_by_role("link").first).to_be_focused()
    assert page.request.get(f"/api/docs/{identity}").ok
    page.clock.install()
    removing(page, "gripper", "Remove")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.clock.fast_forward(8_000)
    assert page.request.get(f"/api/docs/{identity}").ok
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.clock.fast_forward(2_500)
    assert page.request.get(f"/api/docs/{identity}").status == 404


def the_quote_lies_under_its_marks(page: Page, identity: str) -> None:
    text = page.request.get(f"/api/docs/{identity}/text").text()
    for turned, start in ((False, text.index(QUOTE)), (True, text.rindex(QUOTE))):
        page.goto(f"/files/{identity}?start={start}&end={start + len(QUOTE)}")
        page.wait_for_selector(".pdf-mark.on")
        for zoom in (50, 100, 250):
            page.evaluate("(zoom) => document.querySelector('gl-viewer').setZoom(zoom)", zoom)
            page.wait_for_timeout(100)
            page.evaluate("document.querySelector('gl-pages').reveal()")
            picture = page.locator(".pdf-page:has(.pdf-mark.on) img")
            expect(picture).to_have_count(1)
            picture.evaluate("(img) => img.decode()")
            page.wait_for_timeout(100)
            dark, inside, marks = page.evaluate(INK, [475, 520, turned])
            assert marks == 2
            assert dark > 500
            assert inside >= 0.95 * dark, (turned, zoom, inside / dark)
            first = page.locator(".pdf-mark.on").first.bounding_box()
            assert first is not None
            assert 56 <= first["y"] <= 860


def test_closing_the_window_within_the_ten_seconds_keeps_the_file(new_page: NewPage) -> None:
    page = signed_in(new_page())
    doc = uploaded(page, "kept.pdf", PAPER)
    opened(page)
    in_state(page, "kept.pdf", "ready").get_by_role("link", name="kept.pdf").focus()
    page.keyboard.press("Delete")
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".file")).to_have_count(0)
    page.close()
    # Nothing of the page lives on that could still do it.
    assert page.context.pages == page.context.service_workers == []
    assert page.context.request.get(f"/api/docs/{doc['document_id']}").json()["status"] == "ready"


def test_what_is_wrong_with_a_file_has_its_own_words_and_button(new_page: NewPage) -> None:
    page = opened(signed_in(new_page(expected="Failed to load resource")))
    notes = docx_of(word_paragraph("Notes about a gripper and its sensor."))
    add(
        page,
        given("locked.pdf", LOCKED), given("scan.pdf", SCAN), given("none.pdf", b""),
        given("holiday.pdf", b"MZ\x90\x00" + bytes(2_000)), given("notes.docx", notes),
        given("huge.pdf", b"%PDF-1.5\n" + bytes(2_100_000)), given(URDU, PAPER),
    )  # fmt: skip
    in_state(page, "notes.docx", "ready")
    add(page, given("the same.docx", notes))

    locked = in_state(page, "locked.pdf", "needs")
    expect(locked).to_contain_text("It is used once and not stored.")
    scan = in_state(page, "scan.pdf", "needs")
    expect(scan).to_contain_text("No text found. The pages are pictures.")
    expect(in_state(page, "none.pdf", "needs")).to_contain_text("This file is empty.")
    expect(in_state(page, "holiday.pdf", "needs")).to_contain_text(
        "This type is not supported yet."
    )
    expect(in_state(page, "huge.pdf", "needs")).to_contain_text(
        "Too big: 2.1 MB. The limit is 2 MB."
    )
    same = in_state(page, "the same.docx", "needs")
    expect(same).to_contain_text("notes.docx")
    expect(same.get_by_role("link", name="Open")).to_be_visible()
    expect(in_state(page, URDU, "ready").locator("bdi")).to_have_text(URDU)
    assert "NaN" not in page.inner_text("main")

    scan.get_by_role("button", name="Read with OCR").click()
    expect(scan.locator(".file-trouble")).to_contain_text("doesn't read pictures of text")
    locked.get_by_label("Password of the file").fill("wrong")
    locked.get_by_role("button", name="Open the file").click()
    expect(locked.locator(".file-trouble")).to_have_text("This password doesn't open the file.")
    locked.get_by_label("Password of the file").fill(SECRET)
    locked.get_by_role("button", name="Open the file").click()
    in_state(page, "locked.pdf", "ready")
    row(page, "holiday.pdf").get_by_role("button", name="Remove").click()
    expect(row(page, "holiday.pdf")).to_have_count(0)


def children(of: int) -> Iterator[int]:
    """The processes that a process has started, and theirs."""
    for task in Path(f"/proc/{of}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from children(int(child))


@pytest.mark.long
def test_a_reader_that_is_killed_leaves_a_reason_and_is_tried_again(
    new_page: NewPage, server: str
) -> None:
    page = opened(signed_in(new_page()))
    pages = [[PdfText(70, 700, f"Page {n} tells of grippers and sensors.")] for n in range(3_000)]
    add(page, given("long.pdf", make_pdf(pages)))
    expect(row(page, "long.pdf")).to_contain_text(re.compile("Reading page"), timeout=60_000)
    # The helper is a child of the server, whoever reads the file is a child of the helper.
    listening = next(each for each in children(os.getpid()) if serves(each, server))
    helpers = [each for each in children(listening) if "ingestion.cell" in command(each)]
    os.kill(helpers[-1], signal.SIGKILL)
    failed = in_state(page, "long.pdf", "failed")
    expect(failed.locator(".file-trouble")).to_contain_text("too complex to be read")
    failed.get_by_role("button", name="Try again").click()
    expect(row(page, "long.pdf")).to_have_attribute("data-kind", "ready", timeout=180_000)


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def serves(process: int, address: str) -> bool:
    return f"--port {address.rsplit(':', 1)[1]}" in command(process)


DROP = """(names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File([`# ${name}\\n\\nWords.`], name));
  const drag = (kind) => document.querySelector("main").dispatchEvent(
    new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
  drag("dragover");
  drag("drop");
}"""


def test_many_files_are_dropped_at_once_and_stand_each_for_itself(new_page: NewPage) -> None:
    page = opened(signed_in(new_page()))
    names = [f"note {n}.md" for n in range(12)]
    page.evaluate(DROP, names)
    for name in names:
        in_state(page, name, "ready")
    page.get_by_label("Search your files").fill("note 11")
    expect(page.locator(".file")).to_have_count(1)
    expect(page.locator("[role=status]")).to_contain_text("1 file found")
    page.get_by_label("Search your files").fill("")
    page.get_by_label("Sort by").select_option(label="Name")
    expect(page.locator(".file-name").first).to_have_text("note 0.md")
    assert page.evaluate("localStorage.getItem('glossator.files.sort')") == '"filename"'


def told(page: Page, *docs: dict[str, Any]) -> None:
    """Have the page hear of these documents, and of no others."""
    listed = {"items": list(docs), "total": len(docs), "file_limit_bytes": 2_000_000}

    def events(route: Route) -> None:
        identity = route.request.url.split("/")[-2]
        found = next(each for each in docs if each["document_id"] == identity)
        body = f"event: progress\ndata: {json.dumps(found)}\n\n"
        route.fulfill(content_type="text/event-stream", body=body)

    page.route(re.compile(r"/api/docs(\?|$)"), lambda route: route.fulfill(json=listed))
    page.route("**/api/docs/*/events", events)
    page.route("**/api/docs/*/quoted", lambda route: route.fulfill(json={"answers": 4}))


def doc(name: str, status: str, done: int = 0, total: int = 0, **more: Any) -> dict[str, Any]:
    unit = "chunks" if status == "embedding" else "pages"
    return {
        "document_id": f"d-{name}", "title": name, "filename": name, "format": "pdf",
        "media_type": "application/pdf", "size": 1_000_000, "checksum": "x", "status": status,
        "error": None, "reason": None, "notes": [],
        "progress": {"stage": status, "done": done, "total": total, "unit": unit},
        "language": "en", "words": 0, "chunk_count": 3, "pages": None, "pages_searchable": None,
        "created_at": "2026-11-21T10:00:00+00:00", "last_processed_at": None,
        "raw_url": "/api/docs/x/raw", **more,
    }  # fmt: skip


MOMENT = "2026-11-21T10:00:00+00:00"
EVERY = (
    doc("waits.pdf", "queued"),
    doc("reads.pdf", "parsing", 12, 40),
    doc("unknown.pdf", "parsing", 3, 0),
    doc("finds.pdf", "embedding", 32, 32, pages=40, pages_searchable=12),
    doc("ready.pdf", "ready", pages=8, pages_searchable=8, last_processed_at=MOMENT),
    doc("locked.pdf", "failed", reason="password", error="It is protected."),
    doc("scan.pdf", "failed", reason="scan", error="It holds no text."),
    doc("broken.pdf", "failed", error="It is damaged and can't be opened."),
    doc("stopped.pdf", "failed", reason="stopped", error="You stopped it."),
)


def test_no_row_pretends_to_be_whole_and_silence_is_told(new_page: NewPage) -> None:
    page = signed_in(new_page(own=True))
    told(page, *EVERY)
    page.clock.install()
    opened(page)
    expect(row(page, "reads.pdf")).to_contain_text("Reading page 12 of 40")
    assert row(page, "reads.pdf").locator("progress").get_attribute("value") == "0.3"
    assert row(page, "unknown.pdf").locator("progress").get_attribute("value") is None
    assert float(row(page, "finds.pdf").locator("progress").get_attribute("value") or 0) < 1
    expect(row(page, "finds.pdf")).to_contain_text("12 of 40 pages can be asked now")
    expect(row(page, "waits.pdf")).to_contain_text("Waiting, number 1")
    assert "Slow" not in page.inner_text("main")
    page.clock.run_for(70_000)
    for name in ("reads.pdf", "finds.pdf"):
        expect(row(page, name)).to_contain_text("Slow, still working")
    for name in ("waits.pdf", "ready.pdf"):
        expect(row(page, name)).not_to_contain_text("Slow")
    assert not re.search(r"NaN|100\s*%|undefined", page.inner_text("main"))


def every_state(new_page: NewPage, width: int, theme: str, tongue: str) -> None:
    page = signed_in(new_page(width, 900, color_scheme=theme), tongue)
    told(page, *EVERY)
    opened(page)
    page.wait_for_selector(".file")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if tongue == "ur" else "ltr")
    assert violations(page) == []
    assert not sideways(page)
    assert too_small(page, width) == []
    row(page, "ready.pdf").locator("summary").click()
    row(page, "ready.pdf").get_by_role("button").last.click()
    expect(page.get_by_role("alertdialog")).to_contain_text("4")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "theme", "tongue"), [(1280, "light", "en"), (360, "dark", "ur")])
def test_a_state_is_accessible(new_page: NewPage, width: int, theme: str, tongue: str) -> None:
    every_state(new_page, width, theme, tongue)


@pytest.mark.long
@pytest.mark.parametrize("tongue", ["en", "ur"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_is_accessible_at_every_width(
    new_page: NewPage, width: int, theme: str, tongue: str
) -> None:
    every_state(new_page, width, theme, tongue)


def test_the_keyboard_is_enough(new_page: NewPage) -> None:
    page = signed_in(new_page())
    # From the start: a chooser that opens before the browser is asked to tell of it is lost.
    choosers: list[FileChooser] = []

    def choosing(chooser: FileChooser) -> None:
        choosers.append(chooser)

    page.on("filechooser", choosing)
    uploaded(page, "paper.pdf", PAPER)
    opened(page)
    in_state(page, "paper.pdf", "ready")
    page.keyboard.press("a")
    for _ in range(100):
        if choosers:
            break
        page.wait_for_timeout(50)
    choosers[0].set_files([given("by keyboard.md", "# Words\n\nAnd a sentence.")])
    in_state(page, "by keyboard.md", "ready")
    page.get_by_role("link", name="by keyboard.md").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="by keyboard.md")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="paper.pdf")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(".pdf-page img")
    page.locator(".pdf-scroll").focus()
    page.keyboard.press("PageDown")
    expect(page.locator(".pdf-number")).to_have_value("2")
    page.keyboard.press("Home")
    expect(page.locator(".pdf-number")).to_have_value("1")
    page.keyboard.press("g")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator(".pdf-number")).to_have_value("2")
    page.locator(".pdf-scroll").focus()
    before = page.locator(".pdf-percent").inner_text()
    page.keyboard.press("+")
    expect(page.locator(".pdf-percent")).not_to_have_text(before)
    page.keyboard.press("0")
    expect(page.locator(".pdf-percent")).to_have_text(before)


def test_hostile_names_stay_text_and_turn_nothing_round(new_page: NewPage) -> None:
    page = opened(signed_in(new_page()))
    add(
        page,
        given(HOSTILE, "# <script>alert(1)</script>\n\nOne sentence."),
        given("fdp\u202eexe.md", "# \u202eWords\n\nTwo."),
    )
    in_state(page, "onerror", "ready")
    turned = in_state(page, "fdp", "ready")
    assert "\u202e" not in turned.inner_text()
    expect(turned.locator("bdi")).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    row(page, "onerror").get_by_role("link").first.click()
    page.wait_for_selector("gl-document-text .block")
    assert page.locator("main img, main script").count() == 0
    assert "\u202e" not in page.title()


def test_guests_are_told_what_to_do(new_page: NewPage) -> None:
    page = new_page()
    for address in ("/files", "/files/d0"):
        page.goto(address)
        link = page.locator("main").get_by_role("link", name="Log in")
        expect(link).to_have_attribute("href", f"/login?next={quote(address, safe='/')}")
        assert violations(page) == []


def test_offline_the_list_stays_and_adding_waits(new_page: NewPage) -> None:
    page = signed_in(new_page(expected="ERR_INTERNET_DISCONNECTED"))
    uploaded(page, "paper.pdf", PAPER)
    opened(page)
    in_state(page, "paper.pdf", "ready")
    page.context.set_offline(True)
    adding = page.get_by_role("button", name="Add files")
    expect(adding).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#files-why")).to_contain_text("You are offline.")
    expect(row(page, "paper.pdf")).to_be_visible()
    page.context.set_offline(False)
    expect(adding).not_to_have_attribute("aria-disabled", "true")
