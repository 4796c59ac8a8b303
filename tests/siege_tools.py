"""People who ask, read and upload without end, and remember what they were promised."""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from model_server import Reply, says
from translators import faithful, request_of
from upload_tools import long_text

PASSWORD = "a good long one 7"
_PASSAGE = re.compile(r'<passage number="1"[^\n]*>\n(.*?)\n</passage>', re.DOTALL)
_SENTENCE = re.compile(r"[A-Z][^.!?\n`*|#\[\]]{30,160}\.")
_WORD = re.compile(r"w0rd[0-9a-f]{10}")
# What people send and get again and again, of every twelve things they do.
_DEEDS = ("ask",) * 4 + ("stream",) * 3 + ("search", "read", "read", "documents", "urdu")


def provider(body: dict[str, Any]) -> Reply:
    """Translates by a fixed mapping; answers with a sentence of the first passage."""
    request = request_of(body)
    if "<text>" in request:
        return says(faithful(request))
    passage = _PASSAGE.search(request)
    sentence = _SENTENCE.search(passage[1]) if passage else None
    quote = sentence[0] if sentence else "The book says so."
    return says(f'{quote[:-1]} [1 "{quote}"].', wait=0.1, pause=0.01)


@dataclass(slots=True)
class Seen:
    """What all people were answered: by deed and status, and what should never be."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Citizen:
    """Somebody with an account; `word` is in nobody else's documents.

    `promised` are documents that were taken in (202), by their names; `told` the messages that
    came whole. `asked` counts questions that were answered with 200, `unsure` those whose answer
    didn't come, which may have been counted or not.
    """

    number: int
    seen: Seen
    token: str = ""
    id: int = 0
    word: str = field(default_factory=lambda: f"w0rd{secrets.token_hex(5)}")
    promised: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    unsure: int = 0

    async def join(self, client: httpx.AsyncClient) -> None:
        """Sign up, and upload a document of one's own."""
        new = {"email": f"c{self.number}@example.org", "password": PASSWORD, "name": "C"}
        answer = await client.post("/api/auth/signup", json=new)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["access_token"]
        me = await client.get("/api/auth/me", headers=self._headers)
        self.id = me.json()["id"]
        await self.upload(client)

    async def live(
        self, client: httpx.AsyncClient, chapters: list[str], seconds: float, think: float
    ) -> None:
        """One deed after the other with pauses of `think` seconds on average."""
        chance = random.Random(self.number)
        until = asyncio.get_running_loop().time() + seconds
        await asyncio.sleep(chance.uniform(0, think))
        while asyncio.get_running_loop().time() < until:
            if len(self.promised) < 3 and chance.random() < 0.1:
                await self.upload(client)
            else:
                await self._do(client, chance, chapters)
            await asyncio.sleep(chance.uniform(0.2, 1.8) * think)

    async def upload(self, client: httpx.AsyncClient) -> None:
        """Upload until it is taken in: the same file again makes no second document."""
        name = f"paper{len(self.promised)}.md"
        text = f"{name}\n\n{long_text(self.word, sections=2)}"
        for _ in range(40):
            answer = await self._send(
                client, "upload", "POST", "/api/upload", files={"files": (name, text.encode())}
            )
            if answer is not None and answer.status_code == 202:
                self.promised[name] = answer.json()["documents"][0]["document_id"]
                return
            await asyncio.sleep(1)
        self.seen.wrong.append(f"{name} was never taken in.")

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def _do(
        self, client: httpx.AsyncClient, chance: random.Random, chapters: list[str]
    ) -> None:
        deed, chapter = chance.choice(_DEEDS), chance.choice(chapters)
        query = f"What does the {self.word} number {chance.randrange(4)} in row 3 measure?"
        match deed:
            case "ask" | "stream":
                await self._ask(client, query, stream=deed == "stream")
            case "search":
                await self._send(client, deed, "POST", "/api/search", json={"query": query})
            case "read":
                await self._send(client, deed, "GET", f"/api/chapters/{chapter}")
            case "documents":
                await self._send(client, deed, "GET", "/api/docs")
            case _:
                wanted = {"chapter_id": chapters[0], "language": "ur"}
                await self._send(client, deed, "POST", "/api/translate/chapter", json=wanted)

    async def _ask(self, client: httpx.AsyncClient, question: str, *, stream: bool) -> None:
        body = {"question": question, "stream": stream}
        answer = await self._send(client, "ask", "POST", "/api/ask", json=body)
        if answer is None or answer.status_code >= 500:
            self.unsure += 1
        elif answer.status_code == 200:
            told = _streamed(answer.text) if stream else answer.json()
            if told is None:
                # Cut, or ended by an `error` part.
                self.seen.answers["ask cut"] += 1
                self.unsure += 1
                return
            self.asked += 1
            self.told[told["message_id"]] = told["session_id"]

    async def _send(
        self, client: httpx.AsyncClient, deed: str, method: str, path: str, **what: Any
    ) -> httpx.Response | None:
        """The answer; None where the connection was cut. What should not be is written down."""
        try:
            answer = await client.request(method, path, headers=self._headers, **what)
        except httpx.TransportError:
            self.seen.answers[f"{deed} cut"] += 1
            return None
        self.seen.answers[f"{deed} {answer.status_code}"] += 1
        if answer.status_code not in (200, 202, 429) and not _clear(answer):
            self.seen.wrong.append(f"{deed}: {answer.status_code} {answer.text[:300]}")
        if set(_WORD.findall(answer.text)) - {self.word}:
            self.seen.wrong.append(f"{deed}: somebody else's word: {answer.text[:300]}")
        return answer


def _clear(answer: httpx.Response) -> bool:
    """Whether it is a 503 that says in a sentence what is the matter."""
    if answer.status_code != 503 or "problem+json" not in answer.headers["content-type"]:
        return False
    return answer.json()["detail"].endswith(".")


def _streamed(text: str) -> dict[str, Any] | None:
    """The whole answer of a stream, None where it has none."""
    for line in text.splitlines():
        if line.startswith("data: {"):
            part: dict[str, Any] = json.loads(line[6:])
            if part["type"] == "data-answer":
                found: dict[str, Any] = part["data"]
                return found
    return None
