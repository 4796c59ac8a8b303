"""Whether a follow-up finds its section: dialogues over the sample book, asked over the API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.testclient import TestClient

from bench.corpora import QUESTIONS
from bench.reader import Reader
from glossator.app import create_app
from glossator.tutor.citations import SECTION_SEPARATOR
from glossator.wiring import House

DIALOGUES = QUESTIONS / "sample-dialogues.jsonl"
HEADER = ("dialogues", "n", "section first", "section among the first five")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions of one session; any of `headings` in `chapter` answers the last of them.

    `half` tells those that the rules were mended on (`first`) from those only measured.
    """

    id: str
    half: str
    turns: tuple[str, ...]
    chapter: str
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walked:
    """A dialogue and the first passage of the right section in its last prompt.

    `place` counts from 1; 999 where there is none.
    """

    dialogue: Dialogue
    place: int


def load() -> list[Dialogue]:
    """The forty, in their order."""
    rows = [json.loads(line) for line in DIALOGUES.read_text("utf-8").splitlines()]
    return [
        Dialogue(
            row["id"], row["half"], tuple(row["turns"]), row["chapter"], tuple(row["headings"])
        )
        for row in rows
    ]


def walk(house: House, reader: Reader, dialogues: Sequence[Dialogue], book: str) -> list[Walked]:
    """Ask all questions of each dialogue in a session of its own."""
    with TestClient(create_app(house=house)) as client:
        titles = {
            chapter["chapter_id"]: chapter["title"]
            for chapter in client.get(f"/api/books/{book}").json()["chapters"]
        }
        walked = []
        for dialogue in dialogues:
            _ask(client, reader, dialogue.turns, book)
            places = [
                n
                for n, (title, _) in enumerate(reader.seen, 1)
                if _section(title) in {(titles[dialogue.chapter], h) for h in dialogue.headings}
            ]
            walked.append(Walked(dialogue, places[0] if places else 999))
        return walked


def figures(walked: Sequence[Walked]) -> list[tuple[str, ...]]:
    """A row for each half and one for all."""
    halves = {
        "mended on": [w for w in walked if w.dialogue.half == "first"],
        "only measured": [w for w in walked if w.dialogue.half == "second"],
        "all": list(walked),
    }
    return [
        (
            name,
            str(len(some)),
            str(sum(w.place == 1 for w in some)),
            str(sum(w.place <= 5 for w in some)),
        )
        for name, some in halves.items()
        if some
    ]


def _ask(client: TestClient, reader: Reader, turns: Sequence[str], book: str) -> None:
    session_id = None
    for turn in turns:
        reader.seen = []
        body = {"question": turn, "book_id": book, "session_id": session_id}
        answer = client.post("/api/chat/ask", json=body).raise_for_status().json()
        session_id = answer["session_id"]


def _section(title: str) -> tuple[str, str]:
    """The chapter's title and the last heading of a passage's title."""
    parts = title.split(SECTION_SEPARATOR)
    return parts[0], parts[-1]
