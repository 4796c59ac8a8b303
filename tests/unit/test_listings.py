"""What the papers show of code can be read by whoever it is written for."""

from __future__ import annotations

import configparser
import json
import subprocess
import tomllib
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "frontend/node_modules/.bin/esbuild"
PAPERS = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/README.md"),
        *ROOT.glob("packages/*/README.md"),
    ]
)
SCRIPTS = ("js", "ts", "jsx", "tsx", "css")
# What is shown and not read by a test here: `sh` is run by tests/journeys/test_docs_commands.py,
# `text` is what somebody types or sees elsewhere, `html` is read by browsers as it comes.
UNREAD = ("", "sh", "text", "html")


@lru_cache
def listings() -> tuple[tuple[str, str, str], ...]:
    """Each fenced listing: where it is shown, its language, its text."""
    return tuple(
        (
            f"{path.relative_to(ROOT).as_posix()}:{token.map[0] + 1}",
            token.info.strip(),
            token.content,
        )
        for path in PAPERS
        for token in MarkdownIt().parse(path.read_text("utf-8"))
        if token.type == "fence" and token.map
    )


def of(*languages: str) -> list[object]:
    return [pytest.param(kind, text, id=at) for at, kind, text in listings() if kind in languages]


def read(kind: str, text: str) -> None:
    """Read a listing; raises whatever its reader raises where it can't be read."""
    if kind == "python":
        compile(text, "listing", "exec")
    elif kind == "json":
        # Some show JSON lines, of which one may run over the end of a line.
        begin, decoder = 0, json.JSONDecoder()
        while begin < len(text.rstrip()):
            end = decoder.raw_decode(text, begin)[1]
            begin = end + len(text[end:]) - len(text[end:].lstrip())
    elif kind == "yaml":
        yaml.safe_load(text)
    elif kind == "toml":
        tomllib.loads(text)
    elif kind == "ini":
        reader = configparser.RawConfigParser(delimiters=("=",), strict=True)
        reader.read_string(f"[all]\n{text}")
        assert all("\n" not in value for value in dict(reader["all"]).values())
    else:
        raise AssertionError(f"nobody reads a listing in {kind}; add its reader here")


@pytest.mark.parametrize(
    ("kind", "text"),
    of(*sorted({kind for _, kind, _ in listings()} - {*SCRIPTS, *UNREAD})),
)
def test_a_listing_can_be_read(kind: str, text: str):
    read(kind, text)


def test_scripts_can_be_compiled(tmp_path: Path):
    shown = [(at, kind, text) for at, kind, text in listings() if kind in SCRIPTS]
    assert shown
    if not ESBUILD.exists():
        pytest.skip("The pages' tools aren't installed, so shown scripts weren't compiled.")
    files = {}
    for number, (at, kind, text) in enumerate(shown):
        file = tmp_path / f"{number}.{kind}"
        # A line of a configuration is no program by itself.
        is_entry = kind == "js" and text.rstrip().endswith(",")
        file.write_text(f"export default {{\n{text}\n}}" if is_entry else dedent(text), "utf-8")
        files[file.name] = at
    done = subprocess.run(
        [ESBUILD, *files, f"--outdir={tmp_path / 'out'}", "--log-level=error"],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr}\n{files}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [("python", "def"), ("json", '{"a": 1} {'), ("yaml", "a: [1"), ("ini", "A=1\nA=2"),
     ("toml", "a ="), ("cobol", "STOP RUN.")],
)  # fmt: skip
def test_a_listing_that_cannot_be_read_fails(kind: str, text: str):
    with pytest.raises(
        (SyntaxError, ValueError, yaml.YAMLError, configparser.Error, AssertionError)
    ):
        read(kind, text)
