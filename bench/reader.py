"""A scripted model on loopback that reads: it quotes where its prompt holds the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glossator.insight.questions import holds
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build
from model_server import Reply, model_server, says

REFUSAL = "I don't have this information in the book."
_PASSAGE = re.compile(r'<passage number="\d+" title="([^"]*)">\n(.*?)\n</passage>', re.DOTALL)


@dataclass(slots=True)
class Reader:
    """Answers by the `evidence` of a question that stands in a passage, else by the sentinel.

    `seen` are the passages of its last prompt, title and text; `asked` counts its prompts.
    """

    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0

    def reply(self, body: dict[str, Any]) -> Reply:
        """The script of the provider."""
        prompt = body["messages"][-1]["content"]
        self.seen, self.asked = _PASSAGE.findall(prompt), self.asked + 1
        question = prompt.rpartition("</passage>\n\n")[2]
        for number, (_, text) in enumerate(self.seen, 1):
            for part in self.evidence.get(question, ()):
                if holds(text, (part,)):
                    line = _line_of(text, part)
                    return says(f'{line} [{number} "{line}"]')
        return says(REFUSAL)


def _line_of(text: str, evidence: str) -> str:
    """The longest line of the passage that the evidence touches."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    touched = [line for line in lines if holds(line, (evidence,)) or holds(evidence, (line,))]
    return max(touched or lines, key=len)


@contextmanager
def read_by(reader: Reader, data: Path) -> Iterator[House]:
    """An installation in `data` whose model is the reader."""
    with model_server() as server:
        server.script = reader.reply
        house = build(
            Settings(
                data=data,
                model="openai:reader",
                openai_api_key="k",
                openai_base_url=f"{server.url}/v1",
                prices="openai:reader=0/0",
                guest_questions_per_hour="unlimited",
                log_level="error",
                _env_file=None,
            )
        )
        migrate(house.database)
        try:
            yield house
        finally:
            house.close()
