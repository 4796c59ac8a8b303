"""A process that dies at its n-th point: before and after each commit, file and embedding (R2).

`python named_points.py FOLDER TEMPLATE FIRST STEP` forks, for every n from FIRST in steps, a child
that adds, changes and deletes documents and is gone at point n, and one that takes its work up. A
line of JSON tells of each: what was acknowledged, and what is there afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select, text, update

from glossator import wiring
from glossator.foundation.telemetry import set_up_logs
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion import claims
from glossator.ingestion.readers.registry import reader_for
from glossator.ingestion.sources import ReadLimits
from glossator.library.tables import Document, DocumentChunk, now
from glossator.wiring import House
from house_tools import made_settings
from upload_tools import even, long_text, process_anew, statuses, upload, user, work

DIED = 9
KEPT, CHANGED, DOOMED = "kept.md", "changed.md", "doomed.md"


@dataclass
class Points:
    """Counts the points; dies at one of them."""

    fatal: int
    passed: int = 0
    names: list[str] = field(default_factory=list)

    def at(self, name: str) -> None:
        self.passed += 1
        self.names.append(name)
        if self.passed == self.fatal:
            os._exit(DIED)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **named: Any) -> Any:
            self.at(f"before {name}")
            result = call(*args, **named)
            self.at(f"after {name}")
            return result

        return wrapped


class Near:
    """Reads files in this process: to start one for each of a hundred children takes minutes."""

    def __init__(self, read: ReadLimits) -> None:
        self._read = read

    def start(self) -> None:
        pass

    def close(self) -> None:
        pass

    def document(self, path: Path, kind: str, **_: Any) -> Any:
        return reader_for(kind)(path, self._read)


def opened(folder: Path, points: Points | None) -> House:
    """A house on the folder's database, with its points."""
    wiring._sandbox = lambda *_, **__: Near(ReadLimits())  # type: ignore[assignment]
    house = wiring.build(made_settings(folder), embedder=FakeEmbedder())
    if points is not None:
        engine = house.database.engine
        event.listen(engine, "commit", lambda _: points.at("before a commit"))
        # A commit is over when the connection goes back.
        event.listen(engine, "checkin", lambda *_: points.at("after a transaction"))
        for owner, name in ((house.files, "put"), (house.files, "delete")):
            setattr(owner, name, points.around(f"a file's {name}", getattr(owner, name)))
        encode = FakeEmbedder.encode_with_spans
        FakeEmbedder.encode_with_spans = points.around(  # type: ignore[method-assign]
            "an embedding", encode
        )
    return house


def live(folder: Path, points: Points, say: Callable[[str], None]) -> None:
    """Add three documents, process one anew, delete one; say what is acknowledged."""
    house = opened(folder, points)
    owner = user(house)
    say("user")
    for name in (KEPT, CHANGED, DOOMED):
        identity = upload(house, owner, long_text(name, 2), name)
        say(f"taken {name} {identity}")
    work(house)
    for name, status in named(house).items():
        say(f"{status} {name}")
    ids = {row.filename: row.id for row in rows(house)}
    process_anew(house, ids[CHANGED], long_text("another", 3))
    say("anew")
    with house.database.writing() as session:
        house.documents.bury(session, session.get_one(Document, ids[DOOMED]))
    say("deleted")
    work(house)
    say("done")


def recover(folder: Path) -> dict[str, Any]:
    """Take up what the dead one left, as a server does at its start; what is there then."""
    house = opened(folder, None)
    with house.database.writing() as session:
        claims.free_all(session)
        session.execute(text("UPDATE documents SET due_at = NULL"))
        # An upload that was cut short goes after a while; the while is over.
        session.execute(
            update(Document)
            .where(Document.deleted_at.is_not(None))
            .values(deleted_at=now() - timedelta(days=1))
        )
    work(house)
    with house.database.reading() as session:
        check = session.scalar(text("PRAGMA integrity_check"))
        strays = session.scalar(
            select(func.count())
            .select_from(DocumentChunk)
            .where(DocumentChunk.document_id.not_in(select(Document.id)))
        )
        owner = session.scalar(text("SELECT min(id) FROM users"))
        buried = session.scalar(select(func.count()).where(Document.deleted_at.is_not(None)))
    return {
        "integrity": check,
        "strays": strays,
        "chunks": even(house, int(owner)) if owner else 0,
        "documents": named(house),
        "texts": {row.filename: row.text[:40] for row in rows(house)},
        "buried": buried,
        "files": sorted(house.files.names("documents")),
        "paths": sorted(row.raw_path or "" for row in rows(house)),
    }


def rows(house: House) -> list[Document]:
    with house.database.reading() as session:
        found = session.scalars(
            select(Document).where(Document.user_id.is_not(None), Document.deleted_at.is_(None))
        ).all()
        for row in found:
            assert row.text is not None
        return list(found)


def named(house: House) -> dict[str, str]:
    states = statuses(house)
    return {str(row.filename): states[row.id] for row in rows(house)}


def in_child(work_: Callable[[Callable[[str], None]], None]) -> tuple[int, list[str]]:
    """Run something in a fork of this process; how it ended, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work_(lambda line: os.write(writing, f"{line}\n".encode()))
        except BaseException as error:  # noqa: BLE001
            os.write(writing, f"failed {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as said:
        lines = said.read().splitlines()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), lines


def trials(folder: Path, template: Path, first: int, step: int) -> Iterator[dict[str, Any]]:
    """One after the other, until a child comes to its end."""
    number, status = first, DIED
    while status == DIED:
        data = folder / str(number)
        data.mkdir(parents=True)
        shutil.copyfile(template, data / "glossator.db")
        points = Points(number)

        def lived(say: Callable[[str], None], data: Path = data, points: Points = points) -> None:
            live(data, points, say)
            say(f"points {points.passed}")

        status, said = in_child(lived)
        ended, told = in_child(
            lambda say, data=data: say(json.dumps(recover(data)))  # type: ignore[misc]
        )
        yield {"point": number, "died": status == DIED, "said": said, "ended": ended, "told": told}
        shutil.rmtree(data)
        number += step


if __name__ == "__main__":
    # To standard error: standard output is for the trials.
    set_up_logs("text", "error")
    where, template_, first_, step_ = sys.argv[1:]
    for trial in trials(Path(where), Path(template_), int(first_), int(step_)):
        print(json.dumps(trial), flush=True)  # noqa: T201
