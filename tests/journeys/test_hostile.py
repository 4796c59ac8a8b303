"""Strings that want to be more than text, through every field that pages show.

A dozen in CI, all hundred in the long run. After each page: no script of theirs ran, nothing was
asked of another host, no policy had to step in, and nothing of them became an element.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from files_tools import given
from host_site import Site, hosting
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from reader_tools import until

from cli_tools import RUN
from hostile_strings import A_DOZEN, PAYLOADS
from model_server import ModelServer, Reply, model_server
from people_site import ABSENT, QUESTION, QUOTE, word
from server_tools import serving

pytestmark = pytest.mark.browser
PASSWORD = "a long phrase for tests"
# What is ours: these elements stand in the shell, and the shell's own script is the only one.
INJECTED = r"""() => {
  const roots = [document];
  for (const root of roots) for (const element of root.querySelectorAll("*"))
    if (element.shadowRoot) roots.push(element.shadowRoot);
  const all = roots.flatMap((root) => [...root.querySelectorAll("*")]);
  const wrong = [];
  const FOREIGN = ["script", "iframe", "frame", "frameset", "object", "embed", "base", "video",
    "audio", "source", "template", "marquee", "image", "animate", "foreignobject", "x"];
  for (const element of all) {
    const name = element.localName;
    const own = name === "script" && /^(https?:\/\/[^/]+)?\/(assets\/[\w/-]+|widget)\.js/
      .test(element.getAttribute("src") ?? "");
    const drawn = name === "iframe" && element.getAttribute("src") === "/assets/diagram.html" &&
      element.getAttribute("sandbox") === "allow-scripts";
    if (FOREIGN.includes(name) && !own && !drawn) wrong.push(element.outerHTML.slice(0, 160));
    if (name === "style" && /evil|hit/.test(element.textContent)) wrong.push("style");
    for (const { name: key, value } of element.attributes) {
      const leads = /^(href|src|srcset|action|formaction|data|srcdoc|ping|xlink:href|style)$/;
      const bad = /^[\s\x00-\x20]*(java|vb)script:|^[\s\x00-\x20]*data:text|evil\.invalid|hit\(/i;
      if (/^on/.test(key) || (leads.test(key) && bad.test(value) && !harmless(element, key)))
        wrong.push(`${name} ${key}=${value.slice(0, 120)}`);
    }
  }
  // A link to another host is a link that the author wrote: it leads there when it is clicked.
  function harmless(element, key) {
    return element.localName === "a" && key === "href" && /^https:\/\//.test(element.href);
  }
  return wrong;
}"""


@dataclass(frozen=True)
class World:
    """A tutor full of hostile strings, and somebody's site that it lets ask."""

    tutor: str
    payloads: tuple[str, ...]
    provider: ModelServer
    site: Site
    data: Path


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(A_DOZEN, id="a-dozen"),
        pytest.param(PAYLOADS, id="all", marks=pytest.mark.long),
    ],
)
def world(
    request: pytest.FixtureRequest, sample_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    payloads: tuple[str, ...] = request.param
    home = tmp_path_factory.mktemp("hostile")
    data, source = home / "data", home / "book"
    shutil.copytree(sample_data, data)
    write_book(source, payloads)
    add = [*RUN, "add", str(source), "--book", "hostile", "--data", str(data)]
    subprocess.run(add, check=True, capture_output=True)
    with model_server() as provider, hosting() as site:
        shelve(data / "glossator.db", payloads, site.address)
        settings = {
            "GLOSSATOR_MODEL": "openai:first", "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": f"{provider.url}/v1", "GLOSSATOR_PRICES": "openai:first=0/0",
            "GLOSSATOR_SIGNUPS_PER_HOUR": "100000", "GLOSSATOR_QUESTIONS_PER_HOUR": "unlimited",
        }  # fmt: skip
        with serving(data, **settings) as tutor:
            site.fill(tutor, "physical-ai")
            yield World(tutor, payloads, provider, site, data)


def write_book(folder: Path, payloads: tuple[str, ...]) -> None:
    """A chapter named after each string, and one with each string in every kind of block."""
    folder.mkdir()
    blocks = []
    for n, one in enumerate(payloads):
        named = f"---\ntitle: {json.dumps(one)}\n---\n\n# {one}\n\nA plain sentence.\n"
        (folder / f"{n + 10:03}.md").write_text(named, "utf-8")
        # What is prose is embedded, which costs: every kind of block, but most of it as code.
        words = one.replace("`", "")
        blocks.append(
            f"## {one}\n\n{one} **{one}** `{one}` [{one}]({one}) [x](<{one}>)\n\n"
            f"![{one}]({one}) ![x](<{one}>) ${one}$ {one}[^{n}]\n\n"
            f"- {one}\n\n> {one}\n\n| a |\n| --- |\n| {one} |\n\n$$\n{one}\n$$\n\n"
            f"```{words}\n{one}\n```\n\n```mermaid\ngraph TD; A[{one}]-->B\n```\n\n"
            f":::note[{one}]\n\nx\n\n:::\n\n"
            f"<details><summary>{one}</summary>\n\nx\n\n</details>\n\n[^{n}]: {one}\n"
        )
    (folder / "000.md").write_text("# Everything\n\n" + "\n".join(blocks), "utf-8")


def shelve(database: Path, payloads: tuple[str, ...], url: str) -> None:
    """A book in the library for each string; the sample book stands on somebody's site."""
    with closing(sqlite3.connect(database)) as db, db:
        db.row_factory = sqlite3.Row
        db.execute("UPDATE books SET url = ? WHERE id = 'physical-ai'", [url])
        row = dict(db.execute("SELECT * FROM books WHERE id = 'hostile'").fetchone())
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        for n, title in enumerate(payloads):
            told = {**row, "id": f"h{n}", "title": title, "own_title": title, "language": "en"}
            db.execute(f"INSERT INTO books ({names}) VALUES ({marks})", told)  # noqa: S608


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, world: World) -> Iterator[Visit]:
    """Opens pages; whatever a hostile string does there fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 860}, base_url=world.tutor)
    context.expose_function("hit", lambda *told: complaints.append(f"a script ran: {told}"))

    def opened(path: str, settled: str) -> Page:
        page = context.pages[0] if context.pages else fresh()
        page.goto(path)
        page.wait_for_selector(settled)
        clean(page)
        return page

    def fresh() -> Page:
        page = context.new_page()
        mine = (f"{world.tutor}/", f"{world.site.address}/", f"blob:{world.tutor}", "data:image")

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                complaints.append(f"{message.type}: {message.text}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((*mine, "data:,")):
                complaints.append(f"foreign request: {request.url}")

        page.on("console", on_console)
        page.on("request", on_request)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        return page

    yield opened
    context.close()
    assert complaints == []


def clean(page: Page) -> None:
    """Nothing of a string became an element or an address."""
    page.wait_for_timeout(150)
    assert page.evaluate(INJECTED) == []


def enter(page: Page, world: World, name: str, email: str, role: str = "user") -> None:
    """Sign somebody up in this page's browser."""
    body = {"email": email, "password": PASSWORD, "name": name, "session": "cookie"}
    answer = page.request.post("/api/auth/signup", data=body)
    assert answer.ok, answer.text()
    if role != "user":
        with closing(sqlite3.connect(world.data / "glossator.db", timeout=30)) as db, db:
            db.execute("UPDATE users SET role = ? WHERE email = ?", [role, email])


# Signs that only turn the direction: pages may leave them out.
TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def plain(text: str) -> str:
    return " ".join(text.translate(TURNS).split())


def seen(page: Page, payloads: tuple[str, ...], within: str) -> None:
    """Each string stands on the page as text, letter by letter."""
    shown = plain("\n".join(page.locator(within).all_text_contents()))
    assert [one for one in payloads if plain(one) not in shown] == []


def test_titles_and_chapters_of_books(visit: Visit, world: World) -> None:
    page = visit("/", ".library .card")
    seen(page, world.payloads, ".library .cards")
    visit("/b/hostile", "main h1")
    page = visit("/b/hostile/000", "article h1")
    page.evaluate("document.querySelector('gl-text').typesetAll()")
    page.wait_for_timeout(500)
    clean(page)
    seen(page, world.payloads, ".text pre")
    for one in page.locator(".draw").all()[:3]:
        one.click()
    clean(page)
    # A title stands in the contents, the window's title, the bars and the way to the next chapter.
    for n in range(0, len(world.payloads), 4):
        visit(f"/b/hostile/{n + 10:03}", "article h1")


def test_questions_answers_and_conversations(visit: Visit, world: World) -> None:
    """The model's words arrive cut between any two bytes."""
    page = visit("/b/physical-ai/part-1/chapter-03-kinematics", "article h1")
    enter(page, world, world.payloads[0], "asker@example.org")
    page.reload()
    page.wait_for_selector("article h1")
    box = page.locator("#glossator-question")
    for n, one in enumerate(world.payloads):
        said = f'They are the axes [1 "{QUOTE}"]. {one} And {one}. {one}'
        world.provider.answer_with(Reply((said,), torn=5))
        box.fill(f"{one} {QUESTION}")
        box.press("Enter")
        page.wait_for_selector(f".thread:nth-of-type({n + 1}) .answer:not([aria-busy]) > *")
        assert page.evaluate(INJECTED) == []
    seen(page, world.payloads, ".question")
    page.reload()
    page.wait_for_selector(".thread .answer")
    clean(page)
    # A conversation for each string, whose title it is; none of these is in the book.
    for one in world.payloads:
        asked = {"question": f"{one} {ABSENT}", "selected_text": one}
        answer = page.request.post("/api/chat/ask", data=asked, headers=word(page))
        assert answer.ok, answer.text()
        session = answer.json()["session_id"]
        page.request.patch(
            f"/api/chat/sessions/{session}", data={"title": one[:90]}, headers=word(page)
        )
        message = answer.json()["message_id"]
        told = {"rating": "down", "comment": one}
        page.request.post(f"/api/chat/messages/{message}/feedback", data=told, headers=word(page))
    page.locator(".margin-head .menu summary").click()
    page.get_by_role("button", name="Conversations").click()
    page.wait_for_selector(".session")
    clean(page)


def test_names_of_people_and_what_they_asked_in_admin(visit: Visit, world: World) -> None:
    page = visit("/", ".library .card")
    for n, one in enumerate(world.payloads):
        enter(page, world, one, f"p{n}-{time.time_ns()}@example.org")
    enter(page, world, world.payloads[-1], f"boss-{time.time_ns()}@example.org", "admin")
    page = visit("/admin/people", "main table")
    seen(page, world.payloads[-40:], "main")
    visit("/admin/missing", "main h1")
    visit("/admin/books", "main table")
    visit("/admin", "main h1")
    page.locator(".top .person > summary").click()
    clean(page)
    page = visit("/settings", "main input")
    assert page.locator("main input").first.input_value() == world.payloads[-1].strip()


def test_names_and_texts_of_files(visit: Visit, world: World) -> None:
    page = visit("/", ".library .card")
    enter(page, world, "F", f"files-{time.time_ns()}@example.org")
    names = [f"{one.replace('/', '∕')[:100]}.md" for one in world.payloads]
    for n, (name, one) in enumerate(zip(names, world.payloads, strict=True)):
        text = f"# {one}\n\n{one}\n\n[{one}]({one}) ![x]({one})\n\nFile {n}.\n"
        sent = page.request.post(
            "/api/upload", headers=word(page), multipart={"files": given(name, text)}
        )
        assert sent.ok, sent.text()
    page = visit("/files", ".file-list .file")
    until(
        page, "[...document.querySelectorAll('.file')].every((one) => one.dataset.kind === 'ready')"
    )
    clean(page)
    links = page.locator(".file-name a").evaluate_all("(all) => all.map((a) => a.pathname)")
    for address in links[:: max(1, len(links) // 12)]:
        visit(address, "gl-document-text .block")


def test_questions_and_answers_in_the_widget(visit: Visit, world: World) -> None:
    """On a page of somebody else, whose policy forbids nothing."""
    chapter = next(path for path in world.site.pages if "kinematics" in path)
    page = visit(f"{world.site.address}{chapter}", "article p")
    page.locator("gl-widget").get_by_role("button", name="Ask", exact=True).first.click()
    field, threads = page.locator("gl-widget textarea"), page.locator("gl-widget .thread")
    for n, one in enumerate(world.payloads):
        said = f'They are the axes [1 "{QUOTE}"]. {one} And {one}. {one}'
        world.provider.answer_with(Reply((said,), torn=5))
        field.fill(f"{one} {QUESTION}")
        field.press("Enter")
        threads.nth(n).locator(".verdict, .none").first.wait_for(timeout=30_000)
    clean(page)
