"""What journeys through the reader share: opening, asking, made-up answers, marked words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

from glossator.library.content import Block, BlockKind
from glossator.library.marks import mark_quote

NewPage = Callable[..., Page]
Answer = dict[str, Any]

BOOK = "/b/physical-ai"
KINEMATICS = f"{BOOK}/part-1/chapter-03-kinematics"
SAFETY = f"{BOOK}/part-3/chapter-10-safety"
KINEMATICS_ID, SAFETY_ID = "part-1/chapter-03-kinematics", "part-3/chapter-10-safety"
QUESTION = "Where do the columns of the rotation matrix point?"
ACTIVE = "[...(CSS.highlights.get('glossator-active') ?? [])]"
WIDTHS = [(1280, 860), (768, 1000), (360, 740)]

# What a range shows, counted as the server counts it; written anew, so that the page's own
# counting is checked by another.
TEXT_OF = """(range) => {
  const box = document.createElement("div");
  box.append(range.cloneContents());
  let text = "";
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === 3) text += child.data;
      else if (child.nodeType !== 1 || child.hasAttribute("data-ui")) continue;
      else if (child.dataset.tex !== undefined) text += child.dataset.tex;
      else walk(child);
    }
  };
  walk(box);
  return text;
}"""
SHOWN = f"() => {ACTIVE}.map({TEXT_OF})"
# The window's part in which text can be read, and where the active marks lie.
SEEN = f"""() => {{
  const rects = {ACTIVE}.flatMap((range) => [...range.getClientRects()]);
  const sheet = document.querySelector(".margin").getBoundingClientRect();
  const phone = innerWidth < 768;
  return {{
    top: Math.min(...rects.map((rect) => rect.top)),
    bottom: Math.max(...rects.map((rect) => rect.bottom)),
    above: document.querySelector(".top").getBoundingClientRect().bottom,
    below: phone ? sheet.top : innerHeight,
  }};
}}"""
TYPESET_ALL = "document.querySelector('gl-text').typesetAll()"


def open_chapter(page: Page, address: str = KINEMATICS) -> None:
    """Open a chapter and wait until its text stands there."""
    page.goto(address)
    page.wait_for_selector("article h1")


def put(page: Page, question: str = QUESTION) -> None:
    """Ask in the Margin; opens it where it is closed."""
    box = page.get_by_label("Your question")
    if not box.is_visible():
        page.get_by_role("button", name="Ask", exact=True).locator("visible=true").click()
    box.fill(question)
    box.press("Enter")


def ask(page: Page, question: str = QUESTION) -> None:
    """Ask, and wait for the answer."""
    put(page, question)
    page.wait_for_selector(".thread:last-child .answer:not([aria-busy]) > *")


def until(page: Page, condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates strings, which the page forbids."""
    deadline = time.monotonic() + 15
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)


def settled(page: Page) -> None:
    """Wait until every formula is typeset and the page has come to rest."""
    page.evaluate(TYPESET_ALL)
    until(page, "!document.querySelector('.text [data-tex]:not([data-set])')")


def read_on(page: Page) -> float:
    """Scroll as a reader does, and say how far down the page is then."""
    settled(page)
    page.mouse.move(500, 400)
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(500)
    place: float = page.evaluate("scrollY")
    assert place > 100
    return place


def chapter_of(page: Page, chapter: str) -> tuple[dict[str, Any], list[Block]]:
    """A chapter as the API gives it, and its blocks."""
    answer = page.request.get(f"/api/chapters/{chapter}?book_id=physical-ai").json()
    return answer, [
        Block(row["block_id"], BlockKind(row["kind"]), row["start"], row["end"])
        for row in answer["blocks"]
    ]


def sources_of(page: Page, chapter: str, *quotes: str) -> list[dict[str, Any]]:
    """Citations of a chapter's words, as the API gives them."""
    answer, blocks = chapter_of(page, chapter)
    text = answer["content"]
    sources = []
    for quote in quotes:
        start = text.index(quote)
        end = start + len(quote)
        marks = mark_quote(text, blocks, start, end)
        sources.append(
            {
                "chapter_id": chapter,
                "document_id": None,
                "book_id": "physical-ai",
                "block_id": marks[0].block_id,
                "title": answer["title"],
                "section": "Here",
                "page": None,
                "quote": quote,
                "start": start,
                "end": end,
                "similarity": 0.8,
                "url": f"/b/physical-ai/{chapter}",
                "marks": [{name: getattr(mark, name) for name in mark.__slots__} for mark in marks],
            }
        )
    return sources


def answered(sources: list[dict[str, Any]], **changes: Any) -> Answer:
    """An answer of the book's own words."""
    sentences = [
        {"text": source["quote"], "support": "supported", "sources": [n]}
        for n, source in enumerate(sources)
    ]
    return {
        "answer": " ".join(source["quote"] for source in sources),
        "sources": sources,
        "response_time": 0.1,
        "grounded": True,
        "confidence": 0.9,
        "mode": "extractive",
        "degraded": "no_model",
        "nearest": [],
        "sentences": sentences,
        "session_id": None,
        "message_id": None,
        "usage": None,
        **changes,
    }


def answer_with(page: Page, answer: Answer, status: int = 200, **headers: str) -> list[Any]:
    """Let the server's answer be this one; gives the questions' bodies as they come."""
    bodies: list[Any] = []

    def fulfil(route: Route) -> None:
        bodies.append(route.request.post_data_json)
        kind = "application/json" if status == 200 else "application/problem+json"
        told = {"content-type": kind, **headers}
        route.fulfill(status=status, headers=told, body=json.dumps(answer))

    page.route("**/api/chat/ask", fulfil)
    return bodies


def stream_of(*parts: dict[str, Any], ends: bool = True) -> str:
    """Server-sent events of these parts, as the server writes them."""
    events = [json.dumps(part) for part in parts] + (["[DONE]"] if ends else [])
    return "".join(f"data: {event}\n\n" for event in events)


def place_of(page: Page) -> tuple[str, float]:
    """The block that is read now and the height at which it stands in the window."""
    found = page.evaluate(
        """() => {
          const block = [...document.querySelectorAll(".text .block")].find((each) =>
            each.getClientRects().length > 0 && each.getBoundingClientRect().bottom > 80);
          return [block.id, block.getBoundingClientRect().top];
        }"""
    )
    return found[0], found[1]


def stands_at(page: Page, block: str, top: float, within: float = 2) -> None:
    """Wait until a block stands at a height of the window."""
    here = f"document.getElementById('{block}').getBoundingClientRect().top"
    until(page, f"Math.abs({here} - {top}) <= {within}")
