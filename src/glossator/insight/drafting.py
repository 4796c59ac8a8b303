"""A first question set drawn from a book, for its author to correct; pure.

Without a model: a sentence or list item that defines an emphasised or titled term gives "What is
meant by …?", a heading that asks gives itself, any other heading asks what the book says of it;
of those such as "Overview" only where a chapter has nothing better. Evidence always stands in
the section, letter by letter.
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
# "- **Term**: what it is", the commonest definition of all in Markdown.
_LISTED = re.compile(
    # What is numbered are steps.
    r"^[ \t]*[-*+][ \t]+"
    r"(?P<item>\*\*(?P<term>[^\W\d_][^*\n]{2,50}?)(?::\*\*|\*\*[ \t]*[:\u2013\u2014-])"
    r"[ \t]+[^\n]+)$",
    re.MULTILINE,
)
_NO_TERM = re.compile(
    r"(?:no|not|after|before|with|without|when|if|for|chapter|part|module|week|step|includes?|ideal|best|pros|cons)\b",
    re.IGNORECASE,
)
_IS = r"s?(?:\s+\([^()\n]{1,30}\))?\s+(?:is|are|was|means?|refers?\s+to|describes?)\b"
_ASKS = re.compile(
    r"^(why|how|what|when|where|which|who|can|does|do|is|are|should)\b", re.IGNORECASE
)
_FENCE = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1\s*$|^\$\$.*?^\$\$\s*$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = re.compile(
    r"^(check yourself|exercises?|summary|references|further reading|quiz|contents)$", re.IGNORECASE
)
# Headings that any chapter may have say nothing to ask for.
_ANYWHERE = re.compile(
    r"(overview|(executive )?summary|introduction|conclusions?|background|prerequisites|welcome\b.*"
    r"|what (you|this|we)\b.*|(learning )?(objectives|outcomes|goals)"
    r"|key (takeaways|points|concepts)|next steps|notes?|examples?|example usage"
    r"|resources|getting started|problem description)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^[^\w\"'(]*(?:(?:chapter|part|section|module)\s+)?\d+(?:\.\d+)*[.:)]?\s+", re.IGNORECASE
)
_SIGNS = re.compile(r"^[^\w\"'(“]+")
_LEAST_WORDS, _MOST_WORDS = 8, 60
_LEAST_OF_AN_ITEM = 6


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
    """What can be asked of a chapter, the best questions first."""
    definitions: list[Drafted] = []
    items: list[Drafted] = []
    others: list[Drafted] = []
    vague: list[Drafted] = []
    for heading, text in sections(chapter):
        sentences, bare = list(_sentences(text)), _bare(heading)
        says_nothing = _ANYWHERE.fullmatch(bare) or _bare(chapter.title) == bare

        def kept(asked: str, evidence: str, heading: str = heading) -> Drafted:
            return Drafted(asked, chapter.chapter_id, heading, evidence)

        for term, sentence in _defined(heading, sentences):
            definitions.append(kept(f"What is meant by {term}?", sentence))
        listed = [kept(f"What is meant by {term}?", item) for term, item in _listed(text)]
        (vague if says_nothing else items).extend(listed)
        if sentences:
            asked = _of_heading(bare, _bare(chapter.title))
            (vague if says_nothing else others).append(kept(asked, sentences[0]))
    return definitions + items + others + vague


def _bare(heading: str) -> str:
    """A heading without its number and signs before it."""
    return _SIGNS.sub("", _NUMBERED.sub("", heading)).strip(" \t#*") or heading


def _of_heading(heading: str, title: str) -> str:
    if _ASKS.match(heading) and not _ANYWHERE.fullmatch(heading):
        return heading.rstrip(" ?.!") + "?"
    about = "" if heading == title else f" in “{title}”"
    return f"What does the book say about “{heading}”{about}?"


def _defined(heading: str, sentences: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Terms with the sentences that define them: emphasised ones, and the heading's own."""
    named = re.escape(_bare(heading).removesuffix("s"))
    titled = re.compile(rf"(?:An?\s+|The\s+)?(?P<term>{named}){_IS}", re.IGNORECASE)
    for sentence in sentences:
        found = _DEFINED.search(sentence) or _NAMED.search(sentence) or titled.match(sentence)
        if found is not None and not _ANYWHERE.fullmatch(found["term"]):
            yield found["term"].strip(), sentence


def _listed(text: str) -> Iterator[tuple[str, str]]:
    """Terms with the list items that define them."""
    for found in _LISTED.finditer(_prose(text)):
        item = found["item"].strip()
        is_short = len(item.split()) < _LEAST_OF_AN_ITEM
        if not (is_short or len(item.split()) > _MOST_WORDS or _NO_TERM.match(found["term"])):
            yield found["term"].strip(), item


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
