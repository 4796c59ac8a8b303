"""Killed at every point of its work once: nothing that was acknowledged is lost (R2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli_tools import environment

SCRIPT = Path(__file__).with_name("named_points.py")
KEPT, CHANGED, DOOMED = "kept.md", "changed.md", "doomed.md"


def trials(folder: Path, template: Path, first: int, step: int) -> list[dict[str, Any]]:
    paths = os.pathsep.join([str(SCRIPT.parents[1]), str(SCRIPT.parents[2] / "src")])
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, template, str(first), str(step)],
        env={**environment(folder), "PYTHONPATH": paths}, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def holds(trial: dict[str, Any]) -> None:
    """What was acknowledged is there, and nothing else."""
    said, context = trial["said"], trial["point"]
    assert trial["ended"] == 0, (context, trial["told"])
    found = json.loads(trial["told"][0])
    assert (found["integrity"], found["strays"], found["buried"]) == ("ok", 0, 0), context
    assert found["files"] == found["paths"], context
    assert set(found["documents"].values()) <= {"ready"}, (context, found)
    taken = {line.split()[1] for line in said if line.startswith("taken")}
    if "deleted" in said:
        assert DOOMED not in found["documents"], context
        taken.discard(DOOMED)
    # One that was being taken or deleted may be there or not, whole.
    assert taken - {DOOMED} <= set(found["documents"]), (context, said, found)
    if "anew" not in said:
        assert taken <= set(found["documents"]), (context, said, found)
    if "anew" in said:
        assert "another" in found["texts"][CHANGED], (context, found["texts"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Only where processes fork.")
def test_some_of_the_points(tmp_path: Path, migrated_sqlite: Path):
    found = trials(tmp_path, migrated_sqlite, 5, 29)
    assert len(found) >= 5
    assert not found[-1]["died"]
    for trial in found:
        holds(trial)


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Only where processes fork.")
def test_every_point(tmp_path: Path, migrated_sqlite: Path):
    found = trials(tmp_path, migrated_sqlite, 1, 1)
    for trial in found:
        holds(trial)
    sys.stdout.write(f"{len(found) - 1} points, each killed at once: {found[-1]['said'][-1]}\n")
