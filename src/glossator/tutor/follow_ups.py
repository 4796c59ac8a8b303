"""A follow-up ("and why?") made a question that search understands, without asking a model; pure.

What a follow-up leaves out stands in the questions before it: their telling words are put in
front. A question that stands by itself is left alone, for words of an old topic would draw it
away. Where the wording can't tell which it is, there are two readings, and the caller takes the
one that the book answers more surely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from glossator.retrieval.questions import STOP_WORDS

_POINTING = re.compile(
    r"\b(it|its|they|them|their|theirs|this|that|these|those|he|she|him|his|her|one|ones|both|"
    r"either|neither|such|the (?:same|other|others|latter|former|first|second|third|last) ?"
    r"(?:one)?|there|then|instead|otherwise|else|so)\b",
    re.IGNORECASE,
)
# "it" and "there" that point at nothing: "is it possible to", "there is".
_EMPTY = re.compile(
    r"\b(?:is|was|does|would|will|can) it (?:possible|true|necessary|useful|safe|better|correct|"
    r"important|mean|take|matter)\b|\bhow (?:many|much)\b[^?]*\bare there\b|\b(?:are|is) there\b|"
    r"\b(?!(?:is|was|does|about|of|for|do|with|like)\b)\w+ that (?:is|are|was|were|can|has|have|"
    r"uses?|makes?|does|do|do(?:es)?n't|gives?|works?|looks?)\b",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"^\W*(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|what if|why(?: not)?\W*$|"
    r"why not\b|how(?: so| come)?\W*$|which one|more\b|again\b|continue|go on|"
    r"explain (?:more|further|again)|tell me more|"
    r"(?:can|could) you (?:explain|elaborate|give|show|tell)\b.{0,25}$|"
    r"(?:give|show)(?: me)? (?:an?|another|some|the)(?: \w+)? ?(?:examples?|formulas?|code)\W*$|"
    r"(?:(?:for|an?|another|any|other|more|some) )+examples?\b|in (?:other|simple|simpler) words|"
    r"(?:when|where|who|which|how|why) (?:is|are|was|were|does|do|did|would|should|can|could) "
    r"(?:it|they|that|this|these|those)\b)",
    re.IGNORECASE,
)
# A topic taken up again is named. Signs are never given back: a question of nothing else would take
# the square of its length.
_RETURNING = re.compile(
    r"^\W*+(?:(?:ok(?:ay)?|so|now|and|but)\W*+)?"
    r"(?:(?:going|coming|getting|come|go|let'?s (?:go|come)) )?(?:back|returning|return) to\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*[*+#]*")
_ENDING = re.compile(r"['\u2019](?:s|re|ll|ve|d|m)$", re.IGNORECASE)
_NEGATED = re.compile(r"n['\u2019]t$", re.IGNORECASE)
_FEW = 3
# A pronoun behind so many telling words may point at one of them.
_ANTECEDENT = 2
_CARRIED = 12


def readings(question: str, earlier: Sequence[str]) -> tuple[str, ...]:
    """The question as search may understand it, the likeliest first; one where that is plain.

    `earlier` are the readings taken of the questions before it, oldest first.
    """
    if not earlier or _RETURNING.search(question):
        return (question,)
    # The topic may have been named one question earlier still.
    joined = tuple(dict.fromkeys(_joined(question, " ".join(earlier[-reach:])) for reach in (1, 2)))
    own = _telling(question)
    pointed = _POINTING.search(_EMPTY.sub(" ", question))
    if not own or _GOING_ON.search(question):
        return joined
    if pointed and len(own) <= _CARRIED:
        before = _telling(question[: pointed.start()])
        return (*joined[:1], question) if len(before) >= _ANTECEDENT else joined
    return (question, *joined[:1]) if len(own) <= _FEW else (question,)


def _joined(question: str, before: str) -> str:
    own = {word.lower() for word in _telling(question)}
    carried = [word for word in _telling(before) if word.lower() not in own][-_CARRIED:]
    return f"{' '.join(carried)} {question}" if carried else question


def _telling(question: str) -> list[str]:
    """The words that tell what a question is about, each once, as they are written."""
    found: dict[str, str] = {}
    for match in _WORD.finditer(question):
        word = _ENDING.sub("", match.group())
        if not _NEGATED.search(word) and word.lower() not in STOP_WORDS:
            found.setdefault(word.lower(), word)
    return list(found.values())
