"""`backup`, `restore` and `migrate-to` as people run them; what `doctor` says of places."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from cli_tools import RUN, CommandLine, environment
from glossator.commands.explaining import explain, sentences
from house_tools import made_settings

QUESTION = "What does a stereo camera compute?"


def test_there_and_back_on_the_command_line(glossator: CommandLine, data: Path, tmp_path: Path):
    def run(*words: str | Path, code: int = 0) -> str:
        done = glossator(*words, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def ask(folder: str | Path) -> str:
        # Without the seconds that it took.
        return run("ask", QUESTION, "--data", folder).rpartition(",")[0]

    asked = ask(data)
    said = run("backup", "b.tar", "--data", data)
    assert "rows and 0 files are kept in b.tar" in said
    assert "is there already" in run("backup", "b.tar", "--data", data, code=1)
    said = run("restore", "b.tar", "--data", "new")
    assert "checksums are equal" in said
    assert "Everybody has to sign in again." in said
    assert ask("new") == asked
    assert "isn't empty" in run("restore", "b.tar", "--data", "new", code=1)
    assert "is damaged" in run("restore", _spoilt(tmp_path / "b.tar"), "--data", "x", code=1)
    said = run("migrate-to", "--to", "third", "--data", "new")
    assert "Nothing was embedded." in said
    assert "GLOSSATOR_DATA=third" in said
    assert ask("third") == asked
    facts = json.loads(run("migrate-to", "--to", "fourth", "--data", "new", "--json"))
    assert facts["rows"] == facts["written"] > 30
    assert "Say where to" in run("migrate-to", "--data", "new", code=2)
    with FileLock(tmp_path / "new/worker.lock"):
        assert "Stop it" in run("migrate-to", "--to", "fifth", "--data", "new", code=1)
        facts = json.loads(run("backup", "c.tar", "--data", "new", "--json", "--with-secret"))
    assert facts["rows"] > 30
    assert (tmp_path / "c.tar").stat().st_mode & 0o077 == 0


def _spoilt(path: Path) -> Path:
    spoilt = path.with_name("spoilt.tar")
    spoilt.write_bytes(path.read_bytes().replace(b"about.json", b"other.json", 1))
    return spoilt


def test_an_archive_goes_through_a_pipe(data: Path, tmp_path: Path):
    env = environment(tmp_path)
    command = [*RUN, "backup", "-", "--data", str(data)]
    done = subprocess.run(command, env=env, capture_output=True, timeout=60, check=True)
    assert done.stdout.startswith(b"about.json")
    assert b"are kept in" in done.stderr
    # Whoever reads it may stop: that is said, not shown as a fault of ours.
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, env=env, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert b"ended too early" in done.stderr
    assert b"Traceback" not in done.stderr


def test_everything_embedded_keeps_other_machines_out(tmp_path: Path):
    found = explain(made_settings(tmp_path))
    assert found["several_processes"] == {"possible": True, "because": []}
    reasons = " ".join(found["several_machines"]["because"])
    for word in ("SQLite", "worker.lock", "GLOSSATOR_FILES_URL", "GLOSSATOR_SECRET_KEY"):
        assert word in reasons
    assert found["runs_jobs_now"] is False
    with FileLock(tmp_path / "worker.lock"):
        assert explain(made_settings(tmp_path))["runs_jobs_now"] is True
    said = list(sentences(found))
    assert "Another process on this machine may join." in said
    assert sum(line.startswith("Another machine is kept out:") for line in said) == 4


def test_everything_external_lets_other_machines_in(tmp_path: Path):
    found = explain(
        made_settings(
            tmp_path, "postgresql://x@db.example/g", vectors_url="pgvector:", queue="postgres",
            files_url="s3://bucket/g", secret_key="k" * 40,
        )
    )  # fmt: skip
    assert found["several_machines"] == {"possible": True, "because": []}
    embedded = {piece["part"] for piece in found["parts"] if piece["kind"] == "embedded"}
    assert embedded == {"data folder"}
    assert "db.example" not in json.dumps(found)


@pytest.mark.parametrize(
    ("changes", "kept_out"),
    [({"queue": "embedded"}, "GLOSSATOR_QUEUE=postgres"), ({"files_url": "file:"}, "a folder of"),
     ({"secret_key": None}, "GLOSSATOR_SECRET_KEY")],
)  # fmt: skip
def test_one_embedded_part_is_enough(tmp_path: Path, changes: dict[str, str], kept_out: str):
    given = {"vectors_url": "pgvector:", "queue": "postgres", "files_url": "s3://bucket/g",
             "secret_key": "k" * 40, **changes}  # fmt: skip
    found = explain(made_settings(tmp_path, "postgresql://x@db.example/g", **given))
    (reason,) = found["several_machines"]["because"]
    assert kept_out in reason


def test_chroma_in_the_folder_is_said_to_be_for_one(tmp_path: Path):
    found = explain(made_settings(tmp_path, vectors_url="chroma:", workers=2))
    (chroma,) = [piece for piece in found["parts"] if piece["part"] == "vectors"]
    assert "belongs to the first process" in chroma["what"]
