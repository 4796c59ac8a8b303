"""Somebody's files on the pages: signing in, adding, and what a row says."""

from __future__ import annotations

import itertools
from typing import Any

from playwright.sync_api import Locator, Page, expect

from pdf_maker import Page as PdfPage
from pdf_maker import Text, make_pdf

PASSWORD = "a short sentence works"
SECRET = "open sesame"
LINES = (
    "The gripper closes when the pressure sensor reports nine newtons of force,",
    "and it opens again.",
)
QUOTE = " ".join(LINES)
PAGE = [
    Text(70, 760, "Grippers", 20), Text(70, 500, LINES[0], 12), Text(70, 484, LINES[1], 12),
    Text(70, 100, "Another paragraph follows far below.", 12),
]  # fmt: skip
# The second page is the first one, turned.
PAPER = make_pdf([PAGE, PdfPage(PAGE, extra="/Rotate 90")], title="On grippers")
LOCKED = make_pdf([PAGE], password=SECRET)
SCAN = make_pdf([PdfPage(picture=(2, 2, b"\x80\xff\xff\x80"))])
WIDTHS = (1280, 768, 360)
# The last 30 seconds of a slow machine, not what a reader waits for.
PATIENCE_MS = 30_000

_people = itertools.count(1)


def signed_in(page: Page, tongue: str = "en") -> Page:
    """The page of somebody new."""
    person = {"email": f"r{next(_people)}@example.org", "password": PASSWORD, "name": "R"}
    answer = page.request.post("/api/auth/signup", data={**person, "session": "cookie"})
    assert answer.ok, answer.text()
    page.add_init_script(f"localStorage.setItem('glossator.language', '\"{tongue}\"')")
    return page


def opened(page: Page) -> Page:
    """The page at My files."""
    page.goto("/files")
    page.wait_for_selector("main h1")
    return page


def given(name: str, content: bytes | str) -> Any:
    """A file as a person would choose it."""
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def add(page: Page, *files: Any) -> None:
    """Choose files."""
    page.set_input_files("input[type=file]", list(files))


def row(page: Page, name: str) -> Locator:
    """The row of a file."""
    return page.locator(".file").filter(has=page.locator(".file-name", has_text=name))


def in_state(page: Page, name: str, kind: str) -> Locator:
    """The row of a file, when it is in this state."""
    found = row(page, name)
    expect(found).to_have_attribute("data-kind", kind, timeout=PATIENCE_MS)
    return found


def sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def too_small(page: Page, width: int) -> list[str]:
    """The controls that are lower than 44 px on a phone, 40 elsewhere."""
    found = page.evaluate(
        """(least) => [...document.querySelectorAll("button, summary, select, .button, input")]
          .filter((each) => each.type !== "checkbox" && each.offsetHeight > 0 &&
            each.offsetHeight < least).map((each) => each.outerHTML)""",
        44 if width < 768 else 40,
    )
    return list(found)


def uploaded(page: Page, name: str, content: bytes) -> dict[str, Any]:
    """A document that came to its end, sent beside the page."""
    csrf = next(c["value"] for c in page.context.cookies() if c["name"] == "glossator_csrf")
    sent = page.request.post(
        "/api/upload", headers={"x-csrf-token": csrf}, multipart={"files": given(name, content)}
    )
    assert sent.ok, sent.text()
    identity = sent.json()["documents"][0]["document_id"]
    for _ in range(600):
        found: dict[str, Any] = page.request.get(f"/api/docs/{identity}").json()
        if found["status"] in ("ready", "failed"):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(found)
