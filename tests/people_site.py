"""People in a browser: signed up, given roles, asking; and what axe finds on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from account_tools import PASSWORD
from glossator.accounts import people
from glossator.foundation.database import Database
from model_server import ModelServer

NewPage = Callable[..., Page]
QUESTION = "Where do the columns of the rotation matrix point?"
# What the scripted model quotes from the chapter on kinematics.
QUOTE = "the columns of ${}^{A}R_{B}$ are the axes of $B$, written in frame $A$."
ABSENT = "Which monarch signed the treaty of Vienna in the winter of 1815?"
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e'
AXE = Path(__file__).parents[1] / "frontend/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True)
class Site:
    """A running server with the sample book, and its database."""

    address: str
    database: Database
    provider: ModelServer

    def role(self, email: str, role: str) -> int:
        """Give somebody a role; their number."""
        with self.database.writing() as session:
            account = people.find(session, email)
            assert account is not None
            people.change(session, account.id, {"role": role})
            return account.id


def enter(page: Page, site: Site, email: str, role: str = "user", name: str = "Ada") -> int:
    """Sign somebody up in this page's browser; their number."""
    body = {"email": email, "password": PASSWORD, "name": name, "session": "cookie"}
    answer = page.request.post("/api/auth/signup", data=body)
    if answer.status == 400:
        answer = page.request.post(
            "/api/auth/login", data={"email": email, "password": PASSWORD, "session": "cookie"}
        )
    assert answer.ok, answer.text()
    return site.role(email, role)


def word(page: Page) -> dict[str, str]:
    """The header that goes with the cookie."""
    cookies = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}
    return {"x-csrf-token": str(cookies["glossator_csrf"])} if "glossator_csrf" in cookies else {}


def ask(page: Page, question: str) -> dict[str, Any]:
    answer = page.request.post("/api/chat/ask", data={"question": question}, headers=word(page))
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def wide(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


def violations(page: Page) -> list[str]:
    """What axe finds; it must have been given by `add_init_script`."""
    found: list[str] = page.evaluate(
        """async (tags) => {
          const { violations } = await axe.run(document, { runOnly: tags });
          const where = (nodes) => nodes.map((node) => node.html.slice(0, 160)).join(" | ");
          return violations.map(({ id, nodes }) => `${id}: ${where(nodes)}`);
        }""",
        TAGS,
    )
    return found
