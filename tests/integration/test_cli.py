"""The command line in processes of its own: what it prints, and how it ends."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cli_tools import RUN, CommandLine, environment, start
from small_books import CHAPTERS

ABSENT = "I don't have this information in the book."


@pytest.fixture(scope="module")
def glossator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command line."""
    command_line = start(tmp_path_factory.mktemp("home"))
    yield command_line
    command_line.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain folder with a book of two chapters."""
    folder = tmp_path_factory.mktemp("source") / "robots"
    for name, text in CHAPTERS.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def filled(glossator: CommandLine, tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """A data folder with that book, for tests that only read."""
    data = tmp_path_factory.mktemp("filled")
    done = glossator("add", source, "--data", data, cwd=data)
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(tmp_path: Path, filled: Path) -> Path:
    """A copy of it, for tests that write."""
    copy = tmp_path / "data"
    shutil.copytree(filled, copy)
    return copy


def only_json(done: subprocess.CompletedProcess[str]) -> object:
    found = json.loads(done.stdout)
    assert done.stderr == ""
    return found


def test_add_says_what_it_did(glossator: CommandLine, tmp_path: Path, source: Path):
    done = glossator("add", source, "--data", tmp_path / "d", cwd=tmp_path, fresh=True)
    assert done.returncode == 0
    assert done.stdout.startswith("Robots (robots): 2 chapters (2 new, 0 changed, 0 unchanged)")
    assert "robots: 2 of 2 chapters" in done.stderr
    again = glossator("add", source, "--data", tmp_path / "d", "--json", cwd=tmp_path)
    (added,) = only_json(again)["books"]  # type: ignore[index]
    assert (added["unchanged"], added["chunks_embedded"], added["problems"]) == (2, 0, [])


def test_add_with_id_title_and_url(glossator: CommandLine, tmp_path: Path, source: Path):
    done = glossator("add", source, "--data", tmp_path, "--book", "r2", "--title", "Ρομπότ 🤖",
                     "--url", "https://example.com/d", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = only_json(glossator("book", "show", "r2", "--data", tmp_path, "--json", cwd=tmp_path))
    assert (shown["title"], shown["url"]) == ("Ρομπότ 🤖", "https://example.com/d")  # type: ignore[index]


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
    "arguments",
    [
        ["nonsense"],
        ["add"],
        ["add", "x", "--book", "a b"],
        ["add", "x", "--url", "ftp://x"],
        ["ask", " "],
        ["ask", "x" * 2001],
        ["search", "x", "--k", "51"],
        ["serve", "--port", "99999"],
        ["book", "rename", "x"],
    ],
)
def test_wrong_usage_ends_with_2(glossator: CommandLine, tmp_path: Path, arguments: list[str]):
    done = glossator(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_ask(glossator: CommandLine, filled: Path, tmp_path: Path):
    question = "What does the derivative term of a PID controller do?"
    done = glossator("ask", question, "--data", filled, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "damps the motion" in done.stdout
    assert "[1] Control > The PID controller" in done.stdout
    found = only_json(glossator("ask", question, "--data", filled, "--json", cwd=tmp_path))
    assert found["mode"] == "extractive"  # type: ignore[index]
    assert {"answer", "sources", "nearest", "confidence", "usage"} <= set(found)  # type: ignore[arg-type]


def test_ask_what_is_not_in_the_book_ends_with_3(
    glossator: CommandLine, filled: Path, tmp_path: Path
):
    question = "Who won the football world cup in 1998?"
    done = glossator("ask", question, "--data", filled, cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout.startswith(ABSENT)
    done = glossator("ask", question, "--data", filled, "--json", cwd=tmp_path)
    assert (done.returncode, only_json(done)["answer"]) == (3, ABSENT)  # type: ignore[index]


def test_ask_of_a_book_that_is_not_there(glossator: CommandLine, filled: Path, tmp_path: Path):
    done = glossator("ask", "x", "--book", "nowhere", "--data", filled, "--json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no book" in done.stderr
    done = glossator("ask", "x", "--data", tmp_path / "new", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "glossator add" in done.stderr


def test_search(glossator: CommandLine, filled: Path, tmp_path: Path):
    done = glossator("search", "lidar pulses", "--data", filled, "--k", "2", cwd=tmp_path)
    assert done.returncode == 0
    assert "1. Sensors > Lidar  score" in done.stdout
    assert "maxsim" in done.stdout
    found = only_json(glossator("search", "lidar", "--data", filled, "--json", cwd=tmp_path))
    assert len(found["results"]) == 5  # type: ignore[index]


def test_books_are_listed_shown_renamed_and_removed(
    glossator: CommandLine, data: Path, tmp_path: Path
):
    listed = only_json(glossator("book", "list", "--data", data, "--json", cwd=tmp_path))
    assert set(listed) == {"items", "page", "page_size", "total"}  # type: ignore[call-overload]
    shown = glossator("book", "show", "robots", "--data", data, cwd=tmp_path)
    assert "[part-1/sensors, " in shown.stdout
    assert glossator("book", "rename", "robots", "--title", "New", "--data", data,
                     cwd=tmp_path).returncode == 0  # fmt: skip
    assert (
        "robots\tNew\t2 chapters" in glossator("book", "list", "--data", data, cwd=tmp_path).stdout
    )
    kept = glossator("book", "remove", "robots", "--data", data, cwd=tmp_path, stdin="n\n")
    assert kept.returncode == 1
    gone = glossator("book", "remove", "robots", "--yes", "--data", data, cwd=tmp_path)
    assert gone.returncode == 0
    assert "no books yet" in glossator("book", "list", "--data", data, cwd=tmp_path).stdout
    for command in (["show", "robots"], ["rename", "robots", "--title", "x"],
                    ["remove", "robots", "--yes"]):  # fmt: skip
        done = glossator("book", *command, "--data", data, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.strip() == "There is no book with this id."


def test_doctor_and_migrate(glossator: CommandLine, data: Path, tmp_path: Path):
    found = only_json(glossator("doctor", "--data", data, "--json", cwd=tmp_path))
    (book,) = found["books"]  # type: ignore[index]
    assert (book["even"], book["words"]) == (True, book["chunks"])
    assert glossator("migrate", "--data", data, cwd=tmp_path).stdout.startswith(
        "The database is at"
    )


def test_settings_are_read_from_the_folder_and_secrets_stay(glossator: CommandLine, tmp_path: Path):
    (tmp_path / ".env").write_text(
        "GLOSSATOR_DATA=here\nGLOSSATOR_DATABASE_URL=postgresql://me:hunter2@localhost/x\n", "utf-8"
    )
    found = only_json(glossator("settings", "--json", cwd=tmp_path))
    values = {row["name"]: row["value"] for row in found}  # type: ignore[union-attr]
    assert values["GLOSSATOR_DATA"] == "here"
    assert values["GLOSSATOR_DATABASE_URL"] == "postgresql://me:***@localhost/x"
    for command in ("settings", "doctor", "migrate"):
        done = glossator(command, cwd=tmp_path)
        assert "hunter2" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_where_the_data_folder_is(glossator: CommandLine, filled: Path, tmp_path: Path):
    by_variable = environment(tmp_path, GLOSSATOR_DATA=str(filled))
    assert "robots" in glossator("book", "list", cwd=tmp_path, env=by_variable).stdout
    given = glossator("book", "list", "--data", tmp_path / "other", cwd=tmp_path, env=by_variable)
    assert "no books yet" in given.stdout
    assert glossator("book", "list", cwd=tmp_path).returncode == 0
    assert list(tmp_path.glob("**/glossator/glossator.db"))


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
