"""The command line in processes of its own: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cli_tools import CommandLine, environment

ABSENT = "I don't have this information in the book."


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
