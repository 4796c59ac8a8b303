"""`backup`, `restore` and `migrate-to`: an installation in one file, and in another place."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from glossator.commands.output import (
    WRONG_USAGE,
    DataOption,
    JsonOption,
    checked,
    fail,
    house,
    note,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from glossator.settings import Settings
    from glossator.wiring import House

_PIPE = "-"


def backup(
    to: Annotated[str, typer.Argument(metavar="FILE|-", help="A new file, or - for a pipe.")],
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="Also the signing key, and who is signed in.")
    ] = False,
    without_files: Annotated[
        bool, typer.Option("--without-files", help="Only the database, no raw files.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all that there is into one archive, while servers go on."""
    from glossator.moving.backing_up import back_up
    from glossator.wiring import secret

    if to == _PIPE and as_json:
        fail("--json and - would both write to standard output.", WRONG_USAGE)
    configured = settings(data)
    with house(configured, upgrade=False) as built, _failures():
        files = None if without_files else built.files
        key = secret(configured) if with_secret else None
        with _output(to) as out:
            made = back_up(
                built.database, files, configured.data, out, secret=key, report=_quiet(as_json)
            )
    if as_json:
        show_json(dataclasses.asdict(made))
        return
    tell = note if to == _PIPE else say
    tell(f"{made.rows} rows and {made.files} files are kept in {to}, {made.size} bytes.")
    _tell_gone(made.gone, tell)


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `glossator backup` wrote.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill an empty installation, of whatever kind, with what an archive holds."""
    from glossator.moving.alone import alone
    from glossator.moving.archive import Archive
    from glossator.moving.restoring import restore as put

    configured = settings(data)
    with house(configured, upgrade=False) as built, _failures(), alone(configured.data):
        with Archive.opened(file) as archive:
            done = put(
                archive, built.database, built.files, configured.data, report=_quiet(as_json)
            )
        note("The rows and files are there. Entering words; if this is interrupted, run "
             "`glossator doctor --repair`.")  # fmt: skip
        _index(built, as_json)
    if as_json:
        show_json(dataclasses.asdict(done))
        return
    say(f"{done.rows} rows and {done.files} files were restored; counts and checksums are equal.")
    _tell_gone(done.gone, say)
    if not done.secret:
        say("Everybody has to sign in again.")


def migrate_to(
    database_url: Annotated[
        str | None, typer.Option("--database-url", help="The new database, which is empty.")
    ] = None,
    files_url: Annotated[
        str | None, typer.Option("--files-url", help="Where raw files go; else they stay.")
    ] = None,
    vectors_url: Annotated[
        str | None, typer.Option("--vectors-url", help="Where vectors are searched from now on.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Into a data folder with everything in it.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the installation without embedding anything again; run it again to go on.

    Stop its servers and workers first.
    """
    if database_url is None and to is None:
        fail("Say where to: --database-url, or --to FOLDER.", WRONG_USAGE)
    configured = settings(data)
    target = _target(configured, database_url, files_url, vectors_url, to)
    with house(configured) as old, house(target, upgrade=False) as new, _failures():
        moved = _move(old, new, as_json)
    facts = {**dataclasses.asdict(moved), "settings": _changed(configured, target)}
    if as_json:
        show_json(facts)
        return
    say(
        f"{moved.rows} rows and {moved.files} files are in the new place; counts and checksums "
        "are equal. Nothing was embedded."
    )
    _tell_gone(moved.gone, say)
    say("Start the servers again with these settings; the old place is left as it was:")
    for name, value in facts["settings"].items():
        say(f"    {name}={value}")


def _move(old: House, new: House, quiet: bool) -> Any:
    from glossator.moving.alone import alone
    from glossator.moving.transfer import Stores, Transfer

    work = old.settings.data / "work"
    with alone(old.settings.data):
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        transfer = Transfer(
            Stores(old.database, old.files, old.words),
            Stores(new.database, new.files, new.words),
            work,
            _quiet(quiet),
        )
        if transfer.begin():
            note("The interrupted move goes on.")
        moved = transfer.carry_out(lambda: _index(new, quiet))
        if new.settings.data != old.settings.data:
            _take_along(old.settings.data, new.settings.data)
    return moved


def _target(
    configured: Settings,
    database_url: str | None,
    files_url: str | None,
    vectors_url: str | None,
    to: Path | None,
) -> Settings:
    """The settings of the new place: what isn't said stays, where it can."""
    from glossator.settings import Settings

    given = {name: getattr(configured, name) for name in Settings.model_fields}
    if to is not None:
        given |= {"data": to, "database_url": None, "files_url": "file:", "vectors_url": "sql:"}
    named = {"database_url": database_url, "files_url": files_url, "vectors_url": vectors_url}
    given |= {name: value for name, value in named.items() if value is not None}
    if not (given["database_url"] or "").startswith("postgres"):
        given["queue"] = "embedded"
        if vectors_url is None and configured.vectors_url.get_secret_value() == "pgvector:":
            given["vectors_url"] = "sql:"
    return checked(given)


def _changed(old: Settings, new: Settings) -> dict[str, str]:
    """The settings that differ, as the new place needs them; no secrets."""
    from glossator.commands.upkeep import shown_setting
    from glossator.settings import variable

    names = ("data", "database_url", "files_url", "vectors_url", "queue")
    return {
        variable(name): str(shown_setting(name, getattr(new, name)) or "")
        for name in names
        if getattr(old, name) != getattr(new, name)
    }


def _index(built: House, quiet: bool) -> None:
    """Words, and the outside copy of the vectors, from what SQL has."""
    from glossator.commands.reindexing import follow, progress

    built.reindexing.words(progress("words of documents", quiet), lacking=True)
    if built.reindexing.active() is not None:
        follow(built)


def _take_along(old: Path, new: Path) -> None:
    """The signing key and the operator's glossaries; what is there already stays."""
    (new / "glossaries").mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in (old / "secret.key", *sorted((old / "glossaries").glob("*.txt"))):
        target = new / path.relative_to(old)
        if path.is_file() and not target.exists():
            shutil.copyfile(path, target)
            target.chmod(0o600)


def _tell_gone(gone: tuple[str, ...], tell: Callable[[str], None]) -> None:
    if gone:
        tell(
            f"{len(gone)} files that the database names are not in the store, such as {gone[0]}. "
            "Their documents can still be asked."
        )


def _quiet(quiet: bool) -> Callable[[str], None]:
    return (lambda _: None) if quiet else note


@contextmanager
def _output(to: str) -> Iterator[BinaryIO]:
    from glossator.moving.archive import new_file

    if to != _PIPE:
        with new_file(Path(to)) as out:
            yield out
        return
    if sys.stdout.isatty():
        fail("An archive on a terminal is of no use: pipe it on, or name a file.", WRONG_USAGE)
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _failures() -> Iterator[None]:
    """What files and stores may do, in a sentence."""
    from glossator.gateways.ports import MayPass

    try:
        yield
    except BrokenPipeError:
        # Else the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        fail("Whoever read the archive ended too early.")
    except MayPass as error:
        fail(f"A store doesn't answer: {error}. Run the command again later.")
    except OSError as error:
        fail(f"That didn't work: {error}.")
