"""`doctor`, `migrate` and `settings`."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from glossator.wiring import House


def migrate(data: DataOption = None) -> None:
    """Bring the database to this version's schema."""
    from glossator.schema import current

    # `house` migrates; what is left to do is to say where that led.
    with house(settings(data)) as built:
        say(f"The database is at revision {current(built.database)}.")


def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is in use and whether it works; exit code 1 if something needed doesn't."""
    from glossator.operations import check

    configured = settings(data)
    with house(configured) as built:
        found: dict[str, Any] = {
            "data": str(configured.data),
            "database": built.database.url.render_as_string(hide_password=True),
            "encoder": built.embedder.name,
            "model": configured.model,
            "parts": check(built),
            "books": _counts(built),
        }
    broken = [name for name, part in found["parts"].items() if part["state"] == "down"]
    uneven = [book["book_id"] for book in found["books"] if not book["even"]]
    if as_json:
        show_json(found)
    else:
        _show(found, uneven)
    if broken or uneven:
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
    rows = []
    with built.database.reading() as session:
        for book in books.every(session):
            chunks = books.chunk_count(session, book.collection_id)
            code = books.chunk_count(session, book.collection_id, kind="code")
            vectors = stored.count(session, book.collection_id)
            words = built.words.count(session, book.collection_id)
            rows.append(
                {
                    "book_id": book.id,
                    "chunks": chunks,
                    "vectors": vectors,
                    "words": words,
                    "even": vectors == chunks - code and words == chunks,
                }
            )
    return rows


def _show(found: dict[str, Any], uneven: list[str]) -> None:
    for name in ("data", "database", "encoder", "model"):
        say(f"{name}: {found[name]}")
    for name, part in found["parts"].items():
        say(f"{name}: {part['state']} ({part['ms']} ms)")
    for book in found["books"]:
        say(
            f"book {book['book_id']}: {book['chunks']} chunks, {book['vectors']} vectors "
            f"(code has none), {book['words']} in the word index"
        )
    for book_id in uneven:
        say(f"{book_id}: the counts differ. Remove the book and add it again.")
