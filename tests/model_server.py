"""A model provider on loopback: Messages and Chat Completions, told what to answer, with faults.

It speaks the protocols' own bytes over a real socket, and counts what it would bill, so that a
ledger can be compared with it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Claim:
    """Text with the citations that Claude gives for it: (number of the material, its words)."""

    text: str
    cites: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """One answer of the provider.

    `pieces` come one event each, `pause` seconds apart, after `wait` seconds. `cut` closes the
    connection after so many pieces, `stall` is silent from there on, `garbage` sends that line.
    `counted` are the tokens of prompt and answer that are billed, instead of our own count. `torn`
    sends the stream in pieces of so many bytes, wherever that cuts.
    """

    pieces: tuple[str | Claim, ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0.0
    pause: float = 0.0
    cut: int | None = None
    stall: int | None = None
    garbage: tuple[int, str] | None = None
    stop: str | None = None
    usage: bool = True
    whole: bool = False
    cache_read: int = 0
    counted: tuple[int, int] | None = None
    torn: int | None = None


Script = Callable[[dict[str, Any]], Reply]


def says(text: str, **how: Any) -> Reply:
    """The text, a word a piece."""
    words = text.split(" ")
    pieces = tuple(w if n == 0 else f" {w}" for n, w in enumerate(words))
    return Reply(pieces if text else (), **how)


@dataclass
class Bill:
    """What the provider counted: requests, and tokens of prompts and answers."""

    requests: int = 0
    input: int = 0
    output: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    open_now: int = 0
    left: int = 0


class ModelServer:
    """The provider; `script` decides each answer from the request's body."""

    def __init__(self) -> None:
        self.script: Script = lambda _: says("Nothing was scripted.")
        self.bill = Bill()
        self.url = ""

    def answer_with(self, *replies: Reply) -> None:
        """Answer the next requests with these, the last one from then on."""
        waiting = list(replies)

        def next_one(_: dict[str, Any]) -> Reply:
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

        self.bill = Bill()
        self.script = next_one

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after the other."""
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        body = json.loads(await reader.readexactly(length))
        reply = self.script(body)
        self.bill.requests += 1
        self.bill.bodies.append(body)
        await asyncio.sleep(reply.wait)
        if reply.status != 200:
            error = json.dumps({"type": "error", "error": {"type": "x", "message": "raw secret"}})
            writer.write(_head(reply, "application/json", error.encode()))
            await writer.drain()
            return True
        self.bill.input += tokens_in(body)
        if reply.whole:
            self.bill.output += len(reply.pieces)
            answer = json.dumps(_whole(reply, body)).encode()
            writer.write(_head(reply, "application/json", answer))
            await writer.drain()
            return True
        protocol = _messages if path.endswith("/messages") else _completions
        self.bill.open_now += 1
        try:
            writer.write(_head(reply, "text/event-stream"))
            async for event in protocol(reply, body, self.bill):
                data = event.encode()
                step = reply.torn or len(data)
                for at in range(0, len(data), step):
                    piece = data[at : at + step]
                    writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
                if reader.at_eof():
                    raise ConnectionResetError
            if reply.cut is not None:
                return False
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        except ConnectionError:
            self.bill.left += 1
            raise
        finally:
            self.bill.open_now -= 1
        return True


def tokens_in(body: dict[str, Any]) -> int:
    """What this provider counts of a prompt: a token for four bytes."""
    return len(json.dumps(body.get("messages")).encode()) // 4 + 1


def _head(reply: Reply, kind: str, body: bytes | None = None) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} X", f"content-type: {kind}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    framing = "transfer-encoding: chunked" if body is None else f"content-length: {len(body)}"
    return "\r\n".join([*lines, framing, "", ""]).encode() + (body or b"")


async def _paced(reply: Reply, bill: Bill) -> AsyncIterator[tuple[int, str | Claim]]:
    for n, piece in enumerate(reply.pieces):
        if reply.cut == n:
            return
        if reply.stall == n:
            await asyncio.sleep(3600)
        if n:
            await asyncio.sleep(reply.pause)
        bill.output += 1
        yield n, piece


def _sse(data: Any, event: str | None = None) -> str:
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(data)}\n\n"


async def _completions(reply: Reply, body: dict[str, Any], bill: Bill) -> AsyncIterator[str]:
    def chunk(**delta: Any) -> dict[str, Any]:
        reason = delta.pop("reason", None)
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield ": a comment that some providers send\n\n" + _sse(chunk(role="assistant"))
    async for n, piece in _paced(reply, bill):
        if reply.garbage and reply.garbage[0] == n:
            yield f"data: {reply.garbage[1]}\n\n"
        yield _sse(chunk(content=piece if isinstance(piece, str) else piece.text))
    if reply.cut is not None:
        return
    yield _sse(chunk(reason=reply.stop or "stop"))
    if reply.usage:
        usage = {"prompt_tokens": tokens_in(body), "completion_tokens": len(reply.pieces)}
        details = {"prompt_tokens_details": {"cached_tokens": reply.cache_read}}
        yield _sse({"choices": [], "usage": {**usage, **details}})
    yield "data: [DONE]\n\n"


def _whole(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    said = "".join(p if isinstance(p, str) else p.text for p in reply.pieces)
    message = {"role": "assistant", "content": said}
    usage = {"prompt_tokens": tokens_in(body), "completion_tokens": len(reply.pieces)}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


async def _messages(reply: Reply, body: dict[str, Any], bill: Bill) -> AsyncIterator[str]:
    def event(kind: str, **members: Any) -> str:
        return _sse({"type": kind, **members}, kind)

    usage = {
        "input_tokens": (reply.counted or (tokens_in(body),))[0] - reply.cache_read,
        "cache_read_input_tokens": reply.cache_read,
        "output_tokens": 1,
    }
    yield event("message_start", message={"role": "assistant", "usage": usage})
    yield event("ping")
    block = 0
    async for n, piece in _paced(reply, bill):
        if reply.garbage and reply.garbage[0] == n:
            yield f"data: {reply.garbage[1]}\n\n"
        claim = piece if isinstance(piece, Claim) else Claim(piece)
        yield event("content_block_start", index=block, content_block={"type": "text", "text": ""})
        for number, quote in claim.cites:
            citation = {
                "type": "search_result_location",
                "source": f"chunk:{number}",
                "cited_text": quote,
                "search_result_index": number - 1,
                "start_block_index": 0,
                "end_block_index": 1,
            }
            delta = {"type": "citations_delta", "citation": citation}
            yield event("content_block_delta", index=block, delta=delta)
        delta = {"type": "text_delta", "text": claim.text}
        yield event("content_block_delta", index=block, delta=delta)
        yield event("content_block_stop", index=block)
        block += 1
    if reply.cut is not None:
        return
    stop = {"stop_reason": reply.stop or "end_turn"}
    written = reply.counted[1] if reply.counted else len(reply.pieces)
    yield event("message_delta", delta=stop, usage={"output_tokens": written})
    yield event("message_stop")


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A provider that runs in a thread of its own."""
    server, loop = ModelServer(), asyncio.new_event_loop()
    started, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        started.set()
        await stop.wait()
        listening.close()
        tasks: Sequence[asyncio.Task[Any]] = [
            task for task in asyncio.all_tasks() if task is not asyncio.current_task()
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    started.wait(5)
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)
    loop.close()
