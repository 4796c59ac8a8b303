"""`migrate`: bring the database to this version's schema, with a copy before, or back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glossator.commands.output import WRONG_USAGE, DataOption, fail, house, note, say, settings

if TYPE_CHECKING:
    from glossator.wiring import House

_INSTALL = (
    "Install the version of Glossator that it belongs to before you run anything else: this one "
    "would bring it up to date again."
)


def migrate(
    back: Annotated[
        str | None,
        typer.Option("--back", help="Undo changes down to a revision, such as 0013."),
    ] = None,
    put_back: Annotated[
        Path | None,
        typer.Option("--put-back", help="Make the SQLite database what a copy of it is."),
    ] = None,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Make no copy before the schema is changed.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Bring the database to this version's schema; a copy of it is kept in DATA/backups."""
    from glossator.schema import current
    from glossator.schema import migrate as bring

    if back is not None and put_back is not None:
        fail("Either --back or --put-back.", WRONG_USAGE)
    with house(settings(data), upgrade=False) as built:
        before = None if no_backup else _copying(built)
        if put_back is not None:
            _put_back(built, put_back, before)
        elif back is not None:
            _back(built, back, before)
        else:
            bring(built.database, before=before)
            say(f"The database is at revision {current(built.database)}.")


def _copying(built: House) -> Callable[[str], None]:
    """What keeps the database before it is changed, and says where."""
    from glossator.moving.copies import keep, keep_archive

    kept = keep if built.database.is_sqlite else keep_archive

    def copy(revision: str) -> None:
        path = kept(built.database, built.settings.data, revision)
        if path is not None:
            note(f"As it was, at revision {revision}, the database is kept in {path}.")

    return copy


def _back(built: House, revision: str, before: Callable[[str], None] | None) -> None:
    from glossator.moving.alone import alone
    from glossator.schema import current, migrate, revisions

    at = current(built.database)
    if revision not in revisions() or at is None or revision > at:
        older = ", ".join(known for known in revisions() if known < (at or ""))
        fail(f"There is no way back to {revision}: the database is at {at}, before it are {older}.")
    with alone(built.settings.data):
        migrate(built.database, revision, before=before)
    say(f"The database is at revision {revision}. {_INSTALL}")


def _put_back(built: House, copy: Path, before: Callable[[str], None] | None) -> None:
    from glossator.moving.alone import alone
    from glossator.moving.copies import put_back
    from glossator.schema import current

    with alone(built.settings.data):
        at = current(built.database)
        if before is not None and at is not None:
            before(at)
        revision = put_back(built.database, copy)
    say(f"The database is what it was at revision {revision}. {_INSTALL}")
