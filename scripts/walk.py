"""`make walk`: the README's pictures and its short walk, made from the real app.

    python scripts/walk.py [--out docs/images]

Starts the server with the sample book and a scripted model, opens Debian's Chromium, and does
what a student does. The model's words are written below; everything else, from the search to the
check of every quote, is the program's own. The ring that shows where one clicks is added here.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from filming import Film, still  # noqa: E402
from model_server import Reply, model_server, says  # noqa: E402
from server_tools import serving  # noqa: E402

SAMPLE = ROOT / "src/glossator/sample/physical-ai"
CHAPTER = "/b/physical-ai/part-1/chapter-03-kinematics"
INTRO = "/b/physical-ai/intro"
MOST = 2_500_000
"""Bytes of the walk; more would make the README slow to open."""

QUESTION = "Why is the inverse of a rotation matrix its transpose?"
URDU = "گردشی میٹرکس (rotation matrix) کا معکوس کیا ہے؟"
# Said by the model: a sentence, and the words of the book it rests on.
ANSWERS = {
    "English": (
        ("Its columns have length 1 and stand at right angles to each other",
         "The columns have length 1 and are at right angles to each other"),
        ("Each column shows where an axis of the turned frame points",
         "The first column is where the $x$ axis of $B$ points"),
        ("Most engineers learn this in their first year", None),
    ),
    "Urdu": (
        ("گردشی میٹرکس کا معکوس صرف اس کا ٹرانسپوز ہے", "so the inverse is just the transpose"),
    ),
}  # fmt: skip
_PASSAGE = re.compile(r'<passage number="(\d+)" title="[^"]*">\n(.*?)\n</passage>', re.DOTALL)


def scripted(body: dict[str, Any]) -> Reply:
    """What the model says to a request."""
    said = "\n".join(str(message["content"]) for message in body["messages"])
    if "<question>" in said:
        return says(QUESTION)
    urdu = any("\u0600" <= sign <= "\u06ff" for sign in str(body["messages"][-1]["content"]))
    passages = _PASSAGE.findall(said)
    stop = "۔" if urdu else "."
    sentences = []
    for words, quote in ANSWERS["Urdu" if urdu else "English"]:
        at = next((n for n, text in passages if quote and quote in text), None)
        sentences.append(f'{words} [{at} "{quote}"]{stop}' if at else f"{words}{stop}")
    return says(" ".join(sentences), pause=0.06)


@contextmanager
def tutor() -> Iterator[str]:
    """The address of a server with the sample book and the scripted model."""
    with TemporaryDirectory() as folder, model_server() as provider:
        data = Path(folder) / "data"
        command = [sys.executable, "-m", "glossator", "add", str(SAMPLE), "--data", str(data)]
        subprocess.run([*command, "--book", "physical-ai"], check=True, capture_output=True)
        provider.script = scripted
        settings = {
            "GLOSSATOR_MODEL": "openai:first", "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": f"{provider.url}/v1", "GLOSSATOR_PRICES": "openai:first=0/0",
        }  # fmt: skip
        with serving(data, **settings) as address:
            yield address


def window(
    browser: Browser, address: str, width: int, height: int, *,
    theme: str = "light", language: str = "en", scale: float = 1,
) -> Page:  # fmt: skip
    """A page in a theme and a language."""
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": height}, has_touch=width < 768,
        device_scale_factor=scale, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.add_init_script(
        f"""localStorage.setItem("glossator.theme", '"{theme}"');
        if (localStorage.getItem("glossator.language") === null)
          localStorage.setItem("glossator.language", '"{language}"');"""
    )
    return page


def open_chapter(page: Page, address: str) -> None:
    """Open a chapter and let its formulas be typeset."""
    page.goto(address)
    page.wait_for_selector("article h1")
    page.evaluate("document.querySelector('gl-text').typesetAll()")
    page.wait_for_timeout(1800)


def answered(page: Page, question: str) -> None:
    """Ask in the Margin and wait for the checked answer."""
    box = page.locator("#glossator-question")
    if not box.is_visible():
        page.locator(".bar button").last.click()
    box.fill(question)
    box.press("Enter")
    page.wait_for_selector(".answer:not([aria-busy]) .chip", timeout=60_000)
    page.wait_for_timeout(300)


def stills(browser: Browser, address: str, out: Path) -> None:
    """Desktop and phone, light and dark, English and Urdu."""
    for name, wide, theme, language in (
        ("desktop-light-en", True, "light", "en"), ("desktop-dark-ur", True, "dark", "ur"),
        ("phone-dark-en", False, "dark", "en"), ("phone-light-ur", False, "light", "ur"),
    ):  # fmt: skip
        size = (1280, 800) if wide else (390, 780)
        page = window(
            browser, address, *size, theme=theme, language=language, scale=1 if wide else 1.5
        )
        urdu = language == "ur"
        open_chapter(page, INTRO + "?lang=ur" if urdu and wide else CHAPTER)
        answered(page, URDU if urdu else QUESTION)
        if not (urdu and wide):
            page.locator(".thread .chip, .thread .cite").first.click()
            if page.locator(".thread .cite").count():
                page.locator(".thread .cite").first.click()
        else:
            page.locator(".thread .chip").first.click()
        page.wait_for_timeout(900)
        size_of = still(page, out / f"{name}.webp")
        print(f"{name}.webp: {size_of / 1000:.0f} kB")
        page.context.close()


class Hand:
    """A pointer that can be seen."""

    def __init__(self, page: Page, film: Film) -> None:
        self.page, self.film = page, film

    def click(self, target: Locator, pause: int = 700) -> None:
        """Go to a place, show it, and click."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        if box is None:
            raise LookupError("There is nothing to click.")
        self._ring(box["x"] + min(box["width"] / 2, 120), box["y"] + box["height"] / 2)
        self.film.frame(pause)
        self._ring(None, None)
        target.click()

    def _ring(self, x: float | None, y: float | None) -> None:
        self.page.evaluate(
            """([x, y]) => {
              document.getElementById("walk-ring")?.remove();
              if (x === null) return;
              const ring = document.createElement("div");
              ring.id = "walk-ring";
              ring.setAttribute("aria-hidden", "true");
              Object.assign(ring.style, { position: "fixed", width: "26px", height: "26px",
                left: `${x - 13}px`, top: `${y - 13}px`, borderRadius: "50%", zIndex: 999,
                border: "3px solid #d4541f", background: "rgba(212, 84, 31, .18)",
                boxSizing: "border-box", pointerEvents: "none" });
              document.body.append(ring);
            }""",
            [x, y],
        )

    def type(self, box: Locator, words: str) -> None:
        """Type as a person does, in a few pieces."""
        box.focus()
        for at in range(0, len(words), 9):
            self.page.keyboard.insert_text(words[at : at + 9])
            self.film.frame(130)


def walk(browser: Browser, address: str, out: Path) -> None:
    """Library, chapter, question, answer, its words in the text, and the book in Urdu."""
    page = window(browser, address, 1120, 680)
    film = Film(page, browser.new_context().new_page())
    hand = Hand(page, film)
    page.goto("/")
    _shown(hand, ".library h1", 1200)
    hand.click(page.locator(".card").first)
    _shown(hand, "main h1:has-text('Physical')", 700)
    hand.click(page.get_by_role("main").get_by_role("link", name="Kinematics").first)
    _shown(hand, "article h1", 1300)
    _ask(hand)
    for n in range(2):
        hand.click(page.locator(".thread .chip[data-source]").nth(n))
        _shown(hand, ".thread .cite", 900)
        hand.click(page.locator(".thread .cite").nth(n))
        _shown(hand, ".thread .cite", 2200)
    page.goto(INTRO)
    _shown(hand, "article h1", 900)
    hand.click(page.locator(".chapter-tongue"))
    _shown(hand, "article[dir=rtl]", 1600)
    hand.click(page.locator(".aa > summary"))
    _shown(hand, ".panel.settings", 700)
    hand.click(page.locator(".panel.settings > button[lang=ur]"))
    page.locator(".aa > summary").click()
    _shown(hand, "html[dir=rtl]", 2600)
    size = film.save(out / "walk.webp")
    seconds = sum(frame.milliseconds for frame in film.frames) / 1000
    print(f"walk.webp: {size / 1000:.0f} kB, {len(film.frames)} frames, {seconds:.0f} s")
    if size > MOST:
        sys.exit(f"The walk has {size:,} bytes, more than {MOST:,}.")


def _shown(hand: Hand, selector: str, milliseconds: int) -> None:
    """Wait for what a click brings, and show it when it has come to rest."""
    hand.page.wait_for_selector(selector)
    hand.page.wait_for_timeout(1200)
    hand.film.frame(milliseconds)


def _ask(hand: Hand) -> None:
    page, film = hand.page, hand.film
    hand.type(page.locator("#glossator-question"), QUESTION)
    film.frame(500)
    page.keyboard.press("Enter")
    until = time.monotonic() + 60
    while page.locator(".answer:not([aria-busy]) .chip").count() == 0:
        film.frame(160)
        page.wait_for_timeout(160)
        if time.monotonic() > until:
            raise TimeoutError("No answer came.")
    page.wait_for_timeout(300)
    film.frame(2200)


def main() -> None:
    """Make every picture."""
    parser = argparse.ArgumentParser(prog="make walk")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--only", choices=("stills", "walk"))
    options = parser.parse_args()
    names = ("chromium", "google-chrome", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        sys.exit("No Chromium is installed; the pictures are made with it.")
    options.out.mkdir(parents=True, exist_ok=True)
    with tutor() as address, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        if options.only != "walk":
            stills(browser, address, options.out)
        if options.only != "stills":
            walk(browser, address, options.out)
        browser.close()


if __name__ == "__main__":
    main()
