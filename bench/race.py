"""From files to a searchable store: Glossator beside LangChain with Chroma, in one run.

Both have the weights of all-MiniLM-L6-v2: the peer as float32 in sentence-transformers with
torch on all cores, we the int8 graph that comes with the package. The peer reads PDF with
PyPDFLoader and Markdown with TextLoader, and cuts 1,000 characters with 200 of overlap, as its
tutorials do. Neither's imports and loading of the model count; everything that search needs does:
reading, cutting, vectors, and for us also blocks, words and vectors of sentences and word pieces.
The model reads 256 word pieces and drops the rest without a word: "read" is the share of the text
that is in the vectors, all of it with us, whose chunks fit.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

from bench.corpora import BOOKS, SHARED, installation
from glossator.accounts.tables import Account
from glossator.foundation.multipart import Received
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.library.tables import Document

PDF = SHARED / "files/pdf/GeoTopo-komprimiert.pdf"
HEADER = (
    "source", "words", "runner", "chunks", "read", "wall s", "CPU s", "words per s",
    "times the peer", "of what is read",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lap:
    """What one runner took for a source: seconds by the clock and of CPU, and its chunks.

    `read` is the share of the text that its vectors have read.
    """

    chunks: int
    wall_s: float
    cpu_s: float
    read: float = 1.0


def race(peer_python: str, weights: str, *, quick: bool) -> list[tuple[str, ...]]:
    """Rows of the table; `quick` takes every eighth page of the book. Raises where a runner fails.

    Times as many words by the clock, and by CPU time in brackets, which a busy machine disturbs
    less.
    """
    rows: list[tuple[str, ...]] = []
    with TemporaryDirectory() as folder:
        book, files = _pages(Path(folder), every=8 if quick else 1)
        name = "cp-algorithms" + (", every eighth page" if quick else "")
        for source, ours, sent in (
            (f"{PDF.name}, 117 pages", lambda: _upload(PDF), [PDF]),
            (name, lambda: _book(book), files),
        ):
            words, lap = ours()
            peer = _peer(peer_python, weights, sent)
            wall, cpu = peer.wall_s / lap.wall_s, peer.cpu_s / lap.cpu_s
            times = tuple(f"{wall / part:.1f} ({cpu / part:.1f})" for part in (1, peer.read))
            for runner, one, ratio in (
                ("Glossator", lap, times),
                ("LangChain + Chroma", peer, ("", "")),
            ):
                rows.append(
                    (
                        source,
                        f"{words:,}",
                        runner,
                        f"{one.chunks:,}",
                        f"{one.read:.0%}",
                        f"{one.wall_s:.1f}",
                        f"{one.cpu_s:.1f}",
                        f"{words / one.wall_s:,.0f}",
                        *ratio,
                    )
                )
    return rows


def _pages(folder: Path, *, every: int) -> tuple[Path, list[Path]]:
    """A copy of the book with some of its pages, and those pages for who reads no books."""
    copy = folder / "book"
    copytree(BOOKS["cp-algorithms"], copy, ignore=ignore_patterns(".git"))
    pages = sorted(path for path in copy.rglob("*.md"))
    for number, page in enumerate(pages):
        page.chmod(0o600)
        page.parent.chmod(0o700)
        if number % every:
            page.unlink()
    read = read_sources([copy], ReadLimits())[0]
    kept = {chapter.source_path for chapter in read.chapters}
    return copy, [page for page in pages if str(page.relative_to(copy)) in kept]


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _book(folder: Path) -> tuple[int, Lap]:
    # Alone on the machine, as the peer is: with nobody to step back for.
    with installation(BundledEmbedder()) as house:
        house.embedder.encode(["warm up", "and again"])
        wall, cpu = time.perf_counter(), _cpu()
        added = house.pipeline.add_book(read_sources([folder], ReadLimits())[0], "book")
        return added.words, Lap(added.chunks, time.perf_counter() - wall, _cpu() - cpu)


def _upload(file: Path) -> tuple[int, Lap]:
    """The way of an uploaded file, with its reader in a process of its own."""
    # Alone on the machine, as the peer is: with nobody to step back for.
    with installation(BundledEmbedder()) as house:
        house.embedder.encode(["warm up", "and again"])
        house.documents.prepare()
        with house.database.writing() as session:
            account = Account(email="a@example.org", email_key="a", name="A", password_hash="-")  # noqa: S106
            session.add(account)
            session.flush()
            user = account.id
        wall, cpu = time.perf_counter(), _cpu()
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        taken = house.intake.take(user, Received("files", file.name, file, len(data), digest))
        while house.documents.parse() or house.documents.embed():
            pass
        wall = time.perf_counter() - wall
        for sandbox in house.sandboxes:
            # What a child took counts from its end on.
            sandbox.close()
        with house.database.reading() as session:
            row = session.get_one(Document, taken.document.id)
        if row.status != "ready":
            raise RuntimeError(row.error)
        return row.words, Lap(row.progress_total, wall, _cpu() - cpu)


def _peer(python: str, weights: str, files: list[Path]) -> Lap:
    script = Path(__file__).with_name("race_peer.py")
    done = subprocess.run(
        [python, str(script), weights, *map(str, files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"},
    )
    found = json.loads(done.stdout)
    if not found["found"]:
        raise RuntimeError("The peer's store finds nothing.")
    return Lap(found["chunks"], found["wall_s"], found["cpu_s"], found["read"])
