"""Every test that docs/security.md names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "docs/security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::((?:\w+::)?\w+)`")
ROW = re.compile(r"^\|(?!\s*-|---)(.+)\|$", re.MULTILINE)


@cache
def names_in(name: str) -> frozenset[str]:
    path = ROOT / name
    found: set[str] = set()
    if path.exists():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.ClassDef):
                found |= {f"{node.name}::{part.name}" for part in node.body
                          if isinstance(part, ast.FunctionDef)}  # fmt: skip
    return frozenset(found)


def missing(text: str) -> list[str]:
    return [f"{file}::{test}" for file, test in NAMED.findall(text) if test not in names_in(file)]


def test_every_named_test_exists():
    text = PAPER.read_text("utf-8")
    assert len(NAMED.findall(text)) > 80
    assert missing(text) == []


def test_every_threat_has_a_test_or_a_reason():
    _, _, threats = PAPER.read_text("utf-8").partition("\n## Threats\n")
    threats, _, _ = threats.partition("\n## What can't")
    heads = (" Threat", " Input", " What ", "---")
    rows = [row for row in ROW.findall(threats) if not row.startswith(heads)]
    assert len(rows) > 70
    for row in rows:
        reason = re.search(r"doesn't apply|can't be|has no tools|install\.sh", row)
        assert NAMED.search(row) or reason, row


def test_a_test_that_is_gone_is_noticed():
    here = "tests/security/test_document.py"
    assert missing(f"`{here}::test_every_named_test_exists`") == []
    assert missing(f"`{here}::test_gone` `tests/none.py::test_x`") == [
        f"{here}::test_gone", "tests/none.py::test_x"
    ]  # fmt: skip
