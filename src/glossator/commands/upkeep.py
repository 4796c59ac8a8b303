"""`doctor` and `settings`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    DataOption,
    JsonOption,
    house,
    note,
    say,
    settings,
    show_json,
)

# How well the processes that read files are kept off the network.
_READERS = {
    "namespace": "without network (a network namespace of their own)",
    "filter": "without network (a filter of system calls)",
    "open": "WITH network: this kernel lets nothing be shut off; limits on memory and time hold",
}

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from glossator.library.embeddings import SqlVectors
    from glossator.wiring import House


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend counts that differ, without asking.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is in use and whether it works; exit code 1 if something needed doesn't.

    Each language model is asked for one word, which costs a little money. Counts that differ
    are mended from SQL with --repair, or after asking on a terminal.
    """
    from glossator.calling.trials import try_out
    from glossator.commands.explaining import explain
    from glossator.operations import broken, check

    configured = settings(data)
    with house(configured) as built:
        trials = asyncio.run(try_out(built.models, built.payments))
        found: dict[str, Any] = {
            "data": str(configured.data),
            "database": built.database.url.render_as_string(hide_password=True),
            "encoder": _encoder(built),
            "model": ", ".join(built.models.outcomes()) or "none",
            "models": [asdict(trial) for trial in trials],
            "readers": built.sandboxes[0].network,
            "parts": check(built),
            "places": explain(configured),
            **all_counts(built),
        }
        if not as_json:
            _show(found)
        if uneven(found) and (repair or _wanted(as_json)):
            found |= _repaired(built, quiet=as_json)
    if as_json:
        show_json({**found, "uneven": uneven(found)})
    else:
        for name in uneven(found):
            say(f"{name}: the counts differ. Run `glossator doctor --repair`.")
    if broken(found["parts"]) or uneven(found) or found["parts"]["model"]["state"] == "down":
        raise typer.Exit(1)


def show_settings(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List every setting with its value, unit and default."""
    from pydantic import SecretStr
    from pydantic_core import PydanticUndefined

    from glossator.settings import variable

    configured = settings(data)
    rows = []
    for name, field in type(configured).model_fields.items():
        value = getattr(configured, name)
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        rows.append(
            {
                "name": variable(name),
                "value": shown_setting(name, value),
                "default": None if default is PydanticUndefined else default,
                "meaning": field.description,
            }
        )
    if as_json:
        show_json(rows)
        return
    for row in rows:
        value = "" if row["value"] is None else row["value"]
        default = "none" if row["default"] in (None, "") else row["default"]
        say(f"{row['name']}={value}\n    {row['meaning']} Default: {default}.")


def shown_setting(name: str, value: Any) -> Any:
    """A setting's value without secrets."""
    from pydantic import SecretStr
    from sqlalchemy import make_url

    from glossator.gateways.vectors.choosing import shown

    if name == "vectors_url":
        return shown(value.get_secret_value())
    if isinstance(value, SecretStr):
        return "set"
    if name == "database_url" and value:
        return make_url(value).render_as_string(hide_password=True)
    return value


def _counts(built: House) -> list[dict[str, Any]]:
    """Chunks per book in SQL, among the vectors and in the word index."""
    from glossator.library import books

    with built.database.reading() as session:
        stored = _stored(built, session)
        return [
            {"book_id": book.id, **_collection_counts(built, session, stored, book.collection_id)}
            for book in books.every(session)
        ]


def _document_counts(built: House) -> dict[str, Any]:
    """The same for each user's documents, and how many of them wait."""
    from glossator.library import access, uploads

    with built.database.reading() as session:
        stored = _stored(built, session)
        users = [
            {
                "user_id": user,
                **_collection_counts(built, session, stored, access.user_collection(user)),
            }
            for user in uploads.owners(session)
        ]
        return {"unfinished": uploads.unfinished(session), "users": users}


def _collection_counts(
    built: House, session: Session, stored: SqlVectors, collection: str
) -> dict[str, Any]:
    from glossator.gateways.ports import StoreFailed
    from glossator.library import books

    chunks = books.chunk_count(session, collection)
    code = books.chunk_count(session, collection, kind="code")
    vectors = stored.count(session, collection)
    words = built.words.count(session, collection)
    try:
        outside = None if built.copying.store is None else built.copying.held(collection)
    except StoreFailed:
        outside = None
    return {
        "chunks": chunks,
        "vectors": vectors,
        "outside": outside,
        "words": words,
        "even": vectors == chunks - code and words == chunks and outside in (None, vectors),
    }


def _encoder(built: House) -> str:
    active, configured = built.reindexing.active(), built.embedder.name
    if active in (None, configured):
        return configured
    return f"{active} (the settings name {configured}: run `glossator reindex`)"


def _stored(built: House, session: Session) -> SqlVectors:
    from glossator.library.embeddings import SqlVectors

    embedder = built.index.embedder(session)
    return SqlVectors(embedder.name, embedder.dimensions)


def _store_counts(built: House) -> dict[str, Any]:
    """The store of the vectors, and all that it holds."""
    from glossator.gateways.ports import StoreFailed

    store = built.copying.store
    if store is None:
        return {"store": "sql"}
    try:
        counts = built.copying.counts()
    except StoreFailed as error:
        return {"store": store.describe, "trouble": str(error)}
    return {"store": store.describe, **(asdict(counts) if counts else {})}


def all_counts(built: House) -> dict[str, Any]:
    """What each side holds: chunks, vectors, their outside copy, words."""
    return {
        "vectors": _store_counts(built),
        "books": _counts(built),
        "documents": _document_counts(built),
    }


def uneven(found: dict[str, Any]) -> list[str]:
    """The books and users whose counts differ, and the store where its sum does."""
    names = [f"book {book['book_id']}" for book in found["books"] if not book["even"]]
    names += [f"user {row['user_id']}" for row in found["documents"]["users"] if not row["even"]]
    vectors = found["vectors"]
    if vectors.get("held") != vectors.get("wanted"):
        names.append(vectors["store"])
    return names


def _wanted(as_json: bool) -> bool:
    return (
        not as_json
        and sys.stdin.isatty()
        and typer.confirm("Counts differ. Mend them from SQL?", err=True)
    )


def _repaired(built: House, *, quiet: bool) -> dict[str, Any]:
    """The counts after vectors, their copy and words were brought to what SQL says."""
    from glossator.commands.reindexing import progress
    from glossator.gateways.ports import MayPass
    from glossator.library.copies import PATIENCE

    with built.database.reading() as session:
        embedder = built.index.embedder(session)
    built.reindexing.embed(embedder, progress("passages embedded", quiet))
    built.reindexing.words(progress("words of documents", quiet))
    try:
        built.copying.catch_up(
            everything=True, patience=PATIENCE, report=progress("vectors copied", quiet)
        )
    except MayPass as error:
        note(f"The copy of the vectors could not be mended: {error}.")
    return all_counts(built)


def _show(found: dict[str, Any]) -> None:
    for name in ("data", "database", "encoder", "model"):
        say(f"{name}: {found[name]}")
    vectors = found["vectors"]
    held = f" ({vectors['held']} of {vectors['wanted']})" if "held" in vectors else ""
    say(f"vectors in: {vectors['store']}{held}{' ' + vectors.get('trouble', '')}".rstrip())
    for trial in found["models"]:
        say(f"{trial['model']}: {trial['sentence']}")
    for name, part in found["parts"].items():
        say(f"{name}: {part['state']} ({part['ms']} ms)")
    say(f"readers of files: {_READERS[found['readers']]}")
    from glossator.commands.explaining import sentences

    for sentence in sentences(found["places"]):
        say(sentence)
    for book in found["books"]:
        say(
            f"book {book['book_id']}: {book['chunks']} chunks, {book['vectors']} vectors "
            f"(code has none), {book['words']} in the word index{_outside(book)}"
        )
    documents = found["documents"]
    if documents["users"]:
        chunks = sum(row["chunks"] for row in documents["users"])
        say(
            f"documents of {len(documents['users'])} users: {chunks} chunks, "
            f"{documents['unfinished']} documents unfinished"
        )


def _outside(row: dict[str, Any]) -> str:
    return "" if row["outside"] is None else f", {row['outside']} in the outside store"
