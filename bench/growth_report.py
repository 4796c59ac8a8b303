"""The page on growth, from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bench.corpora import ROOT
from bench.plot import lines
from bench.serving_report import table

PAGE = ROOT / "docs/benchmarks-growth.md"
IMAGES = ROOT / "docs/images"
# What stands behind it on the page is written by hand.
BY_HAND = "## What was found"
NAMES = {
    "sqlite": "embedded (SQLite)",
    "postgres": "Postgres",
    "pgvector": "Postgres + pgvector",
}
STAGES = ("embed", "vectors", "words", "passages", "fusion", "rerank", "all")
SCOPES = {
    "book": "one book, asked again and again",
    "first": "a book's first question",
    "large": "the large book, a fifth of all",
    "all": "the whole library",
}
Results = Mapping[str, Any]


def write(found: Results) -> None:
    """Write the page and its plots; what was written by hand stays."""
    told = PAGE.read_text("utf-8") if PAGE.exists() else ""
    by_hand = "".join(told.partition(BY_HAND)[1:])
    sizes = sorted({int(name.split("/")[1]) for name in found})
    page = [
        *_head(),
        *_keeping(found, sizes),
        *_asking(found, sizes),
        *_ratios(found, sizes),
    ]
    PAGE.write_text("\n".join(page).rstrip() + "\n\n" + by_hand, "utf-8")
    for name, plot in _plots(found, sizes).items():
        (IMAGES / f"growth-{name}.svg").write_text(plot, "utf-8")


def _head() -> list[str]:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return [
        "# Growth",
        "",
        f"Written by `python -m bench.growth --page` on {datetime.now(UTC):%Y-%m-%d} ({machine}). "
        "All times are CPU times, of our process and of the database's that serve it: the machine "
        "was doing other things, so wall times were not taken.",
        "",
        "The library is made from the sample book: its sentences, with most of the longer words "
        "changed in each book for others of the encoder's 20,000 English ones, in books of 1,200 "
        "chunks and one that has a fifth of all (the smallest library is one book). A seventh of "
        "the chunks is code, which has words and no vector. Vectors are the sample's with the "
        "book's topic and noise added; only the rate of adding comes from the real encoder, with "
        "the sample book added once more, in other words, to each library. Questions are the "
        "sample's, in the words of the book that is asked.",
        "",
    ]


def _keeping(found: Results, sizes: list[int]) -> list[str]:
    header = ("library", "chunks", "chunks added, per CPU second", "most memory while adding, MB",
              "disk, MB", "bytes a chunk")  # fmt: skip
    rows = []
    for kind in ("sqlite", "postgres"):
        for size in sizes:
            adding, disk = (found.get(f"{kind}/{size}/{part}") for part in ("adding", "disk"))
            if adding and disk:
                rows.append((
                    NAMES[kind], f"{size:,}", f"{adding['embedded'] / adding['cpu']:.0f}",
                    str(adding["memory"]), f"{disk / 1e6:,.0f}", f"{disk / size:,.0f}",
                ))  # fmt: skip
    copies = []
    for size in sizes:
        if copied := found.get(f"pgvector/{size}/copied"):
            rate = copied["added"] / copied["cpu"] if copied["cpu"] else 0
            copies.append((
                f"{size:,}", f"{copied['rows']:,}", f"{rate:,.0f}", f"{copied['disk'] / 1e6:,.0f}",
                f"{copied['disk'] / copied['rows']:,.0f}",
            ))  # fmt: skip
    lines = ["## Adding and keeping", "", *table(header, rows)]
    if copies:
        header = ("chunks", "vectors in pgvector", "vectors copied, per CPU second", "disk, MB",
                  "bytes a vector")  # fmt: skip
        lines += [
            "The copy in pgvector comes on top. Up to 10,000 each vector enters the graph as it is "
            "put; beyond, the rows were put first and the graph was made behind them.",
            "",
            *table(header, copies),
        ]
    return lines


def _asking(found: Results, sizes: list[int]) -> list[str]:
    out = ["## Asking", "", "CPU milliseconds of a question, by stage; medians. Passages are read "
           "from SQL or from memory; what is left over is the rest of the search.", ""]  # fmt: skip
    for scope, words in SCOPES.items():
        rows = []
        for kind, name in NAMES.items():
            for size in sizes:
                asked = (found.get(f"{kind}/{size}/asking") or {}).get(scope)
                if asked:
                    rows.append((name, f"{size:,}", *(f"{asked[stage]:.2f}" for stage in STAGES)))
        if rows:
            out += [f"### {words[0].upper()}{words[1:]}", ""]
            out += table(("library", "chunks", *STAGES), rows)
    rows = []
    for kind, name in NAMES.items():
        for size in sizes:
            if asked := found.get(f"{kind}/{size}/asking"):
                memory = asked["memory"]
                parts = (str(memory[at]) for at in ("start", "book", "all"))
                rows.append((name, f"{size:,}", *parts, f"{asked['load']:.2f}"))
    header = ("library", "chunks", "MB before", "after one book", "after the whole library",
              "CPU s of the whole library's first four questions")  # fmt: skip
    return [*out, "### Memory of the process", "", *table(header, rows)]


def _ratios(found: Results, sizes: list[int]) -> list[str]:
    """How much a search in one book grows from the smallest library to the largest."""
    rows = []
    for kind, name in NAMES.items():
        ends = [(found.get(f"{kind}/{size}/asking") or {}).get("book")
                for size in (sizes[0], sizes[-1])]  # fmt: skip
        if all(ends):
            small, large = (end["all"] for end in ends)
            rows.append((name, f"{small:.2f}", f"{large:.2f}", f"{large / small:.2f}"))
    header = ("library", f"CPU ms at {sizes[0]:,}", f"at {sizes[-1]:,}", "times")
    images = [
        f"![{words}](images/growth-{name}.svg)\n"
        for name, words in (
            ("book", "A search in one book, as the library grows"),
            ("library", "A search in the whole library, as it grows"),
            ("disk", "Disk, as the library grows"),
        )
    ]
    return ["## A search in one book, as the library grows", "", *table(header, rows), *images]


def _plots(found: Results, sizes: list[int]) -> dict[str, str]:
    def of(kind: str, scope: str) -> list[tuple[float, float]]:
        asked = [(size, found.get(f"{kind}/{size}/asking") or {}) for size in sizes]
        return [(float(size), it[scope]["all"]) for size, it in asked if scope in it]

    def disk(kind: str) -> list[tuple[float, float]]:
        kept = [(size, found.get(f"{kind}/{size}/disk")) for size in sizes]
        return [(float(size), it / 1e6) for size, it in kept if it]

    drawn = {
        "book": ("A search in one book", "CPU ms", {n: of(k, "book") for k, n in NAMES.items()}),
        "library": ("A search in the whole library", "CPU ms",
                    {n: of(k, "all") for k, n in NAMES.items()}),
        "disk": ("Disk", "MB", {n: disk(k) for k, n in NAMES.items()}),
    }  # fmt: skip
    return {
        name: lines(title, "chunks in the library", unit, {k: v for k, v in many.items() if v})
        for name, (title, unit, many) in drawn.items()
    }
