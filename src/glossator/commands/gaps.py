"""`gaps`: what readers asked and the books didn't answer, by subject."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    WRONG_USAGE,
    DataOption,
    JsonOption,
    fail,
    house,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def gaps(
    book: Annotated[str | None, typer.Option("--book", help="Only this book.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many back.")] = 90,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print lines for a table.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print an issue for the book's repository.")
    ] = False,
) -> None:
    """Show the questions without a good answer, grouped by meaning; without who asked."""
    from glossator.insight import telling
    from glossator.insight.objects import group_object
    from glossator.library import books
    from glossator.tutor.tables import now

    if as_json + as_csv + as_markdown > 1:
        fail("Choose one of --json, --csv and --markdown.", WRONG_USAGE)
    with house(settings(data)) as built, built.database.reading() as session:
        shown = [books.get(session, book)] if book else books.every(session)
        titles = {each.id: each.title for each in shown}
        since = now() - timedelta(days=min(days, built.gaps.most_days))
        found, lacking = built.gaps.groups(session, list(titles), since)
        groups = [group_object(group, lacking) for group in found]
    if as_json:
        show_json({"days": days, "groups": groups})
    elif as_csv:
        say(telling.as_csv(groups).rstrip("\r\n"))
    elif as_markdown:
        say(telling.as_issue(groups, titles, days).rstrip("\n"))
    else:
        say(_written(groups, days))


def _written(groups: Sequence[dict[str, Any]], days: int) -> str:
    from glossator.insight.telling import missing_words

    if not groups:
        return f"Every question of {days} days had an answer, or none was asked."
    lines: list[str] = []
    for group in groups:
        lines.append(f"{group['count']:>4}  {group['name']}  (nearest: {group['title']})")
        lines += [f"        {each['question']}" for each in group["examples"]]
        if missing := missing_words(group):
            lines.append(f"        {missing}")
    asked = sum(group["count"] for group in groups)
    return "\n".join([*lines, "", f"{asked} questions on {len(groups)} subjects in {days} days."])
