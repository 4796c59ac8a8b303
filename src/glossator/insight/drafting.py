"""A first question set drawn from a book, for its author to correct; pure.

Without a model: a sentence that defines an emphasised or titled term gives "What is …?", a
heading that asks gives itself, any other heading asks what the book says of it. Evidence is
always a sentence of the section, letter by letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from glossator.insight.editions import ChapterText, stretches
from glossator.insight.questions import folded
from glossator.library.sentences import sentence_spans

_TERM = r"(?:\*\*|\*|__|_)(?P<term>[^\W\d_][^*_\n]{2,50}?)(?:\*\*|\*|__|_)"
_NAMED = re.compile(
    rf"\b(?:is|are|was)\s+(?:often\s+|usually\s+|also\s+)?(?:called|named|known as|termed)\s+"
    rf"(?:an?\s+|the\s+|its\s+)?{_TERM}",
)
_DEFINED = re.compile(rf"^(?:An?\s+|The\s+)?{_TERM}\s+(?:is|are|means?|describes?|tells?)\b")
_ASKS = re.compile(
    r"^(why|how|what|when|where|which|who|can|does|do|is|are|should)\b", re.IGNORECASE
)
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$|^\$\$.*?^\$\$\s*$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = re.compile(
    r"^(check yourself|exercises?|summary|references|further reading|quiz|contents)$", re.IGNORECASE
)
_LEAST_WORDS, _MOST_WORDS = 8, 60


@dataclass(frozen=True, slots=True)
class Drafted:
    """A drafted question with the sentence that answers it."""

    question: str
    chapter: str
    heading: str
    evidence: str
    answer: str | None = None


def drafted(chapters: Sequence[ChapterText], most: int) -> list[Drafted]:
    """At most `most` questions, as many of each chapter as there are, definitions first."""
    queues = [_of(chapter) for chapter in chapters]
    found: list[Drafted] = []
    asked: set[str] = set()
    while any(queues) and len(found) < most:
        for queue in queues:
            while queue:
                each = queue.pop(0)
                if folded(each.question) not in asked:
                    asked.add(folded(each.question))
                    found.append(each)
                    break
    order = {chapter.chapter_id: n for n, chapter in enumerate(chapters)}
    return sorted(found[:most], key=lambda each: order[each.chapter])


def rows(questions: Iterable[Drafted], absent: Iterable[str]) -> list[dict[str, Any]]:
    """The set as its file has it."""
    found: list[dict[str, Any]] = []
    for each in questions:
        row = {
            "id": f"q{len(found) + 1:03d}",
            "question": each.question,
            "answerable": True,
            "chapter": each.chapter,
            "heading": each.heading,
            "evidence": each.evidence,
        }
        found.append({**row, "answer": each.answer} if each.answer else row)
    for question in absent:
        number = f"q{len(found) + 1:03d}"
        found.append({"id": number, "question": question, "answerable": False})
    return found


def elsewhere() -> list[str]:
    """Questions about anything else, for the side that must be refused."""
    text = resources.files("glossator.insight").joinpath("absent.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line.strip()]


def sections(chapter: ChapterText) -> Iterator[tuple[str, str]]:
    """Heading and text of each section that has prose to ask about."""
    for _, heading, start, end in stretches(chapter):
        text = chapter.text[start:end]
        if len(_prose(text).split()) >= 2 * _LEAST_WORDS and not _LEFT_OUT.match(heading.strip()):
            yield heading, text


def read(reply: str, chapter: ChapterText, heading: str, text: str) -> list[Drafted]:
    """A model's questions about a section; one whose evidence doesn't stand there is dropped."""
    found = []
    for row in _objects(reply):
        question, evidence, answer = (row.get(key) for key in ("question", "evidence", "answer"))
        if not all(isinstance(part, str) and part.strip() for part in (question, evidence)):
            continue
        if folded(str(evidence)) not in folded(text):
            continue
        said = answer if isinstance(answer, str) else None
        found.append(Drafted(str(question), chapter.chapter_id, heading, str(evidence), said))
    return found


def read_absent(reply: str) -> list[str]:
    """A model's questions that the book doesn't answer."""
    asked = [row.get("question") for row in _objects(reply)]
    return [question for question in asked if isinstance(question, str) and question.strip()]


def _of(chapter: ChapterText) -> list[Drafted]:
    definitions: list[Drafted] = []
    others: list[Drafted] = []
    for heading, text in sections(chapter):
        sentences = list(_sentences(text))
        for sentence in sentences:
            term = _defines(sentence)
            if term is not None:
                asked = f"What is meant by {term}?"
                definitions.append(Drafted(asked, chapter.chapter_id, heading, sentence))
        if sentences:
            asked = _of_heading(heading, chapter.title)
            others.append(Drafted(asked, chapter.chapter_id, heading, sentences[0]))
    return definitions + others


def _of_heading(heading: str, title: str) -> str:
    if _ASKS.match(heading):
        return heading.rstrip(" ?.!") + "?"
    about = "" if heading == title else f" in “{title}”"
    return f"What does the book say about “{heading}”{about}?"


def _defines(sentence: str) -> str | None:
    found = _DEFINED.search(sentence) or _NAMED.search(sentence)
    return found["term"].strip() if found else None


def _sentences(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", _prose(text)):
        if paragraph.lstrip().startswith(("#", "|", "-", "*  ", ">", "<", ":", "!", "1.")):
            continue
        for start, end in sentence_spans(paragraph):
            sentence = paragraph[start:end].strip()
            if _LEAST_WORDS <= len(sentence.split()) <= _MOST_WORDS:
                yield sentence


def _prose(text: str) -> str:
    return _FENCE.sub("\n\n", text)


def _objects(reply: str) -> Iterator[dict[str, Any]]:
    for line in reply.splitlines():
        try:
            row = json.loads(line.strip().rstrip(","))
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row
