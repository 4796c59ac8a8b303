"""A fake provider in a process of its own: Chat Completions, paced like a quick model.

    python -m bench.serving_model PORT

The first token comes after 300 ms, 60 tokens in all, 20 ms apart. Where the prompt holds our
passages, the answer quotes two sentences of the first, so that there is something to prove.
`GET /pace/SECONDS` changes the pause, `GET /count` tells how many answers it has begun.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import suppress

FIRST = 0.3
PAUSE = 0.02
TOKENS = 60
# Seconds of a whole answer.
WHOLE = FIRST + (TOKENS - 1) * PAUSE
_PASSAGE = re.compile(r'<passage number="1"[^\n]*>\n(.*?)\n</passage>', re.DOTALL)
_SENTENCE = re.compile(r"[A-Z][^.!?\n`*|#\[\]]{30,160}\.")
_FILLER = "and so on as it stands in the book with all that belongs to it ".split()


class Provider:
    """Answers every request alike; counts them."""

    def __init__(self) -> None:
        self.pause = PAUSE
        self.begun = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after the other."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    self._control(head.split(b" ", 2)[1].decode(), writer)
                else:
                    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                    body = await reader.readexactly(int(length[1]) if length else 0)
                    await self._answer(json.loads(body), writer)
                await writer.drain()
        writer.close()

    def _control(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path.startswith("/pace/"):
            self.pause = float(path.removeprefix("/pace/"))
        told = json.dumps({"begun": self.begun}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told) + told)

    async def _answer(self, request: dict[str, object], writer: asyncio.StreamWriter) -> None:
        self.begun += 1
        chunks = [_framed(event) for event in _events(_prompt(request["messages"]))]
        clock = asyncio.get_running_loop()
        due = clock.time() + FIRST
        await asyncio.sleep(FIRST)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for n, chunk in enumerate(chunks[:TOKENS]):
            if n:
                due += self.pause
                # By the clock, so that a late tick doesn't make the whole answer late.
                await asyncio.sleep(max(0.0, due - clock.time()))
            writer.write(chunk)
            if writer.is_closing():
                raise ConnectionResetError
        writer.write(b"".join(chunks[TOKENS:]) + b"0\r\n\r\n")


def _prompt(messages: object) -> str:
    """The last message's text."""
    last = messages[-1]["content"] if isinstance(messages, list) else ""
    return last if isinstance(last, str) else json.dumps(last)


def _events(prompt: str) -> list[str]:
    pieces = _pieces(prompt)
    usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": TOKENS}
    events = [json.dumps(_chunk({"content": piece}, None)) for piece in pieces]
    events.append(json.dumps(_chunk({}, "stop")))
    events.append(json.dumps({**_chunk({}, None), "choices": [], "usage": usage}))
    return [*events, "[DONE]"]


def _pieces(prompt: str) -> list[str]:
    """Sixty tokens: two quoted sentences with their citations where there are passages."""
    found = _PASSAGE.search(prompt)
    quotes = _SENTENCE.findall(found[1])[:2] if found else []
    text = " ".join(f'{quote[:-1]} [1 "{quote}"].' for quote in quotes) or "The book says this"
    words = text.split(" ")
    size = -(-len(words) // TOKENS)
    grouped = [" ".join(words[n : n + size]) for n in range(0, len(words), size)]
    grouped += [_FILLER[n % len(_FILLER)] for n in range(TOKENS - len(grouped))]
    return [piece if n == 0 else f" {piece}" for n, piece in enumerate(grouped[:TOKENS])]


def _chunk(delta: dict[str, str], reason: str | None) -> dict[str, object]:
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }


def _framed(event: str) -> bytes:
    data = f"data: {event}\n\n".encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def _serve(port: int) -> None:
    server = await asyncio.start_server(
        Provider().handle, "127.0.0.1", port, backlog=2_000, limit=4_000_000
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(int(sys.argv[1])))
