"""The command line where something is wrong, and beside other processes."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cli_tools import RUN, CommandLine, environment


def test_problems_are_listed_and_the_rest_is_added(
    glossator: CommandLine, tmp_path: Path, source: Path
):
    folder = tmp_path / "mixed"
    shutil.copytree(source, folder)
    (folder / "broken.md").write_bytes(b"\x00\x01\x02\xff" * 100)
    (folder / "empty.md").write_text("", "utf-8")
    (folder / "tit\udcffle.md").write_bytes(b'---\ntitle: "half \\ud800"\n---\nA line.\n')
    done = glossator("add", folder, "--data", tmp_path / "d", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (added,) = json.loads(done.stdout)["books"]
    assert added["chapters"] >= 2
    assert {problem["path"] for problem in added["problems"]} >= {"broken.md", "empty.md"}
    assert "broken.md" in done.stderr


def test_nothing_to_add_is_a_failure_in_words(glossator: CommandLine, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.bin").write_bytes(b"\x00" * 9)
    for path in ("nowhere", "empty", "x.bin"):
        done = glossator("add", path, "--data", "d", "--json", cwd=tmp_path)
        assert (path, done.returncode, done.stdout) == (path, 1, "")
        assert path in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda d: d.write_text("a file", "utf-8"), "can't be used"),
        (lambda d: (d.mkdir(), (d / "glossator.db").write_bytes(b"no database" * 999)), "database"),
        (lambda d: (d.mkdir(), (d / "glossator.db").mkdir()), "database"),
    ],
)
def test_a_data_folder_that_is_none(
    glossator: CommandLine, tmp_path: Path, prepare: Callable[[Path], object], said: str
):
    prepare(tmp_path / "d")
    for command in (["book", "list"], ["ask", "x"], ["doctor"]):
        done = glossator(*command, "--data", "d", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["nonsense", "mysql://h/d", "postgresql://localhost:1/x"])
def test_a_database_that_is_none(glossator: CommandLine, tmp_path: Path, value: str):
    done = glossator(
        "book", "list", cwd=tmp_path, env=environment(tmp_path, GLOSSATOR_DATABASE_URL=value)
    )
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_arguments_that_are_no_text(glossator: CommandLine, data: Path, tmp_path: Path):
    for arguments in (
        ["book", "show", b"\xff"],
        ["ask", b"what \xff is a robot"],
        ["book", "rename", "robots", "--title", b"\xff"],
        ["search", "a\n\tb \x7f"],
    ):
        done = glossator(*arguments, "--data", data, cwd=tmp_path)  # type: ignore[arg-type]
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 2, 3)


def test_a_terminal_that_knows_ascii_alone(glossator: CommandLine, filled: Path, tmp_path: Path):
    env = environment(tmp_path, PYTHONIOENCODING="ascii", NO_COLOR="1")
    done = glossator(
        "ask", "football world cup", "--data", filled, cwd=tmp_path, env=env, fresh=True
    )
    assert done.returncode == 3, done.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_other_commands_work_beside_a_server(
    glossator: CommandLine, data: Path, source: Path, tmp_path: Path
):
    port = free_port()
    command = [*RUN, "serve", "--data", str(data), "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environment(tmp_path), stdout=log, stderr=log
        )
    try:
        while True:
            try:
                assert len(chapters(port)) == 2
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "log").read_text("utf-8")
                time.sleep(0.05)
        more = tmp_path / "robots"
        shutil.copytree(source, more)
        (more / "new.md").write_text("# New\n\nGrippers hold eggs gently.", "utf-8")
        runs = [["add", more, "--json"], ["ask", "What is a lidar?", "--json"], ["search", "lidar"]]
        done = [
            subprocess.Popen([*RUN, *map(str, run), "--data", str(data)], cwd=tmp_path,
                             env=environment(tmp_path), stdout=subprocess.DEVNULL)
            for run in runs
        ]  # fmt: skip
        assert [process.wait(60) for process in done] == [0, 0, 0]
        assert len(chapters(port)) == 3
        taken = glossator("serve", "--data", data, "--port", str(port), cwd=tmp_path)
        assert taken.returncode == 1
        assert "--port" in taken.stderr
    finally:
        server.terminate()
        assert server.wait(20) in (0, -15)


def chapters(port: int) -> list[object]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/books/robots")
    found: list[object] = json.loads(connection.getresponse().read())["chapters"]
    connection.close()
    return found
