"""A follow-up ("and why?") made a question that search understands, without asking a model; pure.

What a follow-up leaves out stands in the question before it: its telling words are put in front.
A question that stands by itself is left alone, for words of an old topic would draw it away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from glossator.retrieval.questions import STOP_WORDS, question_words

_POINTING = re.compile(
    r"\b(it|its|they|them|their|theirs|this|that|these|those|he|she|him|his|her|one|ones|both|"
    r"either|neither|such|the (?:same|other|others|latter|former|first|second|third|last|former) ?"
    r"(?:one)?|there|then|instead|otherwise|else|so)\b",
    re.IGNORECASE,
)
# "it" and "there" that point at nothing: "is it possible to", "there is".
_EMPTY = re.compile(
    r"\b(?:is|was|does|would|will|can) it (?:possible|true|necessary|useful|safe|better|correct|"
    r"important|mean|take|matter)\b|\bhow (?:many|much)\b[^?]*\bare there\b|\b(?:are|is) there\b|"
    r"\bthat (?:is|are|was|were|can|has|have|uses?|makes?|does|do|do(?:es)?n't|gives?|works?)\b",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"^\W*(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|what if|why(?: not)?\W*$|"
    r"how(?: so| come)?\W*$|which one|more\b|again\b|continue|go on|explain (?:more|further|again)|"
    r"tell me more|(?:can|could) you (?:explain|elaborate|give|show|tell)\b.{0,25}$|"
    r"(?:give|show)(?: me)? (?:an?|another|some|the)(?: \w+)? ?(?:examples?|formulas?|code)\W*$|"
    r"(?:for|an?|another|any) examples?\W*$|in (?:other|simple|simpler) words|"
    r"(?:when|where|who|which|how|why) (?:is|are|was|were|does|do|did|would|should|can|could) "
    r"(?:it|they|that|this|these|those)\b)",
    re.IGNORECASE,
)
_FEW = 2
_CARRIED = 12


def depends(question: str) -> bool:
    """Whether a question needs the one before it to be understood."""
    if _GOING_ON.search(question):
        return True
    said = [word for word in question_words(question) if word not in STOP_WORDS]
    if len(said) < _FEW:
        return True
    return bool(_POINTING.search(_EMPTY.sub(" ", question))) and len(said) <= _CARRIED


def standalone(question: str, earlier: Sequence[str]) -> str:
    """The question to search for; `earlier` are the standalone forms before it, oldest first."""
    if not earlier or not depends(question):
        return question
    before = question_words(earlier[-1])[:_CARRIED]
    own = set(question_words(question))
    carried = [word for word in before if word not in own and word not in STOP_WORDS]
    return f"{' '.join(carried)} {question}" if carried else question
