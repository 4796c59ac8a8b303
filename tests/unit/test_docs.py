"""What the papers beside the code say is still so."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from cli_tools import RUN, environment
from glossator.ingestion.slugs import github_slugger
from glossator.settings import Settings, variable

ROOT = Path(__file__).parents[2]
PAPERS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
# The change log may also name what is gone.
CURRENT = [path for path in PAPERS if path.name != "CHANGELOG.md"]
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_SETTING = re.compile(r"\bGLOSSATOR_[A-Z_]+\b")


def prose(path: Path) -> str:
    return _CODE.sub("", _FENCE.sub("", path.read_text("utf-8")))


def broken_links(path: Path) -> list[str]:
    """The relative links of a paper that lead nowhere."""
    found = []
    for address in _LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", address):
            continue
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            found.append(address)
        elif anchor and target.suffix == ".md":
            slug = github_slugger()
            anchors = [slug(text) for text in _HEADING.findall(_FENCE.sub("", target.read_text()))]
            found += [address] if anchor not in anchors else []
    return found


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
    assert len(_LINK.findall(prose(ROOT / "README.md"))) > 5


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(path: Path):
    assert broken_links(path) == []


def test_a_broken_link_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("test_docs.ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# One part\n", "utf-8")
    paper = tmp_path / "paper.md"
    good = "[a](there.md) [b](there.md#one-part) ![c](https://example.com/x.png) `[d](code.md)`"
    paper.write_text(good + "\n\n```\n[e](fenced.md)\n```\n", "utf-8")
    assert broken_links(paper) == []
    paper.write_text("[a](gone.md) [b](there.md#other) ![c](no.png)", "utf-8")
    assert broken_links(paper) == ["gone.md", "there.md#other", "no.png"]


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
