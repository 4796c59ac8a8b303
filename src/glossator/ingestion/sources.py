"""What a reader gives: books with chapters in reading order, and the problems met on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from glossator.library.content import Block, CanonicalText, Heading

# Why a file can't be read, where somebody can mend it: it wants a password; it holds pictures only.
PASSWORD, SCAN = "password", "scan"
# Takes how many pages a reader has read, of how many.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What a source may ask of us; beyond it a file is left out with a problem, never the book.

    `file_bytes` and `book_bytes` in bytes, `files` a count of directory entries looked at,
    `depth` of folders below the root, `line_chars` in code points, `include_depth` nested
    includes, `chapter_chars` in code points of canonical text after all includes and
    `document_chars` of a whole document's. A single file may have `pages` and take `seconds` of
    CPU time. An archive (an EPUB and a DOCX too) may hold `archive_entries` that unpack to
    `archive_bytes` in all and `archive_entry_bytes` each.
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
class Picture:
    """A picture of a book: its `path` as chapters' `source_path` are, its type and its bytes.

    `width` and `height` in pixels, None where the file doesn't tell.
    """

    path: str
    media_type: str
    data: bytes
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a chapter: its headings and words, and the notes on how it was read.

    `pictures` are the addresses of the pictures in it.
    """

    headings: tuple[Heading, ...]
    words: int
    notes: tuple[str, ...]
    pictures: tuple[str, ...] = ()


class LaterText(CanonicalText):
    """A text that is known already, and built again only where somebody looks at it."""

    __slots__ = ("_known", "_made", "_make")
    _known: Known
    _make: Callable[[], CanonicalText]
    _made: CanonicalText | None

    def __init__(self, known: Known, make: Callable[[], CanonicalText]) -> None:
        for name, value in (("_known", known), ("_make", make), ("_made", None)):
            object.__setattr__(self, name, value)

    @property
    def text(self) -> str:
        """See `CanonicalText`."""
        return self._whole().text

    @property
    def blocks(self) -> tuple[Block, ...]:
        """See `CanonicalText`."""
        return self._whole().blocks

    @property
    def headings(self) -> tuple[Heading, ...]:
        """See `CanonicalText`."""
        return self._known.headings

    @property
    def words(self) -> int:
        """See `CanonicalText`."""
        return self._known.words

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of the pictures in it."""
        return self._known.pictures

    def then(self, change: Callable[[CanonicalText], CanonicalText]) -> LaterText:
        """The same text with a change that is made when it is built."""
        return LaterText(self._known, lambda: change(self._whole()))

    def _whole(self) -> CanonicalText:
        made = self._made
        if made is None:
            made = self._make()
            object.__setattr__(self, "_made", made)
        return made


@dataclass(frozen=True, slots=True)
class ChapterSource:
    """A chapter as its source has it.

    `made_from` is a hash of all that its content is made from, "" where its reader doesn't tell,
    and `notes` are sentences on what was wrong there.

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
    made_from: str = ""
    notes: tuple[str, ...] = ()


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
    pictures: tuple[Picture, ...] = ()


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
    `reason` is a word for programs where somebody can mend it: `PASSWORD` or `SCAN`.
    """

    def __init__(self, path: str, message: str, reason: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message
        self.reason = reason

    def problem(self) -> Problem:
        """The same as a problem to note."""
        return Problem(self.path, self.message)
