"""Where the real books are that some tests read; they are too large to be kept here."""

from __future__ import annotations

from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

BOOKS: Path | None = _DATA / "books" if (_DATA / "books").is_dir() else None
"""The folder of real textbooks beside the repository, None where there is none."""

FILES: Path | None = _DATA / "files" if (_DATA / "files").is_dir() else None
"""The folder of real EPUB and PDF files beside the repository, None where there is none."""

needs_files = pytest.mark.skipif(FILES is None, reason="The real files aren't here.")
