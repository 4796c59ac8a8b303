"""The steps of action.yml, run by bash as GitHub's runner does, over a small book.

What installs is left out: it needs the network. `glossator` is the one under test.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from glossator.cli import command_line

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
PAGE = "# Gears\n\n## Ratio\n\nA gear ratio is the quotient of two numbers of teeth.\n"
QUESTION = {
    "id": "g1", "question": "What is a gear ratio?", "answerable": True, "chapter": "gears",
    "heading": "Ratio", "evidence": "A gear ratio is the quotient of two numbers of teeth.",
}  # fmt: skip
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner's folders; `run` does the steps with inputs and gives the last exit code."""

    folder: Path

    def run(self, **inputs: str) -> int:
        given = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        given |= inputs
        for step in ACTION["runs"]["steps"]:
            if "run" in step and step["name"] != "Install":
                done = self._step(step, given)
                if done.returncode:
                    return done.returncode
        return 0

    def _step(
        self, step: dict[str, Any], given: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {k: _INPUT.sub(lambda f: given[f[1]], v) for k, v in step.get("env", {}).items()}
        assert not _INPUT.search(step["run"]), "an input within a script could run as one"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GLOSSATOR_")}
        env = {
            **kept, **own, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder / "temp"), "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }  # fmt: skip
        # As GitHub runs `shell: bash`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.folder / "repository", env=env, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    for name in ("bin", "temp", "repository/my docs"):
        (tmp_path / name).mkdir(parents=True)
    program = tmp_path / "bin/glossator"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m glossator "$@"\n', "utf-8")
    program.chmod(0o755)
    (tmp_path / "repository/my docs/gears.md").write_text(PAGE, "utf-8")
    (tmp_path / "repository/questions.jsonl").write_text(json.dumps(QUESTION), "utf-8")
    return Runner(tmp_path)


def test_a_push_is_checked_compared_and_fails_below_a_threshold(runner: Runner):
    repository = runner.folder / "repository"
    page, library = repository / "my docs/gears.md", runner.folder / "before"
    questions, baseline = repository / "questions.jsonl", repository / "baseline.json"
    assert here("add", page.parent, "--book", "book", "--data", library) == 0
    assert here("check", questions, "--data", library, "--save", baseline) == 0
    page.write_text(PAGE.replace("the quotient of two numbers", "a number"), "utf-8")
    ended = runner.run(
        book="my docs", questions="questions.jsonl", baseline="baseline.json",
        thresholds="--min-top1 1 --max-worse 0",
    )  # fmt: skip
    assert ended == 4
    assert {path.name for path in (repository / "glossator-check").iterdir()} == {
        "baseline.json", "check.json", "check.md", "check.xml",
    }  # fmt: skip
    told = (runner.folder / "summary.md").read_text("utf-8")
    assert "evidence in the top 1 | 0.0 %" in told
    assert "Question g1 (line 1): evidence not found in the book" in told
    assert "section changed: chapter gears (Gears), “Ratio”" in told
    assert "Below: retrieval top1: 0, wanted 1" in told


def here(*arguments: object) -> int:
    """A command's exit code, run in this process."""
    return CliRunner().invoke(command_line(), [str(each) for each in arguments]).exit_code


def test_every_input_is_used_and_described():
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(_INPUT.findall(text)) == set(ACTION["inputs"])
    shown = (ROOT / "docs/guide/checking.md").read_text("utf-8")
    (recipe,) = re.findall(r"```yaml\n(.*?)```", shown, re.DOTALL)
    (step,) = [s for s in yaml.safe_load(recipe)["jobs"]["check"]["steps"] if "with" in s]
    assert set(step["with"]) <= set(ACTION["inputs"])
