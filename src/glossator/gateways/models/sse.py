"""Server-sent events out of bytes: what the SDKs' typed events cost 3 times as much for.

The format is that of the HTML standard's "event stream": lines end in LF, CR or CRLF, an empty
line ends an event, several `data` lines are joined by LF, a line that begins with a colon is
a comment.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

# One event is a few tokens; more than this is no event stream.
LONGEST = 2_000_000
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


class NotAStream(Exception):
    """What comes is no event stream: too long a line, or bytes that aren't UTF-8."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its type, `message` where none was sent, and its data."""

    type: str
    data: str


class EventReader:
    """Takes a body's bytes as they arrive and gives the events that they complete.

    An unfinished last event is dropped, as the format says.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._rest = ""
        self._type = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that end in this chunk; raises `NotAStream`."""
        try:
            self._rest += self._decoder.decode(chunk)
        except UnicodeDecodeError:
            raise NotAStream("The stream isn't UTF-8.") from None
        *lines, self._rest = _LINE_END.split(self._rest)
        if len(self._rest) + self._size > LONGEST:
            raise NotAStream("The stream holds an event without an end.")
        for line in lines:
            if not line:
                if self._data:
                    yield ServerEvent(self._type or "message", "\n".join(self._data))
                self._type, self._data, self._size = "", [], 0
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self._data.append(value)
                self._size += len(value)
            elif name == "event":
                self._type = value
