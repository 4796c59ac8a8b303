"""A web site of somebody else: the sample book's pages as another program renders them."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from markdown_it import MarkdownIt

# A stylesheet that spoils whatever it reaches.
HOSTILE = """
* { color: #ff00ff !important; font: 3px/1 fantasy !important; letter-spacing: 9px !important; }
button, textarea, select { all: unset !important; background: red !important; }
section, aside, form, header, gl-widget * { display: none !important; }
div { position: static !important; transform: rotate(3deg) !important; }
body { direction: rtl; } article { direction: ltr; text-transform: uppercase; }
"""

# A site that changes its pages by itself, as Docusaurus and Material do.
CLIENT_SIDE = """
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.defaultPrevented) return;
  event.preventDefault();
  history.pushState({}, "", link.getAttribute("href"));
  await show();
});
addEventListener("popstate", show);
async function show() {
  const text = await (await fetch(location.href)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  await new Promise((done) => setTimeout(done, 150));
  document.querySelector("article").replaceChildren(...page.querySelector("article").childNodes);
  window.shown = (window.shown ?? 0) + 1;
}
"""


class Site:
    """What is served; `tutor` is the address of the widget's server."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.tutor = ""
        self.pages: dict[str, tuple[str, str]] = {}
        self.policy = ""

    def fill(self, tutor: str, book: str) -> None:
        """Take the pages of a book over, in the Markdown of its author."""
        self.tutor = tutor
        found = _read(f"{tutor}/api/books/{book}")
        for chapter in found["chapters"]:
            name = chapter["chapter_id"]
            told = _read(f"{tutor}/api/chapters/{name}?book_id={book}")
            path = urlsplit(chapter["url"]).path
            text = MarkdownIt("commonmark").enable("table").render(told["content"])
            self.pages[path] = (chapter["title"], text)

    def page(self, path: str, options: str) -> str | None:
        """A page; `options` choose what is odd about it."""
        if path not in self.pages:
            return None
        title, text = self.pages[path]
        chosen = parse_qs(options, keep_blank_values=True)
        query = f"?{options}" if options else ""
        links = "".join(
            f'<li><a href="{escape(other)}{escape(query)}">{escape(name)}</a></li>'
            for other, (name, _) in self.pages.items()
        )
        src = f"{self.tutor}/widget.js"
        tags = f'<script defer src="{src}" data-book="physical-ai"></script>'
        if "mkdocs" in chosen:
            tags = f'<script src="{src}?book=physical-ai&amp;api={self.tutor}" async></script>'
        if "two" in chosen:
            tags += tags
        style = f"<style>{HOSTILE}</style>" if "hostile" in chosen else ""
        script = f"<script>{CLIENT_SIDE}</script>" if "spa" in chosen else ""
        language = chosen.get("lang", ["en"])[0]
        theme = ' data-theme="dark"' if "dark" in chosen else ""
        return (
            f'<!doctype html><html lang="{language}"{theme}><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
            f'<link rel="icon" href="data:,">{style}{tags}</head>'
            f"<body><nav aria-label='Pages'><ul>{links}</ul></nav>"
            f"<main><article>{text}</article></main>{script}</body></html>"
        )


def _read(address: str) -> dict[str, object] | dict[str, list[dict[str, str]]] | dict[str, str]:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
        found: dict[str, str] = json.load(answer)
    return found


@contextmanager
def hosting() -> Iterator[Site]:
    """A running site without pages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            page = site.page(parts.path, parts.query)
            self.send_response(200 if page is not None else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            if "csp" in parse_qs(parts.query, keep_blank_values=True):
                self.send_header("content-security-policy", site.policy)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
