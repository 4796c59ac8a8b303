"""What every command shares: the data folder, the house, and how results and errors are shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

if TYPE_CHECKING:
    from glossator.settings import Settings
    from glossator.shelf import Shelf
    from glossator.wiring import House

    _Built = TypeVar("_Built", House, Shelf)

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder (else GLOSSATOR_DATA, else the user's own)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]

FAILED, WRONG_USAGE, NOT_IN_BOOK = 1, 2, 3


def settings(data: Path | None = None, **changes: Any) -> Settings:
    """The settings with the command line's changes; a wrong one ends the command with 2."""
    given = {key: value for key, value in changes.items() if value is not None}
    if data is not None:
        given["data"] = data
    return checked(given)


def checked(given: dict[str, Any]) -> Settings:
    """The same, where also nothing may take the place of something."""
    from pydantic import ValidationError

    from glossator.settings import Settings

    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [
            f"GLOSSATOR_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        fail("A setting can't be used. " + "; ".join(lines), WRONG_USAGE)


def house(configured: Settings, *, upgrade: bool = True) -> AbstractContextManager[House]:
    """The house with its database brought up to date; our own errors end the command with 1."""
    from glossator.wiring import build

    return _opened(configured, build, upgrade=upgrade)


def shelf(configured: Settings) -> AbstractContextManager[Shelf]:
    """Of the house what brings books in, which is there sooner; see `house`."""
    from glossator.shelf import build_shelf

    return _opened(configured, build_shelf)


@contextmanager
def _opened(
    configured: Settings, build: Callable[[Settings], _Built], *, upgrade: bool = True
) -> Iterator[_Built]:
    from sqlalchemy.exc import SQLAlchemyError

    from glossator.foundation.errors import GlossatorError
    from glossator.foundation.telemetry import set_up_logs

    set_up_logs(configured.log_format, "warning")
    try:
        built = build(configured)
    except GlossatorError as error:
        fail(error.detail)
    except OSError as error:
        fail(f"The data folder {configured.data} can't be used: {error.strerror}.")
    try:
        if upgrade:
            _upgrade(configured, built)
        yield built
    except GlossatorError as error:
        fail(error.detail)
    except UnicodeEncodeError:
        fail("An argument holds bytes that are no text in UTF-8.", WRONG_USAGE)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        fail(f"The database can't be used: {reason}. `glossator doctor` tells more.")
    finally:
        built.close()


def _upgrade(configured: Settings, built: House | Shelf) -> None:
    from glossator.schema import current, migrate, newest

    if current(built.database) != newest():
        from glossator.moving.copies import copier

        migrate(built.database, before=copier(built.database, configured.data))


def say(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line on standard error, beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """End the command with a sentence on standard error."""
    note(sentence)
    raise typer.Exit(code)


def console() -> Console:
    """For progress on standard error: bars on a terminal, plain lines otherwise."""
    return Console(stderr=True, highlight=False)
