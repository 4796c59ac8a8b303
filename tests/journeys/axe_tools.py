"""axe-core on a page as it stands: no violation of WCAG 2.2 A and AA.

The pages forbid scripts of others, so axe is brought in as a debugger does it. It comes with
Node's packages; where they aren't installed, the tests that need it are skipped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
THEMES = ("light", "sepia", "dark")
LANGUAGES = ("en", "ur")


def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe finds on the page, or `within` an element of it: rule, element, and what to mend."""
    if not page.evaluate("typeof axe === 'object'"):
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": _source()})
        session.detach()
    found: list[dict[str, Any]] = page.evaluate(
        """async ([within, rules]) => {
          // Colours in the midst of a change are nobody's colours.
          await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => null)));
          const { violations } = await axe.run(within ?? document, {
            runOnly: { type: "tag", values: rules }, resultTypes: ["violations"],
          });
          return violations.flatMap(({ id, nodes }) =>
            nodes.map(({ failureSummary, html }) => ({ id, failureSummary, html })));
        }""",
        [within, RULES],
    )
    return [
        f"{row['id']}: {row['html'][:160]} ({row['failureSummary'].splitlines()[-1].strip()})"
        for row in found
    ]


def dress(page: Page, theme: str, language: str) -> None:
    """Have the pages of this window's storage in a theme and a language from the next load on."""
    page.add_init_script(
        f"""try {{
          localStorage.setItem("glossator.theme", '"{theme}"');
          localStorage.setItem("glossator.language", '"{language}"');
        }} catch {{}}"""
    )


@cache
def _source() -> str:
    if not AXE.exists():
        pytest.skip("axe-core isn't installed (npm ci in frontend/), so nothing was checked.")
    return AXE.read_text("utf-8")
