"""What the papers beside the code say is still so."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from cli_tools import RUN, environment
from glossator.ingestion.slugs import github_slugger
from glossator.settings import Settings, variable

ROOT = Path(__file__).parents[2]
PAPERS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("src/**/*.md"),
        *ROOT.glob("examples/*/README.md"),
        *ROOT.glob("packages/*/README.md"),
    ],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
# The change log may also name what is gone, packages and examples have variables of their own.
CURRENT = [
    path
    for path in PAPERS
    if path.name != "CHANGELOG.md"
    and path.relative_to(ROOT).parts[0] not in ("examples", "packages")
]
_SETTING = re.compile(r"\bGLOSSATOR_[A-Z_]+\b")
_LOOPBACK = ("localhost", "127.0.0.1")
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


@lru_cache
def links(path: Path) -> tuple[str, ...]:
    """Where the links and pictures of a paper lead, in their order."""
    found: list[str] = []
    for block in MarkdownIt().enable("table").parse(path.read_text("utf-8")):
        for token in block.children or ():
            at = {"link_open": "href", "image": "src"}.get(token.type)
            found += [str(token.attrs[at])] if at else []
    return tuple(found)


@lru_cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a paper's headings, as GitHub and the site make them."""
    slug = github_slugger()
    blocks = MarkdownIt().enable("table").parse(path.read_text("utf-8"))
    pairs = pairwise(blocks)
    return frozenset(slug(_words(text)) for head, text in pairs if head.type == "heading_open")


def _words(heading: object) -> str:
    return "".join(part.content for part in heading.children)  # type: ignore[attr-defined]


def broken_links(path: Path) -> list[str]:
    """The relative links of a paper that lead nowhere."""
    found = []
    for address in links(path):
        parts = urlsplit(address)
        if parts.scheme:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        is_lost = parts.netloc or not target.exists() or not target.is_relative_to(ROOT)
        has_anchor = parts.fragment and target.suffix == ".md"
        if is_lost or (has_anchor and unquote(parts.fragment) not in anchors(target)):
            found.append(address)
    return found


def odd_addresses(path: Path) -> Iterator[str]:
    """Links to other hosts that can't be right: nobody fetches them here."""
    for address in links(path):
        parts = urlsplit(address)
        host = parts.hostname or ""
        if not parts.scheme or (parts.scheme == "http" and host in _LOOPBACK):
            continue
        is_known = parts.scheme == "https" and _HOST.fullmatch(host) and not parts.username
        if not is_known or re.search(r"[\s<>\"`]|\.\.|//", parts.path):
            yield address


def glossary() -> list[str]:
    text = (ROOT / "docs/glossary.md").read_text("utf-8")
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What `glossator settings` shows."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [*RUN, "settings", "--json", "--data", home],
        cwd=home, env=environment(home), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


def test_there_are_papers_with_links():
    names = {path.relative_to(ROOT).as_posix() for path in PAPERS}
    assert {"README.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/guide/api.md"} <= names
    assert len(links(ROOT / "README.md")) > 5
    assert anchors(ROOT / "docs/guide/widget.md") >= {"mkdocs", "content-security-policy"}


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(path: Path):
    assert broken_links(path) == []


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_to_another_host_has_a_sane_form(path: Path):
    assert list(odd_addresses(path)) == []


def test_a_broken_link_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("test_docs.ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# One `part`\n\n# One part\n", "utf-8")
    paper, other = tmp_path / "paper.md", tmp_path / "other.md"
    good = "[a](there.md) [b](there.md#one-part-1) ![c](https://example.com/x.png) `[d](code.md)`"
    paper.write_text(good + "\n\n```\n[e](fenced.md)\n```\n", "utf-8")
    assert broken_links(paper) == []
    assert list(odd_addresses(paper)) == []
    bad = "[a](gone.md) [b](there.md#other) ![c](no.png) [d][r] [e](../outside.md)\n\n[r]: lost.md"
    other.write_text(bad, "utf-8")
    assert broken_links(other) == [
        "gone.md", "there.md#other", "no.png", "lost.md", "../outside.md"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["http://example.com", "https://example", "https:/example.com", "ftp://example.com/x",
     "https://me@example.com", "https://example.com//x", "https://example.com/a/../b"],
)  # fmt: skip
def test_an_odd_address_is_noticed(tmp_path: Path, address: str):
    paper = tmp_path / "paper.md"
    paper.write_text(
        f"[a]({address}) <http://localhost:8000/x> <https://docs.example.org>", "utf-8"
    )
    assert list(odd_addresses(paper)) == [address]


def test_the_glossary_is_sorted_and_says_each_word_once():
    rows = glossary()
    assert len(rows) > 20
    words = [word.strip() for row in rows for word in row.split(",")]
    assert len(words) == len(set(words))
    assert rows == sorted(rows, key=str.lower)
    assert all(rows)


def test_decisions_are_numbered_without_a_gap_and_never_twice():
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_every_setting_is_listed_with_its_meaning(listed: list[dict[str, object]]):
    assert [row["name"] for row in listed] == [variable(name) for name in Settings.model_fields]
    assert all(str(row["meaning"]).endswith(".") for row in listed)


@pytest.mark.parametrize(
    "path", [ROOT / ".env.example", *CURRENT], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_only_settings_that_exist_are_named(path: Path):
    named = {name.rstrip("_") for name in _SETTING.findall(path.read_text("utf-8"))}
    assert named <= {f"GLOSSATOR_{name.upper()}" for name in Settings.model_fields}


def test_the_example_of_an_environment_file_can_be_used(tmp_path: Path):
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    values = [line.removeprefix("# ") for line in lines if line.startswith("# GLOSSATOR_")]
    assert len(values) > 3
    (tmp_path / ".env").write_text("\n".join(values), "utf-8")
    read = Settings(_env_file=tmp_path / ".env")  # type: ignore[call-arg]
    given = {line.split("=")[0].removeprefix("GLOSSATOR_").lower() for line in values}
    assert read.model_fields_set == given
