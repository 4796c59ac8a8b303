"""Every command that the papers show is run as it is shown, or is known by name with the reason."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_tools import CommandLine, start
from house_tools import SAMPLE

ROOT = Path(__file__).parents[2]
PAPERS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("packages/*/README.md"),
    ]
)
SHELL = re.compile(r"^```(?:sh|bash|shell|console|zsh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LISTING = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Whose Python is run as it stands, against a server.
RUN_AS_SHOWN = ("mcp", "openai", "clients")
OPTIONAL = re.compile(r"\s*\[([^\]\n]*)\]")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|…|<\w+>")

# What stands for something of the reader's own.
PLACEHOLDERS = {
    "PATH…": str(SAMPLE),
    "path/to/your-site": str(SAMPLE),
    "ID": "physical-ai",
    "TITLE": "Robots",
    "ADDRESS": "https://your-site.example",
    "FOLDER": "folder",
    "SITE": str(SAMPLE),
    "QUESTIONS.jsonl": str(SAMPLE / "questions.jsonl"),
    "FILE": "backup.tar",
}
# What each command says when it worked.
SAYS = {
    "add": "11 chapters",
    "book list": "11 chapters",
    "book show": "Kinematics: where the hand is",
    "book rename": "is now called Robots",
    "book remove": "was removed",
    "ask": r"\(extractive, confidence",
    "search": "confidence",
    "check": r"evidence in the top 5|\"answerable\": false",
    "gaps": "Every question of 90 days had an answer",
    "doctor": "database: ok",
    "mcp": '"name":"glossator"',
    "migrate": "revision",
    "migrate-to": "Nothing was embedded",
    "backup": "are kept in backup.tar",
    "restore": "checksums are equal",
    "reindex": "passages embedded|nothing to index",
    "settings": "GLOSSATOR_PORT",
    "usage": r"of 10\.00 USD",
    "user add": "ada@example.org",
    "user list": "ada@example.org",
    "user show": "questions: 20, 0 used",
    "user allow": r"questions|author: ",
    "user role": "author",
    "user reset-password": "password",
    "user disable": "ada@example.org",
    "user remove": "was deleted",
    "user invite": r"[\w-]{8,}",
}
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "a reader of the papers", "version": "1"}},
}  # fmt: skip
PASSWORD = "a lantern on the pier"
# Whose commands belong together and are carried out whole.
EXAMPLES = {
    "better-auth": "tests/journeys/test_better_auth.py",
    "docusaurus": "tests/journeys/test_widget_sites.py",
    "mkdocs": "tests/journeys/test_widget_sites.py",
}
NOT_RUN = {
    "make demo": "It installs everything and then serves without an end.",
    "make demo ONCE=1": "It installs everything; `glossator demo --once` is tried in test_cli.py.",
    "make test": "It would run these tests in these tests.",
    "make setup": "It installs everything from the network.",
    "make check": "It is run beside the tests.",
    "glossator add mkdocs.yml --book docs --url ADDRESS": "test_site_book.py adds this site.",
}


def shown(text: str) -> list[str]:
    """The commands in the shell listings of a paper, one line each, without comments."""
    lines = [
        line
        for listing in SHELL.findall(text)
        for line in re.sub(r"\s*\\\n\s*", " ", listing).splitlines()
    ]
    bare = [re.sub(r"(^|\s+)#.*$", "", line).removeprefix("$ ").strip() for line in lines]
    return [line for line in bare if line]


def filled_in(command: str) -> tuple[str, str]:
    """The command without its optional parts, and with them; placeholders replaced."""
    forms = (OPTIONAL.sub("", command), OPTIONAL.sub(r" \1", command))
    names = re.compile("|".join(rf"(?<![\w'\"-]){re.escape(name)}(?!\w)" for name in PLACEHOLDERS))
    short, full = (names.sub(lambda found: PLACEHOLDERS[found[0]], form) for form in forms)
    return short, full


def kind(command: str) -> str:
    """`glossator`, `curl` or `python`; anything else the test doesn't know, and fails."""
    program = command.split(maxsplit=1)[0].removeprefix(".venv/bin/")
    assert program in ("glossator", "curl", "python"), f"nobody runs this: {command}"
    return program


def verb(words: list[str]) -> str:
    return " ".join(words[: 2 if words[0] in ("book", "user") else 1])


def every() -> list[str]:
    """All commands shown, each once."""
    return list(dict.fromkeys(line for paper in PAPERS for line in shown(paper.read_text("utf-8"))))


def commands(program: str) -> list[str]:
    return [line for line in every() if line not in NOT_RUN and kind(line) == program]


def forms() -> list[str]:
    """Our own commands as they are run: bare, and with all that is optional."""
    return list(dict.fromkeys(form for line in commands("glossator") for form in filled_in(line)))


@pytest.fixture(scope="module")
def glossator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    command_line = start(tmp_path_factory.mktemp("home"))
    yield command_line
    command_line.close()


@pytest.mark.parametrize("form", forms())
def test_a_command_of_ours_does_what_is_written(
    glossator: CommandLine, sample_data: Path, tmp_path: Path, form: str
):
    words = shlex.split(form)[1:]
    name = verb(words)
    if name == "serve":
        done = glossator(*words, "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "--workers" in done.stdout
        return
    assert name in SAYS, f"nobody runs this: {form}"
    own = [word for word in words if not Path(word).is_absolute() and "://" not in word]
    assert not any(PLACEHOLDER.search(word) for word in own), f"unknown placeholder: {form}"
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    if name == "restore":
        kept = glossator("backup", words[1], "--data", data, cwd=tmp_path)
        assert kept.returncode == 0, kept.stderr
        data = tmp_path / "empty"
    if words[0] == "user" and name != "user add":
        known = ("user", "add", "ada@example.org", "--data", data)
        assert glossator(*known, cwd=tmp_path, stdin=f"{PASSWORD}\n").returncode == 0
    asked = words[0] == "user" and name != "user remove"
    stdin = f"{PASSWORD}\n" if asked else "y\n"
    if name == "mcp":
        stdin = f"{json.dumps(HELLO)}\n"
    done = glossator(*words, "--data", data, cwd=tmp_path, stdin=stdin)
    assert done.returncode == 0, done.stderr
    if "--json" in words:
        assert json.loads(done.stdout)
    else:
        assert re.search(SAYS[name], done.stdout), done.stdout


@pytest.mark.parametrize("command", commands("curl"))
def test_a_request_is_answered_as_the_api_promises(server: str, command: str):
    if shutil.which("curl") is None:
        pytest.skip("curl isn't installed, so the shown requests weren't tried.")
    assert "localhost:8000" in command
    words = shlex.split(command.replace("localhost:8000", server))
    done = subprocess.run(
        [*words, "--fail-with-body"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    if "accelerometer" in command:
        assert "acceler" in str(answer).partition("sources")[0]
        assert "rror" not in answer


@pytest.mark.parametrize("name", RUN_AS_SHOWN)
def test_python_that_is_shown_runs(server: str, name: str, capsys: pytest.CaptureFixture[str]):
    listings = LISTING.findall((ROOT / f"docs/guide/{name}.md").read_text("utf-8"))
    assert listings
    for listing in listings:
        exec(listing.replace("http://localhost:8000", server), {})  # noqa: S102
        assert "acceler" in capsys.readouterr().out


@pytest.mark.parametrize("command", commands("python"))
def test_a_line_of_python_prints_what_it_promises(command: str):
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 1


@pytest.mark.parametrize("command", NOT_RUN)
def test_what_is_not_run_here_is_shown_and_exists(command: str):
    assert command in every(), "no paper shows this any more"
    if command.startswith("make "):
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert re.search(rf"^{re.escape(command.split()[1])}:.*## ", makefile, re.MULTILINE)


def test_an_example_with_commands_has_a_test_of_its_own():
    papers = {path.parent.name: path for path in ROOT.glob("examples/*/README.md")}
    assert {name for name, path in papers.items() if shown(path.read_text("utf-8"))} == set(
        EXAMPLES
    )
    for name, test in EXAMPLES.items():
        assert name in (ROOT / test).read_text("utf-8")


def test_every_kind_of_command_is_shown():
    assert {verb(shlex.split(form)[1:]) for form in forms()} == {*SAYS, "serve"}
    assert len(commands("curl")) >= 1
    assert len(forms()) < 2 * len(commands("glossator"))


def test_the_commands_are_read_as_they_are_meant():
    paper = "```sh\nmake demo  # sets up\n# alone\n\ncurl -s x \\\n  -d '{\"a\": 1}'\n```\n"
    assert shown(paper) == ["make demo", "curl -s x -d '{\"a\": 1}'"]
    assert shown("```python\nrun()\n```\n") == []
    short, full = filled_in('glossator ask "Is an ID here?" [--book ID] [--json]')
    assert short == 'glossator ask "Is an ID here?"'.replace("ID", "physical-ai")
    assert full == f"{short} --book physical-ai --json"


def test_an_unknown_command_or_placeholder_fails():
    with pytest.raises(AssertionError, match="nobody runs this"):
        kind("pip install glossator")
    assert PLACEHOLDER.search(filled_in("glossator book show NAME")[0])
    assert not PLACEHOLDER.search(filled_in("glossator book show ID")[0].replace(str(SAMPLE), ""))
