"""`usage`: the day's budget, and what was spent by day, feature, model and user."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from glossator.commands.output import DataOption, JsonOption, house, say, settings, show_json


def usage(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days back.")] = 30,
    page: Annotated[int, typer.Option("--page", min=1, max=1_000_000, help="Of the users.")] = 1,
    page_size: Annotated[int, typer.Option("--page-size", min=1, max=100)] = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what language models cost, against the day's budget."""
    with house(settings(data)) as built:
        found = built.usage.report(built.database, days=days, page=page, page_size=page_size)
    if as_json:
        show_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    budget = found["budget"]
    limit = budget["limit_usd"]
    say(
        f"{budget['day']} (UTC): {budget['settled_usd']:.4f} USD spent, "
        f"{budget['reserved_usd']:.4f} USD reserved, "
        + ("no limit" if limit is None else f"of {limit:.2f} USD")
    )
    if budget["stopped"]:
        say("All calls to language models are stopped; an administrator can let them go on.")
    if budget["warning"]:
        say(f"80 % or more of the day's budget is gone; it renews at {budget['renews_at']}.")
    if not found["by_day"]:
        say(f"No language model has been used since {found['since']}.")
        return
    for group in ("day", "feature", "model"):
        say(f"\nby {group} since {found['since']}")
        for row in found[f"by_{group}"]:
            _line(row[group], row)
    users = found["by_user"]
    say(f"\nby user since {found['since']}")
    for row in users["items"]:
        nobody = "guests and people who left" if row["user"] is None else f"user {row['user']}"
        _line(row["email"] or nobody, row)
    before = (users["page"] - 1) * users["page_size"]
    if before + len(users["items"]) < users["total"]:
        say(f"  … of {users['total']}; see --page")


def _line(name: str, row: dict[str, Any]) -> None:
    say(
        f"  {name}: {row['cost_usd']:.4f} USD, {row['calls']} calls, "
        f"{row['input_tokens']} tokens in ({row['cache_read_tokens']} cached), "
        f"{row['output_tokens']} out"
    )
