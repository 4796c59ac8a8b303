"""`usage`: the day's budget, and what was spent by day, feature, model and user."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from glossator.commands.output import DataOption, JsonOption, house, say, settings, show_json

GROUPS = ("day", "feature", "model", "user")


def usage(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days back.")] = 30,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what language models cost, against the day's budget."""
    from glossator.usage.ledger import report

    with house(settings(data)) as built:
        budget, now = built.usage.budget, built.usage.clock()
        with built.database.writing() as session:
            budget.expire(session, now)
            found = report(session, budget.standing(session, now), now, days=days)
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
    if budget["warning"]:
        say(f"Most of the day's budget is gone; it renews at {budget['renews_at']}.")
    if not found["by_day"]:
        say(f"No language model has been used since {found['since']}.")
        return
    for group in GROUPS:
        say(f"\nby {group} since {found['since']}")
        for row in found[f"by_{group}"]:
            name = "guests" if row[group] is None else row[group]
            say(
                f"  {name}: {row['cost_usd']:.4f} USD, {row['calls']} calls, "
                f"{row['input_tokens']} tokens in ({row['cache_read_tokens']} cached), "
                f"{row['output_tokens']} out"
            )
