"""Glossator over itself: the documentation's site is a book that answers for itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.ports import Scope
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import BookSource, ReadLimits
from glossator.schema import migrate
from glossator.tutor.answers import Answer, Mode
from glossator.wiring import build
from house_tools import made_settings

ROOT = Path(__file__).parents[2]
BOOK = "docs"
# Where the answer stands, by the question.
QUESTIONS = {
    "What leaves the machine when no model is used?": ("how-to/privacy", "nothing"),
    "Which tokens does the widget's panel ask for?": ("guide/widget", "POST /api/widget/token"),
    "Where is each quote of a model looked for?": ("explanation/citations", "word for word"),
}
ABSENT = "How long must rice be boiled?"


def asked(source: BookSource, data: Path, embedder: BundledEmbedder) -> dict[str, Answer]:
    """What a library with this book alone answers."""
    house = build(made_settings(data), embedder=embedder)
    migrate(house.database)
    house.pipeline.add_book(source, BOOK)
    with house.database.reading() as session:
        scope = Scope((f"book:{BOOK}",))
        answers = {text: house.tutor.ask(session, scope, text) for text in (*QUESTIONS, ABSENT)}
    house.database.close()
    return answers


def check(answers: dict[str, Answer]) -> None:
    """Each question is answered from its page, and the one that isn't of the book refused."""
    for question, (page, words) in QUESTIONS.items():
        answer = answers[question]
        assert answer.mode in (Mode.EXTRACTIVE, Mode.CLOSEST), (question, answer)
        quotes = [source.quote for source in answer.sources if source.chapter_id == page]
        assert any(words.lower() in quote.lower() for quote in quotes), (question, answer.sources)
    assert answers[ABSENT].mode is Mode.REFUSED


def test_the_site_is_read_in_the_order_of_its_navigation():
    (source,) = read_sources([ROOT / "mkdocs.yml"], ReadLimits())
    assert (source.kind, source.title) == ("mkdocs", "Glossator")
    names = [chapter.chapter_id for chapter in source.chapters]
    assert names[:3] == ["index", "tutorial", "how-to/index"]
    papers = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert len(names) == len(papers)
    assert [problem for problem in source.problems if "docs/" in problem.path] == []


def test_a_few_of_its_pages_answer_for_themselves(tmp_path: Path, real_embedder: BundledEmbedder):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for page in {page for page, _ in QUESTIONS.values()} | {"explanation/house"}:
        (tmp_path / "docs" / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / f"docs/{page}.md", tmp_path / f"docs/{page}.md")
    (source,) = read_sources([tmp_path], ReadLimits())
    check(asked(source, tmp_path / "data", real_embedder))


@pytest.mark.long
def test_all_of_them_do(tmp_path: Path, real_embedder: BundledEmbedder):
    (source,) = read_sources([ROOT / "mkdocs.yml"], ReadLimits())
    check(asked(source, tmp_path / "data", real_embedder))
