"""`check --make`: a first question set of a book, for its author to correct."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glossator.commands.output import fail, house, note, say

if TYPE_CHECKING:
    from glossator.insight.drafting import Drafted
    from glossator.insight.editions import ChapterText
    from glossator.settings import Settings
    from glossator.wiring import House

# Of the whole set so much asks for what isn't there.
_ABSENT = 0.25
_TOKENS = 700
_HEADINGS = 300


def draft(configured: Settings, book: str, count: int, out: Path | None) -> None:
    """Write `count` questions and a quarter more that the book doesn't answer."""
    from glossator.insight import drafting
    from glossator.insight.measuring import chapter_texts
    from glossator.insight.questions import written
    from glossator.library import books

    if out is not None and out.exists():
        fail(f"{out} is there already; a draft doesn't replace what you corrected.")
    with house(configured) as built:
        with built.database.reading() as session:
            texts = chapter_texts(session, books.get(session, book))
        if built.models:
            questions, absent = asyncio.run(_by_model(built, texts, count))
        else:
            questions = drafting.drafted(texts, count)
            absent = _refused(built, book, drafting.elsewhere(), round(_ABSENT * count))
    text = written(drafting.rows(questions, absent))
    if out is None:
        say(text.rstrip("\n"))
    else:
        out.write_text(text, "utf-8")
    note(
        f"{len(questions)} questions with their evidence and {len(absent)} that the book doesn't "
        "answer. Correct them before you rely on them: a draft asks in the book's own words."
    )


def _refused(built: House, book: str, asked: Sequence[str], most: int) -> list[str]:
    """Those that the book surely doesn't answer."""
    from glossator.gateways.ports import Scope
    from glossator.library.books import collection_of
    from glossator.tutor.answers import Mode

    scope = Scope((collection_of(book),))
    with built.database.reading() as session:
        return [
            question
            for question in asked[:most]
            if built.tutor.ask(session, scope, question).mode is Mode.REFUSED
        ]


async def _by_model(
    built: House, chapters: Sequence[ChapterText], count: int
) -> tuple[list[Drafted], list[str]]:
    from glossator.insight import drafting
    from glossator.insight.talking import Talking, fenced, prompts

    talking, words = Talking(built.payments, built.models), prompts()
    every = [
        (chapter, heading, text)
        for chapter in chapters
        for heading, text in drafting.sections(chapter)
    ]
    # Sections of the whole book, at even distances.
    step = max(1, len(every) // max(1, count // 2))
    chosen = every[::step]
    each = max(1, round(count / max(1, len(chosen))))
    system = words["Draft"].replace("{count}", str(each))
    found: list[Drafted] = []
    try:
        for chapter, heading, text in chosen:
            if len(found) >= count:
                break
            reply, _ = await talking.say(system, fenced("section", text), output_tokens=_TOKENS)
            found += drafting.read(reply, chapter, heading, text)
        headings = "\n".join(
            f"{chapter.title}: {heading}" for chapter, heading, _ in every[:_HEADINGS]
        )
        wanted = round(_ABSENT * count)
        system = words["Absent"].replace("{count}", str(wanted))
        reply, _ = await talking.say(system, fenced("headings", headings), output_tokens=_TOKENS)
    finally:
        await built.models.close()
    return found[:count], drafting.read_absent(reply)[:wanted]
