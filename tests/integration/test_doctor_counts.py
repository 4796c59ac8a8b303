"""`glossator doctor` counts every side, says which differs, and mends it from SQL."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from cli_tools import CommandLine
from glossator.gateways.vectors.chroma import ChromaStore

CHAPTER = "# Arm\n\nThe arm has a wrist.\n\n```python\nx = 1\n```\n\n## Motor\n\nA motor turns."


@pytest.fixture
def data(glossator: CommandLine, tmp_path: Path) -> Path:
    """A data folder with a small book."""
    (tmp_path / "robots.md").write_text(CHAPTER, "utf-8")
    done = glossator("add", "robots.md", "--data", "d", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "d"


def counts(glossator: CommandLine, data: Path, *options: str, code: int = 0) -> dict[str, object]:
    done = glossator("doctor", "--data", data, "--json", *options, cwd=data.parent)
    assert done.returncode == code, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_lost_vectors_and_words_are_mended(glossator: CommandLine, data: Path):
    before = counts(glossator, data)
    assert before["uneven"] == []
    assert before["vectors"] == {"store": "sql"}
    with sqlite3.connect(data / "glossator.db") as connection:
        connection.execute("DELETE FROM document_embeddings")
        connection.execute("DELETE FROM chunk_words")
    connection.close()
    assert counts(glossator, data, code=1)["uneven"] == ["book robots"]
    after = counts(glossator, data, "--repair")
    assert (after["uneven"], after["books"]) == ([], before["books"])
    assert counts(glossator, data)["books"] == before["books"]


def test_an_outside_copy_is_counted_and_mended(glossator: CommandLine, data: Path):
    pytest.importorskip("chromadb", reason="chromadb is not installed.")
    (data.parent / ".env").write_text("GLOSSATOR_VECTORS_URL=chroma:\n", "utf-8")
    assert counts(glossator, data, code=1)["uneven"] == ["book robots", "chroma, embedded"]
    found = counts(glossator, data, "--repair")
    assert found["uneven"] == []
    vectors = found["vectors"]
    assert isinstance(vectors, dict)
    assert vectors["store"] == "chroma, embedded"
    assert vectors["held"] == vectors["wanted"] == 2
    with sqlite3.connect(data / "glossator.db") as connection:
        ((chunk, name),) = connection.execute(
            "SELECT chunk_id, name FROM document_embeddings, vector_copies LIMIT 1"
        )
    connection.close()
    store = ChromaStore.embedded(data / "chroma")
    store.copy(name, 384).remove([chunk])
    store.close()
    assert counts(glossator, data, code=1)["uneven"] == ["book robots", "chroma, embedded"]
    done = glossator("reindex", "--vectors", "--data", data, cwd=data.parent)
    assert done.returncode == 0, done.stderr
    assert "The outside copy of the vectors is whole." in done.stdout
    assert counts(glossator, data)["uneven"] == []
