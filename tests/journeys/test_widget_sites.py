"""The widget on sites as their generators really build them: Docusaurus and Material for MkDocs."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from server_tools import serving

pytestmark = pytest.mark.long
EXAMPLES = Path(__file__).parents[2] / "examples"
SAMPLE = EXAMPLES.parent / "src/glossator/sample/physical-ai"
QUESTION = "What does an accelerometer measure?"
MARKED = """() => [...(CSS.highlights.get("glossator-widget") ?? [])]
  .map((range) => range.toString().replace(/\\s+/g, " ")).join(" ")"""


def run(*command: str, cwd: Path, seconds: int) -> None:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


@pytest.fixture(scope="module")
def docusaurus() -> Path:
    """The example, built."""
    example = EXAMPLES / "docusaurus"
    if shutil.which("npm") is None:
        pytest.skip("Node isn't installed, so the widget wasn't tried on Docusaurus.")
    if not (example / "node_modules/.package-lock.json").exists():
        run("npm", "ci", "--no-audit", "--no-fund", cwd=example, seconds=1_800)
    built = example / "build/ur/docs/intro/index.html"
    sources = [
        *example.glob("*.*"),
        *(EXAMPLES.parent / "packages").glob("*/src/*"),
        *SAMPLE.rglob("*.mdx"),
    ]
    made_of = [
        path for path in sources if path.name != "docusaurus.config.js" and path.suffix != ".md"
    ]
    if not built.exists() or built.stat().st_mtime < max(path.stat().st_mtime for path in made_of):
        run("npm", "run", "build", cwd=example, seconds=1_200)
    return example / "build"


@pytest.fixture(scope="module")
def mkdocs() -> Path:
    """The example, built."""
    example = EXAMPLES / "mkdocs"
    own = example / ".venv/bin"
    if not (own / "mkdocs").exists():
        run(sys.executable, "-m", "venv", str(own.parent), cwd=example, seconds=300)
        install = ("-m", "pip", "install", "-q", "--require-hashes", "-r", "requirements.txt")
        run(str(own / "python"), *install, cwd=example, seconds=900)
    run(sys.executable, "book.py", cwd=example, seconds=120)
    run(str(own / "mkdocs"), "build", "-q", cwd=example, seconds=300)
    return example / "site"


@contextmanager
def hosted(folder: Path, changes: dict[str, str]) -> Iterator[str]:
    """The address of a built site; `changes` are made in its pages as they are served."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            found = [path, path / "index.html", path.with_name(f"{path.name}.html")]
            page = next((one for one in found if one.is_file()), None)
            if page is None or page.suffix not in (".html", ".xml"):
                super().do_GET()
                return
            text = page.read_text("utf-8")
            for old, new in changes.items():
                text = text.replace(old, new)
            self.send_response(200)
            self.send_header("content-type", f"text/{page.suffix[1:]}; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def tutor_of(sample: Path, data: Path, change: str) -> Iterator[str]:
    """A server whose book is read where `change`, some SQL, says."""
    shutil.copytree(sample, data)
    with closing(sqlite3.connect(data / "glossator.db")) as library, library:
        library.executescript(change)
    with serving(data) as address:
        yield address


def watched(browser: Browser, *homes: str) -> tuple[Page, list[str]]:
    """A page, and what it should not have said or asked for."""
    page, complaints = browser.new_page(viewport={"width": 1280, "height": 800}), []

    def on_console(message: ConsoleMessage) -> None:
        # The sample book's site has no picture of its own for the browser's tab.
        own = message.location["url"].endswith("/favicon.ico")
        if message.type in ("error", "warning") and not own:
            complaints.append(f"{message.type}: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((*homes, "data:", "blob:")):
            complaints.append(f"foreign request: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on("request", on_request)
    return page, complaints


def walk(page: Page, site: str, first: str, second: str) -> None:
    """Ask on one page, follow the citation to another, and mark its words there."""
    page.goto(site + first)
    page.evaluate("window.loaded = 'once'")
    page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
    page.locator("gl-widget textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    quote = page.locator("gl-widget blockquote").first
    expect(quote).to_be_visible(timeout=30_000)
    words = " ".join(quote.inner_text().split())
    page.locator("gl-widget a.cite").first.click()
    page.wait_for_url(re.compile(re.escape(second)))
    page.wait_for_function(f"({MARKED})() !== ''")
    assert page.evaluate(MARKED) == words
    # By the site's own navigation: neither page nor conversation was loaded anew.
    assert page.evaluate("window.loaded") == "once"
    page.locator("gl-widget button.cite").nth(1).click()
    page.wait_for_function(f"({MARKED})() !== {words!r}")
    page.go_back()
    page.wait_for_function("!CSS.highlights.has('glossator-widget')")


def retold(page: Page, article: str) -> None:
    """The chapter in Urdu in place of the text, and back, with every node of the site's kept."""
    page.evaluate(f"window.kept = [...document.querySelectorAll('{article}, {article} *')]")
    before = page.locator(article).evaluate("(element) => element.outerHTML")
    page.locator("gl-widget select").first.select_option("ur")
    expect(page.locator("gl-chapter .book[lang=ur]")).to_be_visible(timeout=30_000)
    expect(page.locator(article)).to_be_hidden()
    page.locator("gl-chapter").get_by_role("button").first.click()
    expect(page.locator(article)).to_be_visible()
    assert page.locator(article).evaluate("(element) => element.outerHTML") == before
    assert page.evaluate("window.kept.every((node) => node.isConnected)")


def test_docusaurus(browser: Browser, docusaurus: Path, sample_data: Path, tmp_path: Path):
    url = "UPDATE books SET url = 'http://127.0.0.1:0';"
    with tutor_of(sample_data, tmp_path / "data", url) as tutor:
        changes = {"http://localhost:8000": tutor}
        with hosted(docusaurus, changes) as site:
            with closing(sqlite3.connect(tmp_path / "data/glossator.db")) as library, library:
                library.execute("UPDATE books SET url = ?", [site])
            page, complaints = watched(browser, site, tutor)
            walk(
                page, site, "/docs/part-1/chapter-03-kinematics", "/docs/part-1/chapter-02-sensors"
            )
            page.goto(f"{site}/docs/intro")
            page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
            assert page.evaluate("document.documentElement.dataset.glossatorChapter") == "intro"
            retold(page, ".theme-doc-markdown")
            page.goto(f"{site}/ur/docs/intro")
            launcher = page.locator("gl-widget button").first
            expect(launcher).to_have_text("پوچھیں")
            launcher.click()
            expect(page.locator("gl-widget header p")).to_be_visible()
            # Hydration warnings are errors of the console.
            assert complaints == []
            page.close()


def test_mkdocs(browser: Browser, mkdocs: Path, sample_data: Path, tmp_path: Path):
    url = """
    UPDATE books SET url = 'http://127.0.0.1:0';
    UPDATE documents SET url_path = replace(url_path, 'docs/', '') || '/' WHERE language = 'en';
    UPDATE documents SET url_path = '' WHERE chapter_id = 'intro';
    """
    with tutor_of(sample_data, tmp_path / "data", url) as tutor:
        changes = {"http://localhost:8000": tutor, "physical-ai-mkdocs": "physical-ai"}
        with hosted(mkdocs, changes) as site:
            # Material only changes pages by itself that its sitemap names.
            changes["http://localhost:8001"] = site
            with closing(sqlite3.connect(tmp_path / "data/glossator.db")) as library, library:
                library.execute("UPDATE books SET url = ?", [site])
            page, complaints = watched(browser, site, tutor)
            walk(page, site, "/part-1/chapter-03-kinematics/", "/part-1/chapter-02-sensors/")
            page.goto(f"{site}/")
            page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).click()
            retold(page, "article.md-content__inner")
            assert complaints == []
            page.close()
