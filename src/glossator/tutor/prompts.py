"""The words a model is told, put together from one file that people can read; pure.

An operator's own file replaces the section "Rules"; how to cite, the reader's level and the
refusal's exact sentence are always added, because the proof depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

_SECTION = re.compile(r"^# (.+)$", re.MULTILINE)
# What looks like one of our fences, within one.
_FENCE = re.compile(r"<(?=\s*/?\s*(?:passage|selection|question)\b)", re.IGNORECASE)
_ALWAYS = (
    "If the passages don't hold the answer, reply with exactly this one sentence and nothing more: "
    "{refusal}"
)


@dataclass(frozen=True, slots=True)
class Prompts:
    """The sections of the file by name, and an operator's own rules."""

    sections: Mapping[str, str]
    own_rules: str | None = None

    def system(self, *, cites: Literal["native", "marks"], level: str, refusal: str) -> str:
        """The whole instruction for one question."""
        rules = self.sections["Rules"] if self.own_rules is None else self.own_rules
        if self.own_rules is not None and "{refusal}" not in rules:
            rules = f"{rules}\n\n{_ALWAYS}"
        reader = self.sections.get(f"Level {level}", self.sections["Level beginner"])
        if "{level}" not in rules:
            rules = f"{rules}\n\n{reader}"
        citing = self.sections["Citing natively" if cites == "native" else "Citing with marks"]
        # Replaced by hand: format() would read braces in an operator's text as fields.
        filled = rules.replace("{refusal}", refusal).replace("{level}", reader)
        return f"{filled}\n\n{citing}"

    def request(self, question: str, selection: str | None) -> str:
        """The question, with what the reader has marked fenced before it."""
        if not selection:
            return question
        fenced = _FENCE.sub("< ", selection)
        marked = f"<selection>\n{fenced}\n</selection>"
        return f"{self.sections['Selection']}\n\n{marked}\n\n{question}"

    def rewriting(self, question: str) -> tuple[str, str]:
        """Instruction and request that make a search query of a question in another language."""
        fenced = _FENCE.sub("< ", question)
        return self.sections["Rewriting"], f"<question>\n{fenced}\n</question>"


def load(own_rules: str | None = None) -> Prompts:
    """The prompts of this version; `own_rules` is an operator's text."""
    text = resources.files("glossator.tutor").joinpath("prompt.md").read_text("utf-8")
    parts = _SECTION.split(text)[1:]
    sections = {
        name.strip(): body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return Prompts(sections, own_rules)
