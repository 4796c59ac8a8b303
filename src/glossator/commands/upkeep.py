"""`doctor`, `migrate` and `settings`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from glossator.commands.output import (
    DataOption,
    JsonOption,
    house,
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


def migrate(data: DataOption = None) -> None:
    """Bring the database to this version's schema."""
    from glossator.schema import current

    # `house` migrates; what is left to do is to say where that led.
    with house(settings(data)) as built:
        say(f"The database is at revision {current(built.database)}.")


def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is in use and whether it works; exit code 1 if something needed doesn't.

    Each language model is asked for one word, which costs a little money.
    """
    from glossator.calling.trials import try_out
    from glossator.operations import broken, check

    configured = settings(data)
    with house(configured) as built:
        trials = asyncio.run(try_out(built.models, built.payments))
        found: dict[str, Any] = {
            "data": str(configured.data),
            "database": built.database.url.render_as_string(hide_password=True),
            "encoder": built.embedder.name,
            "model": ", ".join(built.models.outcomes()) or "none",
            "models": [asdict(trial) for trial in trials],
            "readers": built.sandboxes[0].network,
            "parts": check(built),
            "books": _counts(built),
            "documents": _document_counts(built),
        }
    uneven = [book["book_id"] for book in found["books"] if not book["even"]]
    uneven += [f"user {row['user_id']}" for row in found["documents"]["users"] if not row["even"]]
    if as_json:
        show_json(found)
    else:
        _show(found, uneven)
    if broken(found["parts"]) or uneven or found["parts"]["model"]["state"] == "down":
        raise typer.Exit(1)


def show_settings(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List every setting with its value, unit and default."""
    from pydantic_core import PydanticUndefined

    from glossator.settings import variable

    configured = settings(data)
    rows = []
    for name, field in type(configured).model_fields.items():
        value = getattr(configured, name)
        default = field.default
        rows.append(
            {
                "name": variable(name),
                "value": _shown(name, value),
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


def _shown(name: str, value: Any) -> Any:
    """A setting's value without secrets."""
    from pydantic import SecretStr
    from sqlalchemy import make_url

    if isinstance(value, SecretStr):
        return "set"
    if name == "database_url" and value:
        return make_url(value).render_as_string(hide_password=True)
    return value


def _counts(built: House) -> list[dict[str, Any]]:
    """Chunks per book in SQL, among the vectors and in the word index."""
    from glossator.library import books
    from glossator.library.embeddings import SqlVectors

    stored = SqlVectors(built.embedder.name, built.embedder.dimensions)
    with built.database.reading() as session:
        return [
            {"book_id": book.id, **_collection_counts(built, session, stored, book.collection_id)}
            for book in books.every(session)
        ]


def _document_counts(built: House) -> dict[str, Any]:
    """The same for each user's documents, and how many of them wait."""
    from glossator.library import access, uploads
    from glossator.library.embeddings import SqlVectors

    stored = SqlVectors(built.embedder.name, built.embedder.dimensions)
    with built.database.reading() as session:
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
    from glossator.library import books

    chunks = books.chunk_count(session, collection)
    code = books.chunk_count(session, collection, kind="code")
    vectors = stored.count(session, collection)
    words = built.words.count(session, collection)
    return {
        "chunks": chunks,
        "vectors": vectors,
        "words": words,
        "even": vectors == chunks - code and words == chunks,
    }


def _show(found: dict[str, Any], uneven: list[str]) -> None:
    for name in ("data", "database", "encoder", "model"):
        say(f"{name}: {found[name]}")
    for trial in found["models"]:
        say(f"{trial['model']}: {trial['sentence']}")
    for name, part in found["parts"].items():
        say(f"{name}: {part['state']} ({part['ms']} ms)")
    say(f"readers of files: {_READERS[found['readers']]}")
    for book in found["books"]:
        say(
            f"book {book['book_id']}: {book['chunks']} chunks, {book['vectors']} vectors "
            f"(code has none), {book['words']} in the word index"
        )
    documents = found["documents"]
    if documents["users"]:
        chunks = sum(row["chunks"] for row in documents["users"])
        say(
            f"documents of {len(documents['users'])} users: {chunks} chunks, "
            f"{documents['unfinished']} documents unfinished"
        )
    for book_id in uneven:
        say(f"{book_id}: the counts differ. Remove the book or reprocess the document.")
