"""What is asked for, what is told on the way, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from glossator.accounts.callers import Anyone
from glossator.calling.attempts import UsageShown
from glossator.foundation.errors import Unavailable
from glossator.foundation.limits import Standing
from glossator.library.variants import Aligned, Form
from glossator.usage.allowances import Allowance, Caller


class NoModel(Unavailable):
    """Nothing is cached, and no language model is set that could make it."""

    type = "no-model"
    title = "No language model is set"

    def __init__(self) -> None:
        super().__init__(
            "This chapter hasn't been made yet, and no language model is set that could make it. "
            "Whoever runs this server can set one by GLOSSATOR_MODEL."
        )


class ModelsFailed(Unavailable):
    """All models that could be asked gave no answer."""

    type = "model-failed"
    title = "The language model doesn't answer"

    def __init__(self, done: int, total: int) -> None:
        super().__init__(
            f"The language model doesn't answer. {done} of {total} parts of this chapter are made "
            "and kept; ask again in a minute to go on from there."
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A form of a chapter that somebody wants; `who` pays, None for the operator.

    With `blocks` (their ids) only of that passage.
    """

    caller: Anyone
    who: Caller | None
    chapter_id: str
    form: Form
    book_id: str | None = None
    blocks: tuple[str, ...] = ()

    @property
    def allowance(self) -> Allowance:
        """What one of these takes; a passage is as small as a question."""
        return Allowance.QUESTIONS if self.blocks else self._of_chapters

    @property
    def feature(self) -> str:
        """What the ledger books it as."""
        return self._of_chapters.value.removesuffix("s")

    @property
    def _of_chapters(self) -> Allowance:
        return Allowance.PERSONALIZATIONS if self.form.level else Allowance.TRANSLATIONS


@dataclass(frozen=True, slots=True)
class Progress:
    """Parts done of parts in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next stretch of the finished text.

    `blocks` are those that lie in it, with places in `text`; `languages` are the form's and the
    original's.
    """

    text: str
    blocks: tuple[Aligned, ...] = ()
    languages: tuple[str, str] = ("", "")


Told = Progress | Piece
Listener = Callable[[Told], None]


@dataclass(frozen=True, slots=True)
class Adapted:
    """A chapter in another form.

    `cached` says that nobody was asked and nothing paid; `author` that the book's author wrote
    it. `original` is the language of what stayed as it was.
    `completeness` and `originals` are as in `assembly.Assembled`.
    """

    chapter_id: str
    book_id: str
    title: str
    content: str
    language: str
    direction: str
    cached: bool
    original: str = ""
    author: bool = False
    blocks: tuple[Aligned, ...] = ()
    headings: tuple[Mapping[str, Any], ...] = ()
    completeness: float = 1.0
    originals: tuple[Mapping[str, str], ...] = ()
    parts: int = 0
    usage: UsageShown | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What making a form would take, by our estimate.

    `usd_at_most` is with every answer as long as it may be; a second try of a part that isn't good
    comes on top. Both are None where the model's price isn't known.
    """

    chapter_id: str
    book_id: str
    parts: int
    cached_parts: int
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    usd_at_most: float | None
    model: str | None
