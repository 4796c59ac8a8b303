"""A question as it is put, and what whoever put it hears while its answer comes about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from glossator.accounts.callers import Anyone
from glossator.library.variants import Form
from glossator.tutor.answers import Source
from glossator.tutor.composing import Shown
from glossator.tutor.conversations import Owner, Past
from glossator.usage.money import Payer


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, by whom, and about what.

    `session_id` names a session that must be there; `client_session` one that begins with this
    question if it isn't. With `own` the caller's own documents are asked too.
    With `history` the client tells what was said before, and no session is looked at.
    `form` is how the reader sees the chapter, if not in the original. With `only_selection`
    nothing but the blocks in which `selected_text` stands may prove the answer. Only what is
    `kept` is in the session afterwards; all is paid for. `asked_from` is the chapter that is open,
    for authors alone.
    """

    question: str
    caller: Anyone
    owner: Owner
    payer: Payer
    book_ids: tuple[str, ...] = ()
    chapter_id: str | None = None
    document_ids: tuple[str, ...] = ()
    session_id: str | None = None
    client_session: str | None = None
    selected_text: str | None = None
    form: Form | None = None
    own: bool = False
    history: tuple[Past, ...] | None = None
    only_selection: bool = False
    kept: bool = True
    asked_from: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """The first thing a listener hears: where the message will be found."""

    session_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source, proven just now; its number in the text is its place among them, from 1."""

    source: Source


Heard = Begun | Shown | FoundSource


class Listener(Protocol):
    """Who wants to hear an answer while it comes about."""

    def __call__(self, heard: Heard, /) -> None:
        """Take a part; must not wait."""
        ...
