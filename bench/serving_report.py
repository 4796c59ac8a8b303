"""What the runs of `bench.serving` say, as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

Row = tuple[str, ...]
HEADER = (
    "server", "clients", "first token p50", "p95", "whole p50", "p95", "answers/s",
    "CPU ms/answer", "answers", "proven", "errors",
)  # fmt: skip

# How the part that only a run of its own measures begins.
SATURATION = "## To saturation"
_STEPS = (
    "server", "arrivals", "offered/s", "answers/s", "first token p50", "p95", "p99",
    "whole p50", "p95", "p99", "CPU ms/answer", "answers", "open at the end", "not answered",
)  # fmt: skip

_MORE = (
    "An answer takes three hops to threads and four short transactions: who asks and the unit; the "
    "search, and the money held before the call; the money settled and the message kept. A "
    "provider's stream is read after a pause of 2.5 ms for "
    "each answer on its way, 100 ms at most, so what gathers is proven and sent as one piece. What "
    "would cost more code than it seems worth: holding the provider's socket back between two "
    "readings (its tokens come one by one through aiohttp: a twelfth of the event loop's time, by "
    "a profile), a client of our own in place of the SDKs (as much again; retries, proxies and TLS "
    "would be ours to keep right), and all before the model in one hop (permission would no longer "
    "be seen in a route's signature)."
)


def report(rows: Sequence[Row], stages: Sequence[Row], many: Row | None) -> str:
    """The whole page."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Serving under load",
        "",
        f"Written by `python -m bench.serving` on {datetime.now(UTC):%Y-%m-%d} ({machine}, shared "
        "by clients, provider and server). A fake provider sends its first token after 300 ms and "
        "60 tokens 20 ms apart; times are ms beyond that. Glossator's askers are signed in, and "
        "their questions are limited, paid, proven and kept; the naive server has LangChain and "
        "Chroma and nothing of that.",
        "",
        *table(HEADER, rows),
        *_compared(rows),
        "## Where an answer's CPU goes, at 16 clients",
        "",
        "Thread time of each stage, ms an answer; wall includes waiting for locks and threads.",
        "",
        *table(("stage", "CPU ms", "wall ms", "calls"), stages),
    ]
    if stages:
        lines += [_MORE, ""]
    if many is not None:
        header = ("streams open at once", "answered", "errors")
        lines += ["## Many streams on one process", "", *table(header, [many])]
    return "\n".join(lines)


def saturation(rows: Sequence[Row], seconds: float) -> str:
    """The section of `bench.serving --saturation`."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    load = os.getloadavg()[2]
    lines = [
        SATURATION,
        "",
        f"Written by `python -m bench.serving --saturation` on {datetime.now(UTC):%Y-%m-%d} "
        f"({machine}, shared by clients, provider and server; load of the last quarter of an hour "
        f"{load:.1f}). People who ask again as soon as they have read give the most answers a "
        f"second; then questions arrive by chance for {seconds:.0f} s at shares of that, whatever "
        "has become of those before. Times are ms beyond the provider's own 300 and 1,480, from "
        "the moment when a question was due; at 100 % and above a line forms that grows as long "
        "as they arrive.",
        "",
        *table(_STEPS, rows),
    ]
    return "\n".join(lines)


def _compared(rows: Sequence[Row]) -> list[str]:
    """Our figures over the naive server's of the same run: machines differ, these hardly."""
    ours, theirs = (
        {row[1]: row for row in rows if row[0] == who} for who in ("Glossator", "naive")
    )

    def over(clients: str, column: int) -> str:
        return f"{float(ours[clients][column]) / (float(theirs[clients][column]) or 1.0):.2f}"

    both = [clients for clients in ours if clients in theirs]
    if not both:
        return []
    named = [(n, over(n, HEADER.index("CPU ms/answer")), over(n, 6)) for n in both]
    return table(("clients", "CPU to the naive server's", "answers/s to its"), named)


def table(header: Row, rows: Sequence[Row]) -> list[str]:
    """Lines of a table, and an empty one."""
    lines = [header, tuple("---" for _ in header), *rows]
    return [*("| " + " | ".join(cells) + " |" for cells in lines), ""]
