"""`prepare`: chapters retold and translated before anybody asks, at a price told first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    FAILED,
    WRONG_USAGE,
    DataOption,
    JsonOption,
    console,
    fail,
    house,
    note,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from glossator.adaptation.wanted import Price, Wanted
    from glossator.library.variants import Form
    from glossator.wiring import House


@dataclass(slots=True)
class Outcome:
    """What a `prepare` did."""

    made: int = 0
    there: int = 0
    incomplete: int = 0
    spent_usd: float = 0.0
    stopped: str | None = None


def prepare(
    book: Annotated[str, typer.Argument(help="The book's id.")],
    levels: Annotated[
        str, typer.Option("--levels", help="beginner, intermediate, advanced; or all.")
    ] = "",
    languages: Annotated[str, typer.Option("--languages", help="Tags such as ur,ar.")] = "",
    hardware: Annotated[
        str, typer.Option("--hardware", help="none, gpu, jetson, robotics; or all.")
    ] = "none",
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="Most US dollars to spend now.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before spending.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Retell and translate a book's chapters in advance; what is finished is never paid again."""
    forms = _forms(levels, languages, hardware)
    with house(settings(data)) as built:
        wanted = _wanted(built, book, forms)
        outcome = asyncio.run(_whole(built, wanted, budget, yes=yes, quiet=as_json))
    if as_json:
        show_json({name: getattr(outcome, name) for name in Outcome.__slots__})
    elif outcome.made or outcome.there:
        say(
            f"{outcome.made} made for {outcome.spent_usd:.4f} USD, {outcome.there} were there"
            + (f", {outcome.incomplete} of them not whole" if outcome.incomplete else "")
        )
    if outcome.stopped:
        fail(f"{outcome.stopped} Run the same command again to go on from here.", FAILED)


def _forms(levels: str, languages: str, hardware: str) -> list[Form]:
    from glossator.adaptation.planning import form_of
    from glossator.adaptation.recipes import HARDWARE, LEVELS
    from glossator.foundation.errors import BadRequest

    try:
        forms = [form_of(language=tag) for tag in _parts(languages)]
    except BadRequest as error:
        fail(error.detail, WRONG_USAGE)
    for level in _chosen(levels, LEVELS, "--levels"):
        kinds = _chosen(hardware, HARDWARE, "--hardware")
        forms += [form_of(level=level, hardware=kind) for kind in kinds]
    if not forms:
        fail("Say what to prepare: --levels all, --languages ur, or both.", WRONG_USAGE)
    return forms


def _chosen(given: str, known: Sequence[str], option: str) -> list[str]:
    chosen = list(known) if given.strip() == "all" else _parts(given)
    unknown = [each for each in chosen if each not in known]
    if unknown:
        fail(f"{option} takes {', '.join(known)} or all, not {unknown[0]}.", WRONG_USAGE)
    return chosen


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _wanted(built: House, book_id: str, forms: Sequence[Form]) -> list[Wanted]:
    """Every chapter in every form, a form after the other."""
    from glossator.accounts.callers import Operator
    from glossator.adaptation.wanted import Wanted
    from glossator.library import books

    with built.database.reading() as session:
        chapters = books.chapters(session, books.get(session, book_id))
        names = [row.chapter_id or "" for row in chapters]
    return [Wanted(Operator(), None, name, form, book_id) for form in forms for name in names]


async def _whole(
    built: House, wanted: Sequence[Wanted], budget: float | None, *, yes: bool, quiet: bool
) -> Outcome:
    """The price, the question, the work."""
    prices = [await built.adaptation.price(each) for each in wanted]
    total = _told(prices, len(wanted))
    if not total["calls"]:
        return Outcome(there=len(wanted))
    if not built.models:
        fail("No language model is set. Set one by GLOSSATOR_MODEL.")
    if not quiet:
        note(_sentence(total, budget))
    if not yes and not typer.confirm("Go on?", err=True):
        return Outcome(stopped="Nothing was spent.")
    try:
        return await _make(built, wanted, prices, budget, quiet)
    finally:
        await built.models.close()


def _told(prices: Sequence[Price], forms: int) -> dict[str, Any]:
    known = [price for price in prices if price.usd is not None]
    return {
        "forms": forms,
        "calls": sum(price.calls for price in prices),
        "input_tokens": sum(price.input_tokens for price in prices),
        "output_tokens": sum(price.output_tokens for price in prices),
        "usd": sum(price.usd or 0 for price in known) if len(known) == len(prices) else None,
        "usd_at_most": sum(price.usd_at_most or 0 for price in known),
        "model": next((price.model for price in prices if price.model), None),
    }


def _sentence(total: dict[str, Any], budget: float | None) -> str:
    costs = "at a price that isn't known"
    if total["usd"] is not None:
        costs = f"about {total['usd']:.2f} USD, {total['usd_at_most']:.2f} USD at most"
    capped = "" if budget is None else f"; this run stops at {budget:.2f} USD"
    return (
        f"{total['forms']} chapters in their forms: {total['calls']} calls to {total['model']}, "
        f"{total['input_tokens']} tokens in and {total['output_tokens']} out, {costs}{capped}."
    )


async def _make(
    built: House,
    wanted: Sequence[Wanted],
    prices: Sequence[Price],
    budget: float | None,
    quiet: bool,
) -> Outcome:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from glossator.adaptation.making import TRIES
    from glossator.adaptation.wanted import ModelsFailed
    from glossator.foundation.errors import TooMany
    from glossator.usage.switch import ModelsStopped

    outcome = Outcome()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console(), disable=quiet) as bar:
        task = bar.add_task("chapters", total=len(wanted))
        for each, price in zip(wanted, prices, strict=True):
            bar.update(task, description=f"{each.chapter_id} {_named(each.form)}")
            # Every part might need its second try.
            most = TRIES * (price.usd_at_most or 0.0)
            if budget is not None and outcome.spent_usd + most > budget:
                outcome.stopped = f"The next chapter could cost {most:.4f} USD, beyond the budget."
                break
            try:
                found = await built.adaptation.chapter(each)
            except (TooMany, ModelsFailed, ModelsStopped) as error:
                outcome.stopped = error.detail
                break
            outcome.made += not found.cached
            outcome.there += found.cached
            outcome.incomplete += found.completeness < 1
            outcome.spent_usd += found.usage.cost_usd if found.usage else 0.0
            bar.advance(task)
    return outcome


def _named(form: Form) -> str:
    return form.language or f"{form.level}, {form.hardware}"
