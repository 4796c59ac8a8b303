"""`ask` and `search`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    FAILED,
    NOT_IN_BOOK,
    DataOption,
    JsonOption,
    fail,
    house,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from glossator.gateways.ports import Scope
    from glossator.tutor.answers import Answer, Source

BookOption = Annotated[str | None, typer.Option("--book", help="Only this book.")]


def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    book: BookOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the books; exit code 3 when they don't hold the answer."""
    from glossator.tutor.answers import Mode

    _check(question)
    with house(settings(data)) as built, built.database.reading() as session:
        answer = built.tutor.ask(session, _scope(session, book), question)
    if as_json:
        show_json(dataclasses.asdict(answer))
    else:
        say(written(answer))
    if answer.mode is Mode.REFUSED:
        raise typer.Exit(NOT_IN_BOOK)


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    book: BookOption = None,
    k: Annotated[int, typer.Option("--k", min=1, max=50, help="How many passages.")] = 5,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that come nearest, with their scores and why."""
    from glossator.retrieval.objects import result_object

    _check(question)
    with house(settings(data)) as built, built.database.reading() as session:
        result = built.search.search(session, _scope(session, book), question, at_least=k)
        rows = [result_object(session, found) for found in result.found[:k]]
    if as_json:
        show_json({"results": rows, "confidence": round(result.confidence, 4)})
        return
    for n, row in enumerate(rows, 1):
        say(_passage(n, row))
    say(f"confidence {result.confidence:.2f} ({result.zone.value})")


def written(answer: Answer) -> str:
    """An answer as text with numbered sources."""
    lines = [answer.answer, ""]
    shown = answer.sources or answer.nearest
    if shown and not answer.sources:
        lines.append("Nearest passages:")
    lines += [_source(n, source, bool(answer.sources)) for n, source in enumerate(shown, 1)]
    lines.append(
        f"({answer.mode.value}, confidence {answer.confidence:.2f}, {answer.response_time:.2f} s)"
    )
    return "\n".join(lines)


def _source(n: int, source: Source, brief: bool) -> str:
    page = f", page {source.page}" if source.page is not None else ""
    text = f"[{n}] {source.section}{page}"
    if not brief:
        text += f"\n    “{' '.join(source.quote.split())}”"
    return f"{text}\n    {source.url}"


def _passage(n: int, row: dict[str, Any]) -> str:
    why = ", ".join(f"{name} {value:.2f}" for name, value in row["why"].items())
    text = " ".join(row["text"].split())
    shown = text if len(text) <= 300 else text[:297] + "..."
    return f"{n}. {row['section']}  score {row['score']:.3f} ({why})\n   {shown}\n   {row['url']}\n"


def _scope(session: Session, book: str | None) -> Scope:
    from glossator.accounts.callers import Operator
    from glossator.library import access
    from glossator.library.books import every

    if not every(session):
        fail("There are no books yet. Add one: glossator add PATH", FAILED)
    return access.scope(session, Operator(), book_ids=[book] if book else [])


def _check(question: str) -> None:
    if not question.strip() or len(question) > 2000:
        fail("A question has 1 to 2,000 characters.", 2)
