"""A model's verdict on an answer; its prompt stands in prompts.md and in every report."""

from __future__ import annotations

import re
from dataclasses import replace

from glossator.insight.outcomes import Outcome, expected
from glossator.insight.questions import Question
from glossator.insight.talking import Talking, fenced, prompts

VERDICTS = ("right", "partly", "wrong")
UNCLEAR = "unclear"
_TOKENS = 100
_SAID = re.compile(r"^\W*(right|partly|wrong)\b\W*(.*)", re.IGNORECASE | re.DOTALL)


def prompt() -> str:
    """The whole instruction."""
    return prompts()["Judge"]


def request(question: Question, answer: str) -> str:
    """What the judge is shown for one answer."""
    parts = [fenced("question", question.question)]
    parts += [fenced("expected", each) for each in expected(question)]
    parts += [fenced("evidence", each) for each in question.evidence]
    return "\n\n".join([*parts, fenced("given", answer)])


def read(reply: str) -> tuple[str, str]:
    """The verdict and its reason; `unclear` for a reply that gives none."""
    found = _SAID.match(reply)
    if found is None:
        return UNCLEAR, " ".join(reply.split())[:200]
    return found[1].lower(), " ".join(found[2].split())[:200]


async def judged(talking: Talking, question: Question, outcome: Outcome) -> Outcome:
    """The outcome with a verdict, where there is an answer and something to compare it with."""
    if not outcome.answered or not (expected(question) or question.evidence):
        return outcome
    reply, spent = await talking.say(
        prompt(), request(question, outcome.answer), output_tokens=_TOKENS
    )
    verdict, why = read(reply)
    return replace(
        outcome,
        verdict=verdict,
        why=why,
        cost_usd=outcome.cost_usd + spent.cost_usd,
        input_tokens=outcome.input_tokens + spent.input_tokens,
        output_tokens=outcome.output_tokens + spent.output_tokens,
    )
