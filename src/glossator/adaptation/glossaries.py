"""The glossaries that an operator keeps, one file a book and one a book and language."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from glossator.adaptation.glossary import Glossary, read
from glossator.foundation.telemetry import log

_MOST_BYTES = 200_000


class Glossaries:
    """Reads `BOOK.LANGUAGE.txt` and `BOOK.txt` of a folder; neither has to be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, book_id: str, language: str) -> Glossary:
        """A book's terms for a language, read anew each time: an edit holds at once."""
        # Nobody's id leads out of the folder.
        base = quote(book_id, safe="@-_")
        names = [f"{base}.{language}.txt"] if language else []
        texts = [text for name in [*names, f"{base}.txt"] if (text := self._text(name))]
        glossary, wrong = read(texts)
        if wrong:
            log(__name__).warning("a glossary has lines of no use", book=book_id, wrong=wrong[:5])
        return glossary

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
        except OSError:
            return ""
