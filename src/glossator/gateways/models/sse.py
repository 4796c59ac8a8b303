"""Server-sent events out of bytes: what the SDKs' typed events cost 3 times as much for.

The format is that of the HTML standard's "event stream": lines end in LF, CR or CRLF, an empty
line ends an event, several `data` lines are joined by LF, a line that begins with a colon is
a comment.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncGenerator, AsyncIterable
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


async def events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[ServerEvent]:
    """The events in a body as it arrives; an unfinished last one is dropped, as the format says.

    Raises `NotAStream`.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, kind, data, size = "", "", list[str](), 0
    async for chunk in chunks:
        try:
            rest += decoder.decode(chunk)
        except UnicodeDecodeError:
            raise NotAStream("The stream isn't UTF-8.") from None
        *lines, rest = _LINE_END.split(rest)
        if len(rest) + size > LONGEST:
            raise NotAStream("The stream holds an event without an end.")
        for line in lines:
            if not line:
                if data:
                    yield ServerEvent(kind or "message", "\n".join(data))
                kind, data, size = "", [], 0
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
                size += len(value)
            elif name == "event":
                kind = value
