"""An answer while it comes about: server-sent events to parts; no network here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glossator.client.calls import ApiError, GlossatorFault
from glossator.client.shapes import Answer, Source, made


@dataclass(frozen=True, slots=True)
class Begun:
    """The first part: under which id the answer will be kept."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A source, proven just now; `number` stands in brackets in the text."""

    number: int
    source: Source


@dataclass(frozen=True, slots=True)
class Retracted:
    """What was streamed so far couldn't be proven; the text that follows stands in its place."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last part: the whole answer as it was checked."""

    answer: Answer


Part = Begun | Text | Cited | Retracted | Finished


class Parts:
    """Reads a stream line by line."""

    def __init__(self) -> None:
        self._finished = False

    def take(self, line: str) -> Iterator[Part]:
        """The parts that a line completes; raises `ApiError` where the answer failed."""
        if not line.startswith("data: ") or line == "data: [DONE]":
            return
        told = json.loads(line.removeprefix("data: "))
        part = _part(told)
        if part is not None:
            self._finished = self._finished or isinstance(part, Finished)
            yield part

    def end(self) -> None:
        """The stream has ended; raises `GlossatorFault` where that was too early."""
        if not self._finished:
            raise GlossatorFault("The stream broke off before the answer was finished. Ask again.")


def _part(told: dict[str, Any]) -> Part | None:
    match told["type"]:
        case "start":
            return Begun(told["messageId"])
        case "text-delta":
            return Text(told["delta"])
        case "data-source":
            return Cited(told["data"]["number"], made(Source, told["data"]["source"]))
        case "data-retracted":
            return Retracted()
        case "data-answer":
            return Finished(made(Answer, told["data"]))
        case "error":
            raise ApiError(500, {"detail": told["errorText"], "type": "stream"})
        case _:
            return None
