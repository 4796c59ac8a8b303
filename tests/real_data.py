"""Where the real books are that some tests read; they are too large to be kept here."""

from __future__ import annotations

from pathlib import Path

_BOOKS = Path(__file__).resolve().parents[2] / "shared" / "data" / "books"

BOOKS: Path | None = _BOOKS if _BOOKS.is_dir() else None
"""The folder of real textbooks beside the repository, None where there is none."""
