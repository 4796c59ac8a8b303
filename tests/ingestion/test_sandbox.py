"""A file can do nothing to anybody but the child that reads it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.ingestion.readers.markdown import read as read_markdown
from glossator.ingestion.sandbox import ChildLimits, Sandbox, SandboxLost
from glossator.ingestion.sources import ReadLimits, SourceError

HOSTILE = """
import ctypes, os, socket, sys, time
from pathlib import Path
from glossator.ingestion import cell
from glossator.ingestion.readers import registry, text

HOSTILE = set()
def eats(path, limits): return "x" * 10_000_000_000
def loops(path, limits):
    while True: pass
def sleeps(path, limits): time.sleep(600)
def crashes(path, limits): ctypes.string_at(0)
def fails(path, limits): raise ZeroDivisionError("secret")
def deepens(path, limits): return deepens(path, limits)
def writes(path, limits): Path("filler").write_bytes(bytes(3_000_000))
def prints(path, limits):
    print('{"code": 0}', flush=True)
    os.write(1, b'{"code": 0}\\n')
    return text.read(path, limits)
def environs(path, limits):
    Path(os.fsdecode(path)).write_text(" ".join(os.environ))
    return text.read(path, limits)
def connects(path, limits):
    with socket.create_connection(("127.0.0.1", int(Path(path).read_text())), 5): pass
    return text.read(path, limits)

def tells(path, limits, tell):
    for page in range(1, 4):
        tell(page, 3)
        time.sleep(0.6)
    return text.read(path, limits)
def forges(path, limits, tell):
    tell(1, 2)
    for number in range(3, 20):
        for line in (b'{"code": 0}\\n', b"9/", b'"}\\n', b"99999999/1\\n"):
            try: os.write(number, line)
            except OSError: pass
    return text.read(path, limits)

registry.TELLING |= {"tells", "forges"}
cell.TELLING = registry.TELLING
for name in (
    "eats loops sleeps crashes fails deepens writes prints environs connects tells forges"
).split():
    HOSTILE.add(name)
cell.reader_for = lambda kind: globals()[kind] if kind in HOSTILE else registry.reader_for(kind)
if sys.argv[1:] == ["filter"]:
    class Libc:
        def __init__(self, real): self.real = real
        def unshare(self, flags): return -1
        def __getattr__(self, name): return getattr(self.real, name)
        def __getitem__(self, name): return self.real[name]
    real = ctypes.CDLL
    cell.ctypes.CDLL = lambda *a, **k: Libc(real(*a, **k))
cell.main()
"""
LIMITS = ChildLimits(cpu_seconds=1, seconds=3, result_bytes=2_000_000)


@pytest.fixture(autouse=True)
def real_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have theirs forked from one that is ready (`cell_forker`)."""
    real = (sys.executable, "-m", "glossator.ingestion.cell")
    monkeypatch.setattr("glossator.ingestion.sandbox.COMMAND", real)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Makes sandboxes with hostile readers."""
    script = tmp_path / "hostile.py"
    script.write_text(HOSTILE, "utf-8")
    opened: list[Sandbox] = []

    def make(limits: ChildLimits = LIMITS, *arguments: str) -> Sandbox:
        command = [sys.executable, str(script), *arguments]
        opened.append(Sandbox(ReadLimits(), limits, tmp_path / "work", command=command))
        return opened[-1]

    yield make
    for sandbox in opened:
        sandbox.close()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file that any reader can read."""
    path = tmp_path / "good"
    path.write_text(
        "---\ntitle: T\n---\n# One\n\nSome *words*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    return path


def test_what_comes_back_is_what_the_reader_gave(good: Path, tmp_path: Path):
    sandbox = Sandbox(ReadLimits(), ChildLimits(), tmp_path / "work")
    try:
        assert sandbox.document(good, "markdown") == read_markdown(good, ReadLimits())
        assert list((tmp_path / "work").iterdir()) == []
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("eats", "768 MB"),
        ("loops", "too complex"),
        ("sleeps", "longer than 3 seconds"),
        ("crashes", "crashed"),
        ("fails", "isn't as its format demands"),
        ("deepens", "memory"),
        ("writes", "more text than can be kept"),
    ],
)
def test_each_death_has_its_sentence_and_takes_nobody_along(
    made: Callable[..., Sandbox], good: Path, kind: str, sentence: str
):
    # A reader steps back for others: on a busy machine its second of CPU takes many.
    sandbox = made(replace(LIMITS, seconds=60) if kind == "loops" else LIMITS)
    with pytest.raises(SourceError, match=sentence) as raised:
        sandbox.document(good, kind)
    assert "secret" not in str(raised.value)
    assert sandbox.document(good, "markdown").title == "T"


def test_a_problem_of_the_file_comes_back_in_words(made: Callable[..., Sandbox], tmp_path: Path):
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(SourceError, match="holds no text"):
        made().document(empty, "markdown")


def test_what_a_reader_prints_is_no_answer(made: Callable[..., Sandbox], good: Path):
    sandbox = made()
    assert sandbox.document(good, "prints").content.text
    assert sandbox.document(good, "markdown").title == "T"


def test_nothing_of_the_servers_environment_is_seen(
    made: Callable[..., Sandbox], good: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    seen = made().document(good, "environs").content.text
    assert "PATH" in seen
    assert "ANTHROPIC" not in seen


def test_a_reader_tells_how_far_it_is(made: Callable[..., Sandbox], good: Path):
    told: list[tuple[int, int]] = []
    source = made().document(good, "tells", tell=lambda *how_far: told.append(how_far))
    assert "Some *words*." in source.content.text
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_file_can_not_answer_in_its_readers_place(made: Callable[..., Sandbox], good: Path):
    told: list[tuple[int, int]] = []
    sandbox = made()
    for _ in range(2):
        source = sandbox.document(good, "forges", tell=lambda *how_far: told.append(how_far))
        assert "Some *words*." in source.content.text
    assert all(0 <= done < 10_000_000 for done, _ in told)


def test_an_answer_nobody_waited_for_is_no_answer_to_the_next_order(
    made: Callable[..., Sandbox], good: Path, tmp_path: Path
):
    def breaks(*_: int) -> None:
        raise ZeroDivisionError

    sandbox = made()
    with pytest.raises(ZeroDivisionError):
        sandbox.document(good, "tells", tell=breaks)
    other = tmp_path / "other"
    other.write_text("# Other\n\nEntirely different.")
    assert "Entirely different." in sandbox.document(other, "markdown").content.text


@pytest.mark.parametrize("way", ["namespace", "filter"])
def test_a_reader_reaches_no_network(made: Callable[..., Sandbox], tmp_path: Path, way: str):
    import socket

    arguments = ["filter"] if way == "filter" else []
    sandbox = made(LIMITS, *arguments)
    if sandbox.network != way:
        pytest.skip(f"The kernel gives no {way} here, but {sandbox.network!r}.")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = tmp_path / "port"
        port.write_text(str(server.getsockname()[1]))
        with pytest.raises(SourceError):
            sandbox.document(port, "connects")
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_killed_helper_is_started_anew(made: Callable[..., Sandbox], good: Path):
    sandbox = made()
    assert sandbox.document(good, "markdown").title == "T"
    process = sandbox._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait(5)
    assert sandbox.document(good, "markdown").title == "T"
    process = sandbox._process
    assert process is not None
    soon = threading.Timer(0.5, process.kill)
    soon.start()
    with pytest.raises(SandboxLost):
        sandbox.document(good, "sleeps")
    soon.join()
    assert sandbox.document(good, "markdown").title == "T"


def test_nobody_is_left_when_the_server_is_killed(tmp_path: Path, good: Path):
    script = tmp_path / "hostile.py"
    script.write_text(HOSTILE, "utf-8")
    server = f"""
import sys
from pathlib import Path
from glossator.ingestion.sandbox import ChildLimits, Sandbox
from glossator.ingestion.sources import ReadLimits
box = Sandbox(ReadLimits(), ChildLimits(), Path({str(tmp_path / "work")!r}),
              command=[sys.executable, {str(script)!r}])
box.network
print(box._process.pid, flush=True)
box.document(Path({str(good)!r}), "sleeps")
"""
    process = subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    helper = int(process.stdout.readline())
    time.sleep(0.5)
    process.kill()
    process.wait(5)
    process.stdout.close()
    deadline = time.monotonic() + 5
    while _alive(helper) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(helper)


def _alive(session: int) -> bool:
    """Whether any process of a session lives; a zombie doesn't."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(owner) == session and state != "Z":
                return True
    return False


TWO_AT_ONCE = """
import json, os, sys
from pathlib import Path
os.write(1, b'{"network": "open"}\\n')
for line in sys.stdin:
    order = json.loads(line)
    Path(order["out"]).write_text('{"sizes": [], "direction": "ltr"}')
    os.write(1, b'{"progress": [1, 1]}\\n{"progress": [1, 1]}\\n{"code": 0}\\n')
"""


def test_lines_that_come_at_once_are_all_heard(tmp_path: Path) -> None:
    # On a busy machine the last progress and the end stand in the pipe together.
    command = (sys.executable, "-c", TWO_AT_ONCE)
    sandbox = Sandbox(ReadLimits(), replace(LIMITS, seconds=1), tmp_path, command=command)
    began = time.monotonic()
    try:
        for _ in range(3):
            assert sandbox.sizes(tmp_path / "any.pdf") == {"sizes": [], "direction": "ltr"}
    finally:
        sandbox.close()
    assert time.monotonic() - began < 60
