"""`reindex`: another embedder, the outside copy of the vectors, and the word index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    DataOption,
    JsonOption,
    fail,
    house,
    note,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from glossator.shelf import Shelf
    from glossator.wiring import House

Report = Callable[[int, int], None]


def reindex(
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Only fill the outside copy of the vectors anew.")
    ] = False,
    words: Annotated[bool, typer.Option("--words", help="Only fill the word index anew.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Index the library anew, by the embedder that GLOSSATOR_EMBEDDER names.

    Questions are answered from what there is until the new is whole. Run it again after an
    interruption: it goes on where it was.
    """
    with house(settings(data)) as built, _alone(built):
        done = carry_out(built, vectors=vectors or not words, words=words or not vectors,
                         embed=not (vectors or words), quiet=as_json)  # fmt: skip
    if as_json:
        show_json(done)
        return
    for sentence in _sentences(done):
        say(sentence)


def carry_out(
    built: House, *, embed: bool, vectors: bool, words: bool, quiet: bool
) -> dict[str, Any]:
    """The parts that were asked for, in the order in which they are safe."""
    steps = built.reindexing
    before = steps.active()
    done: dict[str, Any] = {"embedder": before, "before": before, "embedded": 0, "rough": 0,
                            "too_long": 0, "removed": 0, "copied": None, "words": None}  # fmt: skip
    if embed and before is not None:
        _embed(built, done, quiet)
        if before != built.embedder.name:
            done["copied"] = _copy(built, anew=False, quiet=quiet)
            # What was added meanwhile has the old one's vectors alone.
            while not steps.switch(built.embedder, built.settings.embedder):
                _embed(built, done, quiet)
            vectors = False
        done["embedder"] = steps.active()
        done["removed"] = steps.sweep(built.embedder.name)
    if vectors and before is not None:
        done["copied"] = _copy(built, anew=True, quiet=quiet)
    if words:
        done["words"] = steps.words(progress("words of documents", quiet))
    return done


def progress(what: str, quiet: bool) -> Report:
    """Says each tenth on standard error."""
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // max(total, 1)
        if not quiet and tenth != shown:
            shown = tenth
            note(f"{what}: {done} of {total}")

    return report


def follow(built: House | Shelf) -> None:
    """Have the outside copy follow a change of books at once, if it can; a server does it too."""
    from glossator.gateways.ports import MayPass

    try:
        built.copying.catch_up()
    except MayPass as error:
        note(f"The copy of the vectors has to wait: {error}. A server fills it later.")


def _embed(built: House, done: dict[str, Any], quiet: bool) -> None:
    found = built.reindexing.embed(built.embedder, progress("passages embedded", quiet))
    done["embedded"] += found.embedded
    done["rough"] += found.rough
    done["too_long"] += found.too_long


def _copy(built: House, *, anew: bool, quiet: bool) -> bool | None:
    """Fill the outside copy; None without a store, False where it has to wait."""
    from glossator.gateways.ports import MayPass

    if built.copying.store is None:
        return None
    embedder = built.embedder
    if anew:
        with built.database.reading() as session:
            embedder = built.index.embedder(session)
    try:
        built.copying.rebuild(
            embedder.name, embedder.dimensions, anew=anew, report=progress("vectors copied", quiet)
        )
    except MayPass as error:
        note(f"The copy of the vectors has to wait: {error}. A server fills it later.")
        return False
    return True


def _sentences(done: dict[str, Any]) -> Iterator[str]:
    if done["embedder"] is None:
        yield "The library is empty: there is nothing to index."
        return
    if done["before"] != done["embedder"]:
        yield f"The library is now indexed by {done['embedder']}; before, by {done['before']}."
    yield f"{done['embedded']} passages embedded, {done['removed']} old vectors removed."
    if done["rough"] or done["too_long"]:
        yield (
            f"{done['rough']} passages could not be cut as they were and {done['too_long']} are "
            "longer than this embedder reads; add their books or reprocess their documents."
        )
    if done["copied"] is None:
        yield "Vectors are searched in SQL; there is no outside copy."
    if done["copied"]:
        yield "The outside copy of the vectors is whole."
    if done["words"] is not None:
        yield f"{done['words']} passages in the word index."


@contextmanager
def _alone(built: House) -> Iterator[None]:
    from filelock import FileLock, Timeout

    built.settings.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(built.settings.data / "reindex.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        fail("Another `glossator reindex` is running in this data folder. Wait for it.")
    try:
        yield
    finally:
        lock.release()
