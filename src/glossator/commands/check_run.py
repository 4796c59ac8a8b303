"""A check's run: questions to outcomes, in one process, in several, or by a model."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from glossator.commands.output import house

if TYPE_CHECKING:
    from glossator.gateways.ports import Scope
    from glossator.insight.comparing import Baseline
    from glossator.insight.outcomes import Outcome
    from glossator.insight.questions import Question
    from glossator.insight.reports import Report
    from glossator.settings import Settings
    from glossator.wiring import House

# So many questions are worth a second process, which needs a second to start.
_ALONE = 200
_MOST_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What a check is run with, beside its questions."""

    book: str
    model: str | None
    judge: str | None
    jobs: int


def run(
    built: House, asked: Sequence[Question], options: Options, before: Baseline | None
) -> tuple[Report, dict[str, Any]]:
    """The report, and the run as a baseline."""
    from glossator.insight import comparing
    from glossator.insight.editions import edition
    from glossator.insight.evidence import damages
    from glossator.insight.judge import prompt
    from glossator.insight.measuring import chapter_texts
    from glossator.insight.outcomes import figures
    from glossator.insight.reports import Report
    from glossator.library import books

    began = time.perf_counter()
    with built.database.reading() as session:
        texts = chapter_texts(session, books.get(session, options.book))
        encoder = built.index.embedder(session).name
    outcomes = _outcomes(built, asked, options)
    counted = figures(outcomes)
    state = edition(texts)
    made_by = _made_by(options, encoder)
    compared = comparing.compare(before, outcomes, asked, state, made_by) if before else None
    found = Report(
        made_by=made_by,
        figures=counted,
        outcomes=tuple(outcomes),
        damages=tuple(damages(asked, texts)),
        comparison=compared,
        failed=(),
        seconds=time.perf_counter() - began,
        judge_prompt=prompt() if options.judge else None,
    )
    return found, comparing.baseline_object(made_by, counted, outcomes, state)


def _made_by(options: Options, encoder: str) -> dict[str, Any]:
    from glossator import __version__

    return {
        "book": options.book,
        "glossator": __version__,
        "encoder": encoder,
        "model": options.model or "none",
        "judge": options.judge or "none",
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _outcomes(built: House, asked: Sequence[Question], options: Options) -> list[Outcome]:
    from glossator.gateways.ports import Scope
    from glossator.insight.measuring import Measuring
    from glossator.library.books import collection_of

    scope = Scope((collection_of(options.book),))
    if options.model is not None:
        return asyncio.run(_by_model(built, scope, asked, options))
    processes = options.jobs or (
        1 if len(asked) < _ALONE else min(os.cpu_count() or 1, _MOST_PROCESSES)
    )
    if processes > 1:
        return _in_processes(built.settings, options.book, asked, processes)
    measuring = Measuring(built.tutor)
    with built.database.reading() as session:
        return list(measuring.without_model(session, scope, asked))


async def _by_model(
    built: House, scope: Scope, asked: Sequence[Question], options: Options
) -> list[Outcome]:
    from glossator import purse
    from glossator.insight.measuring import Measuring
    from glossator.insight.talking import Talking
    from glossator.insight.with_model import Asking

    judges = None
    if options.judge:
        judges = purse.models(built.settings.model_copy(update={"model": options.judge}))
    asking = Asking(
        built.database,
        built.tutor,
        built.answering,
        Measuring(built.tutor),
        None if judges is None else Talking(built.payments, judges),
    )
    try:
        return await asking.outcomes(scope, options.book, asked)
    finally:
        await built.models.close()
        if judges is not None:
            await judges.close()


def _in_processes(
    configured: Settings, book: str, asked: Sequence[Question], processes: int
) -> list[Outcome]:
    """Each process takes every n-th question: those of one chapter may be harder than others."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    parts = [list(asked[n::processes]) for n in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_part, [configured] * processes, [book] * processes, parts))
    return [found[n % processes][n // processes] for n in range(len(asked))]


def _part(configured: Settings, book: str, asked: Sequence[Question]) -> list[Outcome]:
    """What one process does."""
    with house(configured) as built:
        return _outcomes(built, asked, Options(book, None, None, jobs=1))
