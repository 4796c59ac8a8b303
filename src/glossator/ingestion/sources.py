"""What a reader gives: books with chapters in reading order, and the problems met on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from glossator.library.content import CanonicalText

# Takes how many pages a reader has read, of how many.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What a source may ask of us; beyond it a file is left out with a problem, never the book.

    `file_bytes` and `book_bytes` in bytes, `files` a count of directory entries looked at,
    `depth` of folders below the root, `line_chars` in code points, `include_depth` nested
    includes, `chapter_chars` in code points of canonical text after all includes and
    `document_chars` of a whole document's. A single file may have `pages` and take `seconds`. An
    archive (an EPUB and a DOCX too) may hold `archive_entries` that unpack to `archive_bytes` in
    all and `archive_entry_bytes` each.
    """

    file_bytes: int = 20_000_000
    book_bytes: int = 500_000_000
    files: int = 20_000
    depth: int = 24
    line_chars: int = 1_000_000
    include_depth: int = 8
    chapter_chars: int = 5_000_000
    pages: int = 5_000
    seconds: float = 240.0
    document_chars: int = 20_000_000
    archive_entries: int = 10_000
    archive_bytes: int = 500_000_000
    archive_entry_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that a person should know: `path` within the source, and a sentence."""

    path: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ChapterSource:
    """A chapter as its source has it.

    `chapter_id` is the site's own document id. `depth` is the nesting in the table of
    contents, 0 at the top. `url_path` is the page's path below the book's base URL, with
    no leading slash. `part` lists the titles of the contents' sections around the chapter.
    `language` is a BCP 47 tag.
    """

    chapter_id: str
    title: str
    content: CanonicalText
    language: str = "en"
    depth: int = 0
    url_path: str = ""
    part: tuple[str, ...] = ()
    source_path: str = ""


@dataclass(frozen=True, slots=True)
class BookSource:
    """One book: `chapters` in reading order, `translations` the author's own in other languages.

    `version` is None for a site's main version; otherwise the book's id is `id@version`.
    `kind` is `docusaurus`, `mkdocs`, `mdbook` or `plain`. `site_url` is the address that the
    site's own configuration names, if it does.
    """

    kind: str
    title: str
    chapters: tuple[ChapterSource, ...]
    language: str = "en"
    version: str | None = None
    translations: tuple[ChapterSource, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    site_url: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """One file as its reader has it: a single text with headings, and pages where it has them.

    `kind` names the format (`pdf`, `epub`, `docx`, …), `pages` counts them (None where the
    format has none). A book made of such a file is cut into chapters at its headings.
    """

    kind: str
    title: str
    content: CanonicalText
    language: str = "en"
    pages: int | None = None
    problems: tuple[Problem, ...] = field(default=())


def untold(done: int, total: int) -> None:
    """A `Tell` for whoever doesn't want to know."""


class SourceError(Exception):
    """A file or folder that can't be read: `path` within the source, `message` a sentence.

    Where one file raises it, its reader notes a `Problem` and goes on with the next file.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message

    def problem(self) -> Problem:
        """The same as a problem to note."""
        return Problem(self.path, self.message)
