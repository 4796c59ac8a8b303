"""From 1,000 chunks to 300,000: what adding, keeping and asking cost as a library grows.

    python -m bench.growth --folder FOLDER [--postgres URL] [--sizes N …] [--kinds NAME …]
    python -m bench.growth --folder FOLDER --page
    python -m bench.growth --folder FOLDER --plans [--postgres URL]

The libraries are kept and grow in FOLDER and in the database that --postgres names, which is
empty at first; pgvector is measured where that has it. Each size is measured once: a run that was
cut off goes on, and --page writes docs/benchmarks-growth.md from what there is. All times are CPU
times of our process and of the database's that serve it, so other work on the machine hardly
shows. --plans asks the server's own routes and prints what a database reads whole for them.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.corpora import ROOT
from bench.growth_asking import Meter
from bench.growth_books import Chapter, grow, sample, sizes
from bench.growth_report import write
from bench.serving_servers import questions
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build

SIZES = (1_000, 10_000, 100_000, 300_000)
KINDS = ("sqlite", "postgres", "pgvector")
# Beyond so many chunks the graph is made behind the rows instead of with each of them.
_GRAPH_BEHIND = 10_000


def main() -> None:
    """Measure what isn't measured yet."""
    options = _options()
    kept = Results(options.folder)
    if options.page:
        write(kept.all)
    elif options.plans:
        from bench.growth_plans import told

        for kind in [kind for kind in KINDS[:2] if kind == "sqlite" or options.postgres]:
            with _opened(options, kind) as house:
                print("\n".join(told(house, kind)), flush=True)
    else:
        _measure(options, kept)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth")
    parser.add_argument("--folder", type=Path, required=True, help="where all is kept")
    parser.add_argument("--postgres", help="a database of its own, postgresql://…")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="chunks")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--page", action="store_true", help="write the page of what there is")
    parser.add_argument("--plans", action="store_true", help="what is read whole, at this size")
    return parser.parse_args()


class Results:
    """What was measured, by `kind/size`, in a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "results.json"
        self.all: dict[str, Any] = (
            json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        )

    def once(self, name: str, measure: Callable[[], object]) -> None:
        """Measure what isn't there yet, and keep it."""
        if name not in self.all:
            began = time.time()
            found = measure()
            self.all[name] = found
            self._file.write_text(json.dumps(self.all, indent=1), "utf-8")
            print(f"{name}: {found} ({time.time() - began:.0f} s)", file=sys.stderr, flush=True)


def _measure(options: argparse.Namespace, kept: Results) -> None:
    chapters = sample()
    for size in options.sizes:
        for kind in options.kinds:
            if kind != "sqlite" and not options.postgres:
                continue
            measured = _copied if kind == "pgvector" else _grown
            measured(options, kept, kind, size, chapters)


def _grown(
    options: argparse.Namespace, kept: Results, kind: str, size: int, chapters: list[Chapter]
) -> None:
    """A library in SQL alone: grown, added to, weighed, asked."""
    url = options.postgres if kind == "postgres" else None
    place = {"folder": str(options.folder / kind), "database_url": url}

    def filled() -> dict[str, float]:
        with _opened(options, kind) as house:
            meter = Meter(house.database)
            house.database.ping()
            meter.find_servers()
            began = meter.now()
            added = grow(house, chapters, size)
            spent = meter.now() - began
            _settle(house)
        return {"added": added, "cpu": spent}

    kept.once(f"{kind}/{size}/filled", filled)

    def disk() -> int:
        with _opened(options, kind) as house:
            return _disk(house)

    kept.once(f"{kind}/{size}/disk", disk)
    order = {**place, "seed": f"{kind}/{size}"}
    kept.once(f"{kind}/{size}/adding", lambda: _apart("bench.growth_adding", order))
    asking = {**place, "vectors_url": "sql:", **_books(size)}
    kept.once(f"{kind}/{size}/asking", lambda: _apart("bench.growth_asking", asking))


def _copied(
    options: argparse.Namespace, kept: Results, kind: str, size: int, _: list[Chapter]
) -> None:
    """The library's copy in pgvector: brought up to date, weighed, asked."""

    def copied() -> dict[str, float]:
        with _opened(options, kind) as house:
            meter = Meter(house.database)
            before = _copy_facts(house)
            if size > _GRAPH_BEHIND:
                spent = _without_graph(house, meter)
            else:
                meter.find_servers()
                began = meter.now()
                house.copying.catch_up()
                spent = meter.now() - began
            _settle(house)
            rows, disk = _copy_facts(house)
        return {"added": rows - before[0], "cpu": spent, "rows": rows, "disk": disk}

    kept.once(f"{kind}/{size}/copied", copied)
    asking = {
        "folder": str(options.folder / "postgres"), "database_url": options.postgres,
        "vectors_url": "pgvector:", **_books(size),
    }  # fmt: skip
    kept.once(f"{kind}/{size}/asking", lambda: _apart("bench.growth_asking", asking))


@contextmanager
def _opened(options: argparse.Namespace, kind: str) -> Iterator[House]:
    folder = options.folder / ("sqlite" if kind == "sqlite" else "postgres")
    folder.mkdir(parents=True, exist_ok=True)
    house = build(
        Settings(
            data=folder,
            database_url=None if kind == "sqlite" else options.postgres,
            vectors_url="pgvector:" if kind == "pgvector" else "sql:",
            _env_file=None,
        )
    )
    try:
        migrate(house.database)
        yield house
    finally:
        house.close()


def _books(size: int) -> dict[str, Any]:
    names = [name for name in sizes(size) if name != "large"]
    large = "large" if "large" in sizes(size) else None
    return {"books": names, "large": large, "questions": questions()}


def _apart(module: str, order: dict[str, Any]) -> Any:
    """What a process of its own prints for an order: its memory is nobody else's."""
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(order), stdout=subprocess.PIPE,
        text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def _settle(house: House) -> None:
    """What a database does by itself after a while: statistics, and the log written back."""
    if house.database.is_sqlite:
        house.database.close()
        # The house's own connections begin a transaction before anything else.
        with closing(sqlite3.connect(house.settings.data / "glossator.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    engine = create_engine(house.database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as alone:
        alone.execute(text("VACUUM (ANALYZE)"))
    engine.dispose()


def _disk(house: House) -> int:
    with house.database.reading() as session:
        if house.database.is_sqlite:
            # A book that was added and removed leaves pages behind that the next one takes.
            pages, free, size = (
                int(session.scalar(text(f"PRAGMA {name}")) or 0)
                for name in ("page_count", "freelist_count", "page_size")
            )
            return (pages - free) * size
        whole = session.scalar(text("SELECT pg_database_size(current_database())"))
    return int(whole or 0) - _copy_facts(house)[1]


def _copy_facts(house: House) -> tuple[int, int]:
    """Rows and bytes of the copy in pgvector; nothing where there is none."""
    with house.database.reading() as session:
        name = _copy_table(session)
        if name is None:
            return 0, 0
        size = session.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": name})
        rows = session.scalar(text(f"SELECT count(*) FROM {name}"))  # noqa: S608
    return int(rows or 0), int(size or 0)


def _copy_table(connection: Any) -> str | None:
    name: str | None = connection.scalar(
        text("SELECT relname FROM pg_class WHERE relname LIKE 'glossator!_vectors!_%' ESCAPE '!' "
             "AND relkind = 'r'")
    )  # fmt: skip
    return name


def _without_graph(house: House, meter: Meter) -> float:
    """Rows first and then the graph, as somebody would who moves a large library; CPU seconds."""
    # Of its own: the house gives a statement up that says nothing for half a minute.
    engine = create_engine(house.database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as alone:
        meter.find_servers()
        began = meter.now()
        name = _copy_table(alone)
        alone.execute(text(f"DROP INDEX IF EXISTS {name}_near"))
        house.copying.catch_up()
        alone.execute(text("SET maintenance_work_mem = '2GB'"))
        alone.execute(text("SET max_parallel_maintenance_workers = 0"))
        alone.execute(
            text(f"CREATE INDEX {name}_near ON {name} USING hnsw (vector vector_cosine_ops)")
        )
        spent = meter.now() - began
    engine.dispose()
    return spent


if __name__ == "__main__":
    main()
