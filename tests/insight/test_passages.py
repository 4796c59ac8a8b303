"""Passages of a file are read once, and again when they or what reads them have changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glossator.commands import passages
from house_tools import made_settings


def test_equal_passages_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "passages.jsonl"
    rows = [
        {"id": "a", "text": "A wheel turns around its axle."},
        {"id": "b", "text": "Ice melts."},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    settings = made_settings(tmp_path / "data")
    own, name = passages.added(settings, file)
    assert "2 passages, 2 of 2 chunks embedded now" in capsys.readouterr().err
    read: list[Path] = []
    once = passages.book_of
    monkeypatch.setattr(passages, "book_of", lambda path: read.append(path) or once(path))
    assert passages.added(settings, file) == (own, name)
    assert read == []
    file.write_text(json.dumps(rows[0]) + "\n", "utf-8")
    passages.added(settings, file)
    assert read == [file]
    assert "1 passages, 0 of 1 chunks embedded now" in capsys.readouterr().err
    (own.data / "glossator.db").unlink()
    passages.added(settings, file)
    assert read == [file, file]
