"""The command line, and a data folder that it has filled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_tools import CommandLine, start
from small_books import CHAPTERS


@pytest.fixture(scope="session")
def glossator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command line."""
    command_line = start(tmp_path_factory.mktemp("home"))
    yield command_line
    command_line.close()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain folder with a book of two chapters."""
    folder = tmp_path_factory.mktemp("source") / "robots"
    for name, text in CHAPTERS.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
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
