"""`add` and `book`: what is in the library."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glossator.commands.output import (
    WRONG_USAGE,
    DataOption,
    JsonOption,
    console,
    fail,
    house,
    note,
    say,
    settings,
    shelf,
    show_json,
)
from glossator.commands.reindexing import follow

if TYPE_CHECKING:
    from glossator.ingestion.pipeline import Added, Progress
    from glossator.ingestion.sources import BookSource
    from glossator.shelf import Shelf
    from glossator.wiring import House

BOOK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
book_commands = typer.Typer(help="List, show, rename or remove books.", no_args_is_help=True)


def add(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files; several make one book.")],
    book: Annotated[
        str | None, typer.Option(help="The book's id (else the folder's name).")
    ] = None,
    title: Annotated[str | None, typer.Option(help="The book's title (else its own).")] = None,
    url: Annotated[str | None, typer.Option(help="Base address of the author's site.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a book, or bring it up to date: only what changed is embedded."""
    if book is not None and not BOOK_ID.fullmatch(book):
        fail("A book's id has 1 to 64 letters, digits, dots, dashes or underscores.", WRONG_USAGE)
    if url is not None and not re.match(r"https?://[^\s/]", url):
        fail("--url takes an address that begins with http:// or https://.", WRONG_USAGE)
    _check_title(title)
    with shelf(settings(data)) as built:
        added = add_sources(built, paths, book=book, title=title, url=url, quiet=as_json)
    if as_json:
        show_json({"books": [dataclasses.asdict(item) for item in added]})
        return
    for item in added:
        say(summary(item))


def add_sources(
    built: House | Shelf,
    paths: list[Path],
    *,
    book: str | None = None,
    title: str | None = None,
    url: str | None = None,
    quiet: bool = False,
) -> list[Added]:
    """Read the paths and write their books, one runner at a time on a data folder."""
    from glossator.ingestion.readers.detect import read_sources
    from glossator.ingestion.sources import SourceError
    from glossator.shelf import read_limits

    with _alone(built):
        base = book or _id_from(paths[0])
        known = built.pipeline.known(base)
        try:
            sources = read_sources(paths, read_limits(built.settings), known)
        except SourceError as error:
            fail(f"{error.path}: {error.message}" if error.path else error.message)
        added = [_add_one(built, source, base, title, url, quiet) for source in sources]
        follow(built)
        return added


@contextmanager
def _alone(built: House | Shelf) -> Iterator[None]:
    """One process at a time changes the books of a data folder; the others wait."""
    from filelock import FileLock, Timeout

    built.settings.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(built.settings.data / "add.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        note("Another `glossator` is changing this data folder's books; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _add_one(
    built: House | Shelf,
    source: BookSource,
    base: str,
    title: str | None,
    url: str | None,
    quiet: bool,
) -> Added:
    from glossator.ingestion.pipeline import names_of

    book_id, title = names_of(source, base, title)
    for problem in source.problems:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        note(f"{place}: {problem.message}")
    with _progress(book_id, quiet) as report:
        return built.pipeline.add_book(source, book_id, title=title, url=url, report=report)


def summary(item: Added) -> str:
    """One line about what an `add` did."""
    parts = [f"{item.new} new", f"{item.changed} changed", f"{item.unchanged} unchanged"]
    if item.removed:
        parts.append(f"{item.removed} removed")
    text = (
        f"{item.title} ({item.book_id}): "
        f"{_counted(item.chapters, 'chapter')} ({', '.join(parts)}), "
        f"{item.words:,} words; {item.chunks_embedded} of {item.chunks} chunks embedded"
    )
    if item.translations:
        text += f"; {item.translations} translated by the author"
    if item.problems:
        text += f"; {_counted(len(item.problems), 'problem')}, listed above"
    return text + "."


def _check_title(title: str | None) -> None:
    if title is not None and not (title.strip() and len(title) <= 500):
        fail("A title has 1 to 500 characters, not only spaces.", WRONG_USAGE)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@contextmanager
def _progress(book_id: str, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    screen = console()
    if quiet or not screen.is_terminal:
        yield _plain_progress(book_id, quiet)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=screen, transient=True) as bars:
        task = bars.add_task(book_id)

        def report(progress: Progress) -> None:
            bars.update(
                task,
                completed=progress.done,
                total=progress.total,
                description=f"{book_id} {progress.chapter[:40]}",
            )

        yield report


def _plain_progress(book_id: str, quiet: bool) -> Callable[[Progress], None]:
    shown = -1

    def report(progress: Progress) -> None:
        nonlocal shown
        tenth = progress.done * 10 // max(progress.total, 1)
        if not quiet and tenth != shown:
            shown = tenth
            note(f"{book_id}: {progress.done} of {progress.total} chapters")

    return report


_ENDINGS = r"\.(?:md|mdx|markdown|txt|pdf|epub|docx|pptx|x?html?|ipynb|csv|tsv|zip)$"


def _id_from(path: Path) -> str:
    name = path.resolve().name
    stem = re.sub(_ENDINGS, "", name, flags=re.IGNORECASE)
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:64]
    return cleaned or "book"


@book_commands.command("list")
def list_books(data: DataOption = None, as_json: JsonOption = False) -> None:
    """All books."""
    from glossator.library import books
    from glossator.library.objects import book_object

    with house(settings(data)) as built, built.database.reading() as session:
        found = [book_object(session, book) for book in books.every(session)]
    if as_json:
        show_json({"items": found, "page": 1, "page_size": len(found), "total": len(found)})
        return
    if not found:
        say("There are no books yet. Add one: glossator add PATH")
    for book in found:
        say(f"{book['book_id']}\t{book['title']}\t{len(book['chapters'])} chapters")


@book_commands.command("show")
def show_book(book_id: str, data: DataOption = None, as_json: JsonOption = False) -> None:
    """One book with its chapters."""
    from glossator.library import books
    from glossator.library.objects import book_object

    with house(settings(data)) as built, built.database.reading() as session:
        found = book_object(session, books.get(session, book_id))
    if as_json:
        show_json(found)
        return
    say(f"{found['title']} ({found['book_id']}, {found['language']})")
    for chapter in found["chapters"]:
        indent = "  " * (chapter["depth"] + 1)
        say(f"{indent}{chapter['title']}  [{chapter['chapter_id']}, {chapter['words']} words]")


@book_commands.command("rename")
def rename_book(
    book_id: str,
    title: Annotated[str, typer.Option(help="The new title.")],
    data: DataOption = None,
) -> None:
    """Change a book's title; its id stays, because citations name it."""
    from glossator.library import books

    _check_title(title)
    with house(settings(data)) as built, built.database.writing() as session:
        books.rename(session, book_id, title)
    say(f"{book_id} is now called {title}.")


@book_commands.command("remove")
def remove_book(
    book_id: str,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    data: DataOption = None,
) -> None:
    """Remove a book: text, chunks, vectors and words."""
    with house(settings(data)) as built:
        if not yes and not typer.confirm(f"Remove the book {book_id}?", err=True):
            fail("Nothing was removed.")
        with _alone(built):
            built.pipeline.remove_book(book_id)
            follow(built)
    say(f"{book_id} was removed.")
