"""Twenty people who upload and ask at once: nobody sees another's text, nobody waits for files."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count

import httpx2 as httpx
import pytest

from server_tools import serving
from upload_tools import long_text

PEOPLE = 20
# Between two questions of one person, in seconds.
_THINK = 1.0
_ENVIRONMENT = {
    "GLOSSATOR_SIGNUPS_PER_HOUR": "1000",
    "GLOSSATOR_QUESTIONS_PER_HOUR": "unlimited",
    "GLOSSATOR_LOG_LEVEL": "error",
}


@dataclass(slots=True)
class Person:
    """Somebody with an account, whose documents carry a word that nobody else may see."""

    client: httpx.Client
    word: str
    documents: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    own: int = 0

    def upload(self, text: str, name: str = "paper.md") -> str:
        answer = self.client.post("/api/upload", files={"files": (name, text.encode())})
        assert answer.status_code == 202, answer.text
        self.documents.append(answer.json()["documents"][0]["document_id"])
        return self.documents[-1]

    def wait(self, document: str, *, chunks: bool = False) -> None:
        """Until a document is ready, or its first chunks can be found; as the pages wait."""
        with self.client.stream("GET", f"/api/docs/{document}/events", timeout=300) as told:
            for line in told.iter_lines():
                if line.startswith("data: {"):
                    found = json.loads(line.removeprefix("data: "))
                    assert found["status"] != "failed", found["error"]
                    if found["status"] == "ready" or (chunks and found["chunk_count"]):
                        return
        pytest.fail("The server ended the stream before the document was ready.")

    def ask(self, number: int, foreign: str) -> None:
        """One question after one's own text, and a search for somebody else's."""
        scope = {"document_ids": self.documents[:1]} if number % 2 else {}
        question = f"What does the {self.word} number {number % 4} in row 3 measure?"
        began = time.perf_counter()
        answer = self.client.post("/api/chat/ask", json={"question": question, **scope})
        self.waited.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
        self.own += self.word in answer.json()["answer"]
        assert "w0rd" not in answer.text.replace(self.word, "")
        began = time.perf_counter()
        answer = self.client.post(
            "/api/search", json={"query": f"What does the {foreign} measure?"}
        )
        self.waited.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
        assert "w0rd" not in answer.text.replace(self.word, "")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Person]]:
    """Twenty people of a real server, each with a document that is ready."""
    with ExitStack() as stack:
        base = stack.enter_context(serving(tmp_path_factory.mktemp("crowd"), **_ENVIRONMENT))
        people = [signed_up(stack, base, n) for n in range(PEOPLE)]
        for person in people:
            person.upload(long_text(person.word, sections=4))
        for person in people:
            person.wait(person.documents[0])
        yield people


def signed_up(stack: ExitStack, base: str, number: int) -> Person:
    client = stack.enter_context(httpx.Client(base_url=base, timeout=60))
    account = {"email": f"p{number}@example.org", "password": "a good long one 7", "name": "P"}
    answer = client.post("/api/auth/signup", json=account)
    assert answer.status_code == 201, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(client, f"w0rd{secrets.token_hex(5)}")


def p95(people: list[Person]) -> float:
    """Of what people waited since the last time, in seconds."""
    waited = sorted(second for person in people for second in person.waited)
    for person in people:
        person.waited.clear()
    return waited[int(len(waited) * 0.95)]


def asked_for(people: list[Person], seconds: float) -> float:
    """The 95th percentile of the waiting while all of them ask."""
    until = time.monotonic() + seconds

    def asks(person: Person) -> None:
        for number in count():
            foreign = people[(people.index(person) + 1 + number) % len(people)].word
            person.ask(number, foreign if foreign != person.word else people[0].word)
            time.sleep(_THINK)
            if time.monotonic() > until:
                return

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(asks, people))
    return p95(people)


def uploading(person: Person, stop: threading.Event) -> int:
    """Upload one document after the other, each when the last one is ready."""
    done = 0
    while not stop.is_set():
        done += 1
        document = person.upload(f"Number {done}.\n\n" + long_text(person.word, sections=4))
        person.wait(document)
    return done


def crowded(people: list[Person], seconds: float, figures: Callable[[str], None]) -> float:
    """How much longer people wait while all of them upload than while nobody does."""
    alone = asked_for(people[:1], max(5.0, seconds / 6))
    quiet = asked_for(people, seconds / 3)
    stop = threading.Event()
    with ThreadPoolExecutor(len(people)) as pool:
        uploads = [pool.submit(uploading, person, stop) for person in people]
        try:
            busy = asked_for(people, seconds)
        finally:
            stop.set()
        documents = sum(upload.result() for upload in uploads)
    assert documents >= len(people)
    # Else nothing was looked for.
    assert all(person.own for person in people)
    figures(
        f"p95 of a question: {alone * 1000:.0f} ms for one person, {quiet * 1000:.0f} ms for "
        f"{len(people)}, {busy * 1000:.0f} ms while they upload ({documents} documents in "
        f"{seconds:.0f} s)"
    )
    return busy - quiet


def test_nobody_sees_anothers_text(crowd: list[Person], figures: Callable[[str], None]):
    crowded(crowd, 9, figures)


@pytest.mark.long
def test_questions_hardly_wait_for_uploads(crowd: list[Person], figures: Callable[[str], None]):
    assert crowded(crowd, 300, figures) <= 0.2


def test_two_pages_dont_wait_for_a_thousand(crowd: list[Person], figures: Callable[[str], None]):
    """The first person's large file is still being embedded when the second's is ready."""
    large, small = crowd[:2]
    # About 300 chunks; two pages are eight.
    large.wait(large.upload(long_text(large.word, sections=150)), chunks=True)
    began = time.monotonic()
    small.wait(small.upload(f"Two pages.\n\n{long_text(small.word, sections=4)}"))
    took = time.monotonic() - began
    found = large.client.get(f"/api/docs/{large.documents[-1]}").json()
    assert found["status"] == "embedding"
    figures(
        f"two pages took {took:.1f} s, when {found['progress']['done']} of "
        f"{found['progress']['total']} chunks of the large file were done"
    )
