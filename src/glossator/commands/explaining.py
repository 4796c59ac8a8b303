"""What of an installation is embedded and what is external, and what that stops; for `doctor`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from glossator.moving.alone import in_use

if TYPE_CHECKING:
    from glossator.settings import Settings


@dataclass(frozen=True, slots=True)
class Piece:
    """A part, where it is, and what that means for more processes and for more machines."""

    part: str
    kind: Literal["embedded", "external"]
    what: str
    stops_processes: str = ""
    stops_machines: str = ""


def explain(configured: Settings) -> dict[str, Any]:
    """The parts one by one, and whether another process or machine may join, and why not."""
    found = list(_pieces(configured))
    processes = [piece.stops_processes for piece in found if piece.stops_processes]
    machines = [piece.stops_machines for piece in found if piece.stops_machines]
    return {
        "parts": [{"part": piece.part, "kind": piece.kind, "what": piece.what} for piece in found],
        "runs_jobs_now": in_use(configured.data),
        "several_processes": {"possible": not processes, "because": processes},
        "several_machines": {"possible": not machines, "because": machines},
    }


def sentences(found: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    for piece in found["parts"]:
        yield f"{piece['part']} ({piece['kind']}): {piece['what']}"
    if found["runs_jobs_now"]:
        yield "jobs: a server or worker of this data folder runs them now."
    for name, what in (
        ("several_processes", "Another process on this machine"),
        ("several_machines", "Another machine"),
    ):
        if found[name]["possible"]:
            yield f"{what} may join."
        for reason in found[name]["because"]:
            yield f"{what} is kept out: {reason}"


def _pieces(configured: Settings) -> Iterator[Piece]:
    yield _database(configured)
    yield _files(configured)
    yield _vectors(configured)
    yield _jobs(configured)
    yield _key(configured)
    yield from _glossaries(configured)
    yield _folder(configured)


def _database(configured: Settings) -> Piece:
    if configured.database.startswith("postgres"):
        return Piece("database", "external", "Postgres; any number of processes and machines.")
    return Piece(
        "database",
        "embedded",
        "SQLite, a file; processes of this machine take turns in writing to it.",
        stops_machines="the database is an SQLite file, whose locks hold on one machine alone, "
        "not over a network. `glossator migrate-to` moves it to Postgres.",
    )


def _files(configured: Settings) -> Piece:
    if configured.files_url.startswith("s3:"):
        return Piece("files", "external", "raw files in S3.")
    return Piece(
        "files",
        "embedded",
        "raw files in a folder.",
        stops_machines="raw files lie in a folder of this machine. Set GLOSSATOR_FILES_URL to "
        "s3://…, or to a folder that all machines share.",
    )


def _vectors(configured: Settings) -> Piece:
    url = configured.vectors_url.get_secret_value()
    if url == "sql:":
        return Piece("vectors", "embedded", "searched in SQL, from this process's memory.")
    if url == "chroma:":
        reason = (
            "the embedded Chroma belongs to the first process that uses it; the others search "
            "SQL. A Chroma server has no such limit."
        )
        joined = "more than one process is set, and " if configured.workers > 1 else ""
        return Piece(
            "vectors", "embedded", f"a copy in Chroma, in the data folder; {joined}{reason}"
        )
    where = "Postgres" if url == "pgvector:" else "a server"
    return Piece("vectors", "external", f"a copy in {where}; SQL has all that is in it.")


def _jobs(configured: Settings) -> Piece:
    if configured.queue == "postgres":
        return Piece("jobs", "external", "any number of `glossator work` on Postgres.")
    return Piece(
        "jobs",
        "embedded",
        "one process of the data folder runs them (worker.lock); others wait to take over.",
        stops_machines="jobs run in the one process that holds worker.lock in this data folder; "
        "a second machine would take its jobs away. Set GLOSSATOR_QUEUE=postgres.",
    )


def _key(configured: Settings) -> Piece:
    if configured.secret_key is not None:
        return Piece("signing key", "external", "given by GLOSSATOR_SECRET_KEY.")
    return Piece(
        "signing key",
        "embedded",
        "secret.key in the data folder.",
        stops_machines="the key that logins are signed with is a file here; another machine "
        "would make its own and take none of these logins. Set GLOSSATOR_SECRET_KEY everywhere.",
    )


def _glossaries(configured: Settings) -> Iterator[Piece]:
    if any((configured.data / "glossaries").glob("*.txt")):
        yield Piece(
            "glossaries",
            "embedded",
            "files in the data folder; every machine needs the same ones.",
        )


def _folder(configured: Settings) -> Piece:
    data = configured.data
    writable = os.access(data, os.W_OK | os.X_OK)
    return Piece(
        "data folder",
        "embedded",
        f"{data}: locks, and files while they arrive and are read; each machine has its own.",
        stops_processes="" if writable else f"{data} can't be written to.",
    )
