"""Books and question sets as the benchmarks use them, added to a throw-away installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from glossator.commands.passages import book_of
from glossator.gateways.ports import Embedder
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import BookSource, ReadLimits
from glossator.insight.questions import Question, parse
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
SQUAD = SHARED / "questions" / "squad"
SAMPLE = ROOT / "src/glossator/sample/physical-ai"
QUESTIONS = ROOT / "bench/questions"

BOOKS = {
    "sample": SAMPLE,
    "robotics": SHARED / "books/docusaurus-robotics",
    "cp-algorithms": SHARED / "books/mkdocs-cp-algorithms",
    "jest": SHARED / "books/docusaurus-jest",
    "mdbook": SHARED / "books/mdbook-guide",
}


def load_questions(path: Path) -> list[Question]:
    """A set in JSON lines, ours or SQuAD's reshaped one."""
    return parse(path.read_text("utf-8"))


@contextmanager
def installation(embedder: Embedder | None = None) -> Iterator[House]:
    """An empty installation in a temporary folder."""
    with TemporaryDirectory() as folder:
        house = build(Settings(data=Path(folder), _env_file=None), embedder=embedder)
        migrate(house.database)
        try:
            yield house
        finally:
            house.close()


def add_book(house: House, name: str) -> BookSource:
    """Add one of `BOOKS`' main versions under its name."""
    source = next(s for s in read_sources([BOOKS[name]], ReadLimits()) if s.version is None)
    house.pipeline.add_book(source, name)
    return source


def squad_source() -> BookSource:
    """SQuAD's passages as a book: each passage a chapter titled as its article."""
    return replace(book_of(SQUAD / "passages.jsonl"), title="SQuAD")
