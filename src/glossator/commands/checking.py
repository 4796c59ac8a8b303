"""`check`: a question set put to a book, compared with an earlier run, against thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from glossator.commands.check_run import Options, run
from glossator.commands.output import (
    FAILED,
    WRONG_USAGE,
    DataOption,
    fail,
    house,
    note,
    say,
    settings,
)

if TYPE_CHECKING:
    from glossator.insight.comparing import Baseline
    from glossator.insight.questions import Question
    from glossator.insight.reports import Report
    from glossator.wiring import House

BELOW = 4
# Questions that a table names.
_SHOWN = 15
Form = Literal["table", "json", "markdown", "junit"]
Share = Annotated[float | None, typer.Option(min=0, max=1)]
_FORMS: dict[str, Form] = {".json": "json", ".md": "markdown", ".xml": "junit", ".txt": "table"}


def check(
    questions: Annotated[
        Path | None, typer.Argument(help="Questions in JSON lines.", dir_okay=False)
    ] = None,
    book: Annotated[str | None, typer.Option("--book", help="The book they are about.")] = None,
    passages: Annotated[
        Path | None,
        typer.Option("--passages", help="Check against these texts (JSON lines), not a book."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Ask this language model too; it costs money.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option("--judge", help="Have this model judge its answers.")
    ] = None,
    foreign: Annotated[
        Path | None,
        typer.Option("--foreign", help="Questions about another book, which must be refused."),
    ] = None,
    removed: Annotated[
        bool, typer.Option("--removed", help="Ask each again without its own chapter.")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="An earlier run to compare with.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write this run as a baseline.")
    ] = None,
    shown: Annotated[Form, typer.Option("--format", help="What to print.")] = "table",
    report: Annotated[
        list[Path] | None,
        typer.Option("--report", help="Also write a .json, .md, .xml (JUnit) or .txt."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, max=16, help="Processes; 0: as many as help.")
    ] = 0,
    min_top1: Share = None,
    min_top5: Share = None,
    min_top10: Share = None,
    min_mrr: Share = None,
    min_chapter: Share = None,
    min_heading: Share = None,
    min_evidence: Share = None,
    min_proven: Share = None,
    min_kept: Share = None,
    min_refused: Share = None,
    min_answers: Share = None,
    max_damaged: Annotated[
        int, typer.Option(min=0, help="Places in the set that the book may lack.")
    ] = 0,
    max_worse: Annotated[
        int | None, typer.Option(min=0, help="Questions that may be worse than the baseline's.")
    ] = None,
    make: Annotated[
        str | None, typer.Option("--make", help="Draft questions from this book instead.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1_000, help="How many.")] = 40,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where the draft goes.")] = None,
    data: DataOption = None,
) -> None:
    """Check how well a book is found, cited and refused; exit code 4 below a threshold."""
    minima = {
        "top1": min_top1, "top5": min_top5, "top10": min_top10, "mrr": min_mrr,
        "chapter": min_chapter, "heading": min_heading, "evidence": min_evidence,
        "proven": min_proven, "kept": min_kept, "refused": min_refused, "answers": min_answers,
    }  # fmt: skip
    if make is not None:
        from glossator.commands.drafting import draft

        draft(settings(data, model=model or "none"), make, count, out)
        return
    if removed and model:
        fail("--removed is measured without a model.", WRONG_USAGE)
    asked, before = _read(questions, baseline)
    asked += _absent(asked, foreign, removed=removed)
    for path in report or []:
        if path.suffix not in _FORMS:
            fail(f"{path}: a report ends in {', '.join(_FORMS)}.", WRONG_USAGE)
    if judge and not model:
        fail("--judge judges a model's answers: say which with --model.", WRONG_USAGE)
    configured = settings(data, model=model or "none")
    if passages is not None:
        from glossator.commands.passages import added

        own, name = added(configured, passages)
        with house(own) as built:
            found = run(built, asked, Options(name, model, judge, jobs), before)
    else:
        with house(configured) as built:
            name = _book(built, book)
            found = run(built, asked, Options(name, model, judge, jobs), before)
    _end(found, minima, max_damaged, max_worse, shown, report or [], save)


def _read(questions: Path | None, baseline: Path | None) -> tuple[list[Question], Baseline | None]:
    from glossator.foundation.errors import BadRequest
    from glossator.insight.comparing import read_baseline
    from glossator.insight.questions import parse

    if questions is None:
        fail("Say which questions: glossator check QUESTIONS.jsonl, or --make BOOK.", WRONG_USAGE)
    path = questions
    try:
        asked = parse(_text(path))
        path = baseline or path
        return asked, read_baseline(_text(baseline)) if baseline else None
    except BadRequest as error:
        fail(f"{path}: {error.detail}", WRONG_USAGE)


def _absent(asked: Sequence[Question], path: Path | None, *, removed: bool) -> list[Question]:
    """Questions that the book must not answer, made of others."""
    from glossator.insight import questions

    again = questions.removed(asked) if removed else []
    return again if path is None else [*again, *questions.foreign(_read(path, None)[0])]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        fail(f"{path} can't be read: {error.strerror}.")
    except UnicodeDecodeError:
        fail(f"{path} is no text in UTF-8.")


def _book(built: House, wanted: str | None) -> str:
    from glossator.library import books

    with built.database.reading() as session:
        if wanted is not None:
            return books.get(session, wanted).id
        known = books.every_id(session)
    if not known:
        fail("There are no books yet. Add one: glossator add PATH", FAILED)
    if len(known) > 1:
        fail(f"Say which book with --book: {', '.join(sorted(known))}.", WRONG_USAGE)
    return known[0]


def _end(
    found: tuple[Report, dict[str, Any]],
    minima: Mapping[str, float | None],
    max_damaged: int,
    max_worse: int | None,
    shown: Form,
    reports: Sequence[Path],
    save: Path | None,
) -> None:
    """Show and write everything; ends the command with 4 below a threshold."""
    import dataclasses
    import json

    from glossator.insight.thresholds import failed

    report, state = found
    worse = len(report.comparison.worse) if report.comparison else 0
    below = failed(
        report.figures,
        minima,
        damages=len(report.damages),
        max_damaged=max_damaged,
        worse=worse,
        max_worse=max_worse,
    )
    report = dataclasses.replace(report, failed=tuple(below))
    say(written(report, shown).rstrip("\n"))
    for path in reports:
        _write(path, written(report, _FORMS[path.suffix]))
    if save is not None:
        _write(save, json.dumps(state, ensure_ascii=False, indent=1) + "\n")
    if below:
        note(f"Below what was asked for: {'; '.join(each.sentence() for each in below)}.")
        raise typer.Exit(BELOW)


def written(report: Report, form: Form) -> str:
    """The report in a form."""
    import json

    from glossator.insight import reports

    match form:
        case "json":
            return json.dumps(reports.as_object(report), ensure_ascii=False, indent=2) + "\n"
        case "markdown":
            return reports.markdown(report)
        case "junit":
            return reports.junit(report)
        case _:
            return _table(report)


def _table(report: Report) -> str:
    from glossator.insight import reports
    from glossator.insight.comparing import said

    lines = [", ".join(f"{name} {value}" for name, value in report.made_by.items()), ""]
    lines += [
        f"{group:<10} {name:<40} {value}".rstrip() for group, name, value in reports.rows(report)
    ]
    lines += ["", "refusal by threshold"]
    lines += [f"  {line}" for line in reports.curve_line(report)]
    if doubtful := reports.doubtful(report):
        lines += ["", "went wrong or was left open"]
        lines += [f"  {each.id}  {each.question} ({said(each)})" for each in doubtful[:_SHOWN]]
        if len(doubtful) > _SHOWN:
            lines.append(f"  … and {len(doubtful) - _SHOWN} more: --report FILE.md lists them.")
    if report.judge_prompt:
        lines += ["", "the judge's prompt", *report.judge_prompt.splitlines()]
    if told := reports.told(report):
        lines += ["", *told]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror}.")
