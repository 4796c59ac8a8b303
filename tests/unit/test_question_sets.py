"""The sets that search is measured with: their evidence in its place, and the naive recipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from bench.cases import TEXTBOOKS, fresh_sets
from bench.corpora import BOOKS, QUESTIONS, load_questions
from bench.naive import Naive, Piece, cut, fused, in_context, place

from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.insight.questions import Question, holds
from real_data import BOOKS as REAL

COUNTS = {"robotics": 40, "cp-algorithms": 40, "jest": 20, "mdbook": 20}


def misplaced(book: str, questions: Sequence[Question]) -> list[str]:
    """What a book doesn't hold of its questions' chapters, headings and evidence."""
    source = next(s for s in read_sources([BOOKS[book]], ReadLimits()) if s.version is None)
    chapters = {c.chapter_id: c.content for c in source.chapters if c.language == "en"}
    found = []
    for question in questions:
        content = chapters.get(question.chapter or "")
        if content is None:
            found.append(f"{question.id}: no chapter {question.chapter}")
            continue
        if question.heading not in {heading.text for heading in content.headings}:
            found.append(f"{question.id}: no heading {question.heading!r}")
        if not holds(content.text, question.evidence):
            found.append(f"{question.id}: no evidence in its chapter")
        found += [
            f"{question.id}: nowhere in the book: {part!r}"
            for part in question.evidence
            if not any(holds(each.text, [part]) for each in chapters.values())
        ]
    return found


def test_the_sample_books_evidence_stands_in_its_chapters():
    questions = load_questions(QUESTIONS / "sample-hard.jsonl")
    assert len(questions) == 24
    assert misplaced("sample", questions) == []


@pytest.mark.long
@pytest.mark.skipif(REAL is None, reason="The real textbooks aren't here.")
@pytest.mark.parametrize("book", TEXTBOOKS)
def test_the_textbooks_evidence_stands_in_their_chapters(book: str):
    assert misplaced(book, fresh_sets()[book]) == []


def test_the_sets_that_nothing_is_fitted_on_are_hard_and_stand_in_no_other_file():
    fresh = fresh_sets()
    assert {name: len(questions) for name, questions in fresh.items()} == COUNTS
    new = [q for questions in fresh.values() for q in questions]
    assert {q.style for q in new} == {"hard"}
    assert all(q.answerable and q.evidence and q.chapter and q.heading for q in new)
    old = [q for name in TEXTBOOKS for q in load_questions(QUESTIONS / f"{name}.jsonl")]
    assert {q.style for q in old} == {"natural", "riddle"}
    for key in ("id", "question"):
        assert max(Counter(getattr(q, key) for q in (*new, *old)).values()) == 1


def test_a_text_is_cut_between_words_and_nothing_of_it_is_lost():
    text = "one two\n\nthree, four five  six"
    parts = list(cut(text, FakeEmbedder(), 3))
    assert parts == ["one two", "three, four", "five  six"]
    assert list(cut("a-b-c-d", FakeEmbedder(), 3)) == ["a-b-c-d"]
    assert list(cut(" \n", FakeEmbedder(), 3)) == []


def test_two_rankings_are_joined_by_their_ranks():
    # 1/61 + 1/63 is more than 2/62.
    assert fused([[7, 8, 9], [5, 8, 7]]) == [7, 8, 5, 9]


def test_the_naive_recipe_finds_by_words_and_by_vectors():
    chapters = [("robots", "Wheels turn. " * 150), ("fish", "A pike swims. " * 150)]
    with Naive(FakeEmbedder(), chapters) as book:
        assert {piece.chapter for piece in book.pieces} == {"robots", "fish"}
        assert all(len(piece.text.split()) <= 200 for piece in book.pieces)
        found = book.search('What of a "pike" AND (it?')
    assert found[0].chapter == "fish"


def test_where_evidence_comes_and_whether_it_fits_the_budget():
    found = [Piece("a", "word " * 30), Piece("a", "word " * 30), Piece("b", "The gold.")]
    with_evidence = Question("q", "?", True, "b", evidence=("the gold",))
    assert place(with_evidence, found) == 3
    assert place(Question("q", "?", True, "b"), found) == 2
    assert place(Question("q", "?", True, "c"), found) is None
    assert in_context(with_evidence, found, 100)
    assert not in_context(with_evidence, found, 82)
