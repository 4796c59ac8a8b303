"""The same text in eleven files: the same headings, chapters and answers in each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from format_maker import FORMATS as WRITTEN
from format_maker import Text, text_of
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.ports import Scope
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.registry import read_file
from glossator.ingestion.sources import BookSource, DocumentSource, ReadLimits
from glossator.library.content import BlockKind
from glossator.library.plain import plain
from glossator.schema import migrate
from glossator.tutor.answers import Answer
from glossator.wiring import build
from house_tools import SAMPLE, made_settings
from pdf_layout import pdf

ROWS = [json.loads(line) for line in (SAMPLE / "questions.jsonl").read_text("utf-8").splitlines()]
CHAPTERS = [
    "part-1/chapter-01-embodied-ai",
    "part-1/chapter-02-sensors",
    "part-1/chapter-03-kinematics",
    "part-2/chapter-04-control",
    "part-2/chapter-05-ros2",
]
FORMATS = {**WRITTEN, "course.pdf": pdf}
QUESTIONS = [row for row in ROWS if row.get("chapter") in CHAPTERS]


@dataclass(frozen=True, slots=True)
class Made:
    """The text, and what came of it: per format the document, the book, the answers."""

    text: Text
    documents: Mapping[str, DocumentSource]
    books: Mapping[str, BookSource]
    answers: Mapping[str, list[Answer]]


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, real_embedder: BundledEmbedder
) -> Iterator[Made]:
    (sample,) = read_sources([SAMPLE], ReadLimits())
    text = text_of([each for each in sample.chapters if each.chapter_id in CHAPTERS])
    folder = tmp_path_factory.mktemp("formats")
    house = build(made_settings(tmp_path_factory.mktemp("data")), embedder=real_embedder)
    migrate(house.database)
    documents, books, answers = {}, {}, {}
    for name, write in FORMATS.items():
        path = folder / name
        path.write_bytes(write(text))
        documents[name] = read_file(path, ReadLimits())
        (books[name],) = read_sources([path], ReadLimits())
        house.pipeline.add_book(books[name], name)
        with house.database.reading() as session:
            scope = Scope((f"book:{name}",))
            answers[name] = [house.tutor.ask(session, scope, row["question"]) for row in QUESTIONS]
    yield Made(text, documents, books, answers)
    house.database.close()


def headings(text: Text) -> list[str]:
    return [part.words for each in text for part in each if part.kind is BlockKind.HEADING]


@pytest.mark.parametrize("name", FORMATS)
def test_the_headings_are_the_same(made: Made, name: str) -> None:
    document = made.documents[name]
    assert [plain(each.text) for each in document.content.headings] == headings(made.text)
    for heading in document.content.headings:
        assert document.content.text[heading.start] == "#"


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_becomes_the_same_chapters(made: Made, name: str) -> None:
    titles = [plain(each.title) for each in made.books[name].chapters if each.content.words > 20]
    assert titles == [chapter[0].words for chapter in made.text]


# Where a formula comes out otherwise, another sentence of its passage may be the third best.
FEWER = {"course.docx": 19, "course.pptx": 19, "course.pdf": 18}


def letters(answer: str) -> str:
    """An answer's words without blanks: LaTeX sets none, or several, around its signs."""
    return "".join(plain(answer).split())


@pytest.mark.parametrize("name", FORMATS)
def test_the_answers_are_the_same(made: Made, name: str) -> None:
    assert len(QUESTIONS) == 20
    right = [answer.answer for answer in made.answers["markdown.zip"]]
    equal = [
        letters(usual) == letters(answer.answer)
        for usual, answer in zip(right, made.answers[name], strict=True)
    ]
    differ = [row["question"] for row, same in zip(QUESTIONS, equal, strict=True) if not same]
    assert sum(equal) >= FEWER.get(name, 20), differ


@pytest.mark.parametrize("name", FORMATS)
def test_answers_name_the_right_heading(made: Made, name: str) -> None:
    found = 0
    for row, answer in zip(QUESTIONS, made.answers[name], strict=True):
        sections = [source.section for source in (*answer.sources, *answer.nearest)]
        found += any(row["heading"] in section for section in sections)
    assert found >= 18
