"""The documentation's site: built without a warning, nothing from other hosts, its own chat."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import site_hook

from glossator.ingestion.readers.safe_yaml import load_yaml

ROOT = Path(__file__).parents[2]
TUTOR = "https://tutor.example.org"
SETTINGS = {"DOCS_TUTOR": TUTOR, "DOCS_SITE": "", "NO_MKDOCS_2_WARNING": "1"}
MKDOCS = Path(sys.executable).with_name("mkdocs")
# Attributes by which a browser fetches something without being asked to; links only lead away.
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|audio|video)\b[^>]*?\bsrc=\"?([^\">\s]+)"
    r"|<link\b(?=[^>]*\brel=\"?(?:stylesheet|preload|preconnect|icon|modulepreload))"
    r"[^>]*?\bhref=\"?([^\">\s]+)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is built where a server for its chat is named."""
    if not MKDOCS.exists():
        pytest.skip("MkDocs isn't installed (`make docs` does it), so the site wasn't built.")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [MKDOCS, "build", "--strict", "--site-dir", folder],
        cwd=ROOT, env={**os.environ, **SETTINGS},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def fetched(page: Path) -> set[str]:
    return {a or b for a, b in _FETCHED.findall(page.read_text("utf-8"))}


def test_every_paper_has_a_page(site: Path):
    for paper in (ROOT / "docs").rglob("*.md"):
        rel = paper.relative_to(ROOT / "docs").with_suffix("")
        folder = rel.parent if rel.name in ("index", "README") else rel
        assert (site / folder / "index.html").is_file(), rel


def test_nothing_is_fetched_from_elsewhere_but_the_widget(site: Path):
    for page in site.rglob("*.html"):
        others = {name for name in fetched(page) if re.match(r"(?:[a-z]+:)?//", name)}
        assert others == {f"{TUTOR}/widget.js?book=docs"}, page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", style.read_text("utf-8")), style


def test_the_widget_is_deferred_and_in_no_site_that_names_no_server(site: Path):
    text = (site / "index.html").read_text("utf-8")
    assert re.search(r"<script[^>]*widget\.js\?book=docs[^>]*\bdefer\b", text)
    config = {"extra": {"tutor": ""}, "extra_javascript": []}
    assert site_hook.on_config(config)["extra_javascript"] == []


@pytest.mark.parametrize("address", ["tutor.example.org", "ftp://x.example", "https://x.example/y"])
def test_what_is_no_server_is_refused(address: str):
    with pytest.raises(ValueError, match="DOCS_TUTOR"):
        site_hook.on_config({"extra": {"tutor": address}, "extra_javascript": []})


def test_what_lies_outside_is_linked_where_the_repository_shows_it(site: Path):
    text = (site / "how-to/docusaurus/index.html").read_text("utf-8")
    assert "/blob/main/packages/docusaurus-plugin-glossator/README.md" in text
    text = (site / "decisions/index.html").read_text("utf-8")
    assert text.count('href="0') >= len(list((ROOT / "docs/decisions").glob("0*.md")))


@pytest.mark.parametrize(
    ("link", "led"),
    [
        ("[a](../there.md#part)", "[a](https://x.example/blob/main/there.md#part)"),
        ("[a](<../folder>)", "[a](<https://x.example/tree/main/folder>)"),
        ("![a](own.png) [b](#part) [c](https://y.example)", ""),
        ("[a](../../outside.md)", ""),
    ],
)
def test_links_are_led_outward(tmp_path: Path, link: str, led: str):
    (tmp_path / "docs").mkdir()
    (tmp_path / "folder").mkdir()
    paper = tmp_path / "docs/paper.md"
    made = site_hook.outward(link, paper, tmp_path / "docs", "https://x.example")
    assert made == (led or link)


def test_the_navigation_names_no_page_twice():
    settings = load_yaml((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert isinstance(settings, dict)
    named = re.findall(r"\S+\.md", str(settings["nav"]))
    assert len(named) == len(set(named)) > 40
