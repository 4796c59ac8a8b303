"""Books and question sets as the benchmarks use them, added to a throw-away installation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from glossator.gateways.ports import Embedder
from glossator.ingestion.canonical import build as canonical
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits
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

_MARKUP = re.compile(r"[*_`|\\$]+|\s+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set; `evidence` are alternatives, verbatim; `style` natural or hard."""

    id: str
    question: str
    answerable: bool
    chapter: str | None = None
    evidence: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    style: str = "natural"


def load_questions(path: Path) -> list[Question]:
    """A set in JSON lines, ours or SQuAD's reshaped one."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Question(
            id=row["id"],
            question=row["question"],
            answerable=row["answerable"],
            chapter=row.get("chapter") or row.get("passage"),
            evidence=_several(row.get("evidence")),
            answers=_several(row.get("answers")),
            style=row.get("style", "natural"),
        )
        for row in rows
    ]


def _several(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def folded(text: str) -> str:
    """Text with markup and white space reduced, for comparing evidence with a passage."""
    return _MARKUP.sub(" ", text).strip().lower()


def holds(text: str, evidence: tuple[str, ...]) -> bool:
    """Whether a passage holds one of the pieces of evidence whole."""
    inside = " ".join(folded(text).split())
    return any(" ".join(folded(part).split()) in inside for part in evidence)


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


def squad_source(articles: set[str] | None = None) -> BookSource:
    """SQuAD's passages as a book: each passage a chapter titled as its article."""
    rows = [json.loads(line) for line in (SQUAD / "passages.jsonl").read_text("utf-8").splitlines()]
    chapters = tuple(
        ChapterSource(
            chapter_id=row["id"],
            title=row["title"].replace("_", " "),
            content=canonical(row["text"], slug=github_slugger())[0],
        )
        for row in rows
        if articles is None or row["id"].split("/")[0] in articles
    )
    return BookSource(kind="plain", title="SQuAD", chapters=chapters)
