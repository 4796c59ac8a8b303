"""Bytes per chunk in SQLite and Postgres, and what they consist of.

    python -m bench.sizes [--postgres URL] [--books NAME …]

Real books are added to an embedded installation, which is then moved to the empty database that
`--postgres` names, with pgvector, as `glossator migrate-to` does. A row of the table has all that
belongs to it: rows, overflow pages or TOAST, and indexes.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from bench.corpora import add_book, installation
from glossator.moving.backing_up import back_up
from glossator.moving.transfer import Stores, Transfer
from glossator.settings import Settings
from glossator.wiring import House, build

FREE_TIER = 512 * 1_000_000
PARTS = {
    "vectors (document_embeddings)": ("document_embeddings",),
    "passages (document_chunks)": ("document_chunks",),
    "texts and blocks": ("documents", "document_blocks"),
    "word index": ("chunk_words",),
    "pgvector's copy, with its graph": ("glossator_vectors",),
}
COLUMNS = ("vector", "sentences", "spans", "tokens", "token_ids", "token_sentences")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizes")
    parser.add_argument("--postgres", default="", help="an empty database, postgresql://…")
    parser.add_argument("--books", nargs="+", default=["sample"], help="names of bench.corpora")
    options = parser.parse_args()
    console = Console()
    with installation() as house:
        for name in options.books:
            add_book(house, name)
        with house.database.reading() as session:
            chunks = int(session.scalar(text("SELECT count(*) FROM document_chunks")) or 0)
            kinds = {"SQLite": _sqlite(session.connection())}
            columns = _columns(session.connection(), chunks)
        if options.postgres:
            kinds["Postgres"] = _moved(house, options.postgres)
        out = io.BytesIO()
        kinds["archive"] = {"": back_up(house.database, None, house.settings.data, out).size}
    table = Table("bytes a chunk", *kinds, title=f"{chunks:,} chunks of {' '.join(options.books)}")
    for part in (*PARTS, "everything else", ""):
        table.add_row(
            part or "archive", *(_each(found.get(part), chunks) for found in kinds.values())
        )
    sums = {name: sum(found.values()) for name, found in kinds.items()}
    table.add_row("all", *(_each(size, chunks) for size in sums.values()))
    table.add_row("chunks in 512 MB",
                  *(f"{FREE_TIER * chunks // size:,}" for size in sums.values()))  # fmt: skip
    console.print(table)
    console.print("of the vectors: " + ", ".join(f"{n} {size:,.0f}" for n, size in columns.items()))


def _each(size: int | None, chunks: int) -> str:
    return "" if size is None else f"{size / chunks:,.0f}"


def _columns(connection: Connection, chunks: int) -> dict[str, float]:
    """Bytes a chunk in each column of vectors."""
    sums = ", ".join(f"sum(length({name}))" for name in COLUMNS)
    row = connection.execute(text(f"SELECT {sums} FROM document_embeddings")).one()  # noqa: S608
    return {name: size / chunks for name, size in zip(COLUMNS, row, strict=True)}


def _sqlite(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        text(
            "SELECT coalesce(m.tbl_name, d.name), sum(d.pgsize) FROM dbstat d "
            "LEFT JOIN sqlite_master m ON m.name = d.name GROUP BY 1"
        )
    )
    return _by_part(dict(rows.all()))


def _postgres(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        text(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )
    return _by_part({name: int(size) for name, size in rows})


def _by_part(sizes: dict[str, int]) -> dict[str, int]:
    found = dict.fromkeys([*PARTS, "everything else"], 0)
    for name, size in sizes.items():
        part = next(
            (part for part, tables in PARTS.items() if name.startswith(tables)), "everything else"
        )
        # `documents` isn't `document_…`: the longest name that fits is the right one.
        found[part] += size
    return found


def _moved(house: House, url: str) -> dict[str, int]:
    target = build(
        Settings(
            data=house.settings.data, database_url=url, vectors_url="pgvector:", _env_file=None
        )
    )
    try:
        work = Path(house.settings.data, "work")
        work.mkdir(exist_ok=True)
        transfer = Transfer(
            Stores(house.database, house.files, house.words),
            Stores(target.database, target.files, target.words),
            work,
        )
        transfer.begin()

        def index() -> None:
            target.reindexing.words(lacking=True)
            target.copying.catch_up()

        transfer.carry_out(index)
        with target.database.reading() as session:
            return _postgres(session.connection())
    finally:
        target.close()


if __name__ == "__main__":
    main()
