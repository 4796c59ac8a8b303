"""An answer as a chat completion: numbers in the text, footnotes below, annotations; pure.

A number in brackets stands behind each statement that has a proven source. Below the answer each
source has a footnote with its place, its exact words and its address. An annotation of the kind
`url_citation` names the place of each number in the text, so that
`content[start_index:end_index]` is the number with its brackets.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from glossator.tutor.answers import Answer, Mode, Source

Object = dict[str, Any]
_NUMBER = re.compile(r"(?<=[\s\]])\[(\d{1,2})\]")
_LONGEST = 300
# Behind these a number would be part of a listing, a table or a formula.
_ENDS_OF_BLOCKS = ("```", "|", "$$")


def text_of(answer: Answer) -> str:
    """The answer's words with numbers of its sources."""
    if answer.mode is not Mode.EXTRACTIVE:
        return answer.answer
    text, at = answer.answer, 0
    for number, source in enumerate(answer.sources, 1):
        found = text.find(source.quote, at)
        if found < 0:
            continue
        end = found + len(source.quote)
        gap = "\n\n" if source.quote.endswith(_ENDS_OF_BLOCKS) else " "
        mark = f"{gap}[{number}]"
        text, at = f"{text[:end]}{mark}{text[end:]}", end + len(mark)
    return text


def footnotes(shown: Sequence[Source], absolute: Callable[[str], str]) -> str:
    """A footnote for each source; empty without any."""
    return "".join(
        f"\n\n[{number}] {_place(source)}: “{_short(source.quote)}” <{absolute(source.url)}>"
        for number, source in enumerate(shown, 1)
    )


def url_citations(
    text: str, sources: Sequence[Source], absolute: Callable[[str], str]
) -> list[Object]:
    """An annotation for each number in the text."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": found.start(),
                "end_index": found.end(),
                "title": _place(source),
                "url": absolute(source.url),
                # Of our own: the exact words and where they stand.
                "quote": source.quote,
                "book_id": source.book_id,
                "chapter_id": source.chapter_id,
                "start": source.start,
                "end": source.end,
            },
        }
        for found in _NUMBER.finditer(text)
        if 0 < int(found[1]) <= len(sources)
        for source in [sources[int(found[1]) - 1]]
    ]


def completion(model: str, answer: Answer, absolute: Callable[[str], str]) -> Object:
    """The whole answer as one object."""
    text = text_of(answer)
    message = {
        "role": "assistant",
        "content": text + footnotes(answer.sources or answer.nearest, absolute),
        "refusal": refusal(answer),
        "annotations": url_citations(text, answer.sources, absolute),
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        **head(model, "chat.completion", answer.message_id),
        "choices": [choice],
        "usage": usage(answer),
        "glossator": about(answer),
    }


def head(model: str, kind: str, message_id: str | None) -> Object:
    """What every object begins with."""
    identity = f"chatcmpl-{message_id or 'none'}"
    return {"id": identity, "object": kind, "created": int(time.time()), "model": model}


def chunk(begin: Object, delta: Object, finish: str | None = None) -> Object:
    """A part of a stream; `begin` is what `head` gave."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**begin, "choices": [choice]}


def refusal(answer: Answer) -> str | None:
    """The fixed sentence where the book doesn't hold the answer."""
    return answer.answer if answer.mode is Mode.REFUSED else None


def usage(answer: Answer) -> Object:
    """Tokens by the provider's own count; none where no model was asked."""
    shown = answer.usage
    prompt, said = (shown.input_tokens, shown.output_tokens) if shown else (0, 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": said,
        "total_tokens": prompt + said,
        "prompt_tokens_details": {"cached_tokens": shown.cached_tokens if shown else 0},
    }


def about(answer: Answer) -> Object:
    """What OpenAI's protocol has no word for."""
    return {
        "mode": answer.mode.value,
        "grounded": answer.grounded,
        "confidence": answer.confidence,
        "degraded": answer.degraded,
        "session_id": answer.session_id,
        "message_id": answer.message_id,
    }


def _place(source: Source) -> str:
    title = source.section or source.title
    return title if source.page is None else f"{title}, page {source.page}"


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST].rsplit(" ", 1)[0] + " …"
