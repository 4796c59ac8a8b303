"""What MkDocs does beside its own work when it builds this project's site.

- Links that leave docs/ for a file of the repository lead to the repository's address.
- The page of decisions lists them.
- With DOCS_TUTOR, the address of a Glossator, the site carries its widget for the book `docs`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LINK = re.compile(r"(\]\(\s*<?)([^)\s>]+)")
_TITLE = re.compile(r"^# \d+ (.+)$", re.MULTILINE)
BOOK = "docs"


def on_config(config: Any, **_: Any) -> Any:
    """Add the widget where a server is named; raises `ValueError` for what is no origin."""
    tutor = str(config["extra"].get("tutor") or "").rstrip("/")
    if tutor:
        parts = urlsplit(tutor)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ValueError(f"DOCS_TUTOR names a server, such as https://tutor.example: {tutor}")
        from mkdocs.config.config_options import ExtraScriptValue

        script = ExtraScriptValue(f"{tutor}/widget.js?book={BOOK}")
        script.defer = True
        config["extra_javascript"].append(script)
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """A page's text with links that lead somewhere on the site."""
    source = Path(page.file.abs_src_path)
    docs = Path(config["docs_dir"])
    if source == docs / "decisions/README.md":
        markdown += "\n" + decisions(source.parent)
    return outward(markdown, source, docs, str(config["repo_url"]))


def outward(markdown: str, source: Path, docs: Path, repository: str) -> str:
    """Relative links to files of the repository outside `docs` as addresses of `repository`."""

    def led(found: re.Match[str]) -> str:
        name, mark, anchor = found[2].partition("#")
        if not name or urlsplit(name).scheme:
            return found[0]
        target = (source.parent / name).resolve()
        root = docs.resolve().parent
        if target.is_relative_to(docs.resolve()) or not target.is_relative_to(root):
            return found[0]
        kind = "tree" if target.is_dir() else "blob"
        inside = target.relative_to(root).as_posix()
        return f"{found[1]}{repository}/{kind}/main/{inside}{mark}{anchor}"

    return _LINK.sub(led, markdown)


def decisions(folder: Path) -> str:
    """A list of the decisions in a folder, by their titles."""
    titles: Mapping[str, re.Match[str] | None] = {
        path.name: _TITLE.search(path.read_text("utf-8")) for path in sorted(folder.glob("0*.md"))
    }
    return "\n".join(
        f"- [{name[:4]} {title[1]}]({name})" for name, title in titles.items() if title is not None
    )
