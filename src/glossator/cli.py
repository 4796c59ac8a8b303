"""The command `glossator`; heavy parts are imported by the command that needs them."""

from __future__ import annotations

import io
import sys

import typer

from glossator.commands import (
    asking,
    bookshelf,
    checking,
    gaps,
    moving,
    people,
    preparing,
    protocols,
    reindexing,
    serving,
    spending,
    upgrading,
    upkeep,
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks must not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    command_line()()


def command_line() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="glossator",
        help="Turns books into a tutor: answers from the book with checked quotes.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.command()(serving.demo)
    app.command()(serving.serve)
    app.command()(serving.work)
    app.command()(bookshelf.add)
    app.add_typer(bookshelf.book_commands, name="book")
    app.add_typer(people.user_commands, name="user")
    app.command()(asking.ask)
    app.command()(asking.search)
    app.command()(checking.check)
    app.command()(gaps.gaps)
    app.command()(preparing.prepare)
    app.command()(protocols.mcp)
    app.command()(spending.usage)
    app.command()(upkeep.doctor)
    app.command()(upgrading.migrate)
    app.command()(moving.backup)
    app.command()(moving.restore)
    app.command("migrate-to")(moving.migrate_to)
    app.command()(reindexing.reindex)
    app.command("settings")(upkeep.show_settings)
    return app
