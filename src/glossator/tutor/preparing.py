"""The first hop of an answer: the session, the scope, the search, and what a model will read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.journal import lap
from glossator.gateways.ports import Scope
from glossator.library import access
from glossator.retrieval.confidence import Zone
from glossator.retrieval.context import Stretch
from glossator.retrieval.questions import language_of
from glossator.retrieval.service import SearchResult
from glossator.tutor import conversations, follow_ups, selected
from glossator.tutor.answers import Answer
from glossator.tutor.conversations import Past
from glossator.tutor.exchange import Asked, Begun
from glossator.tutor.extractive import subject
from glossator.tutor.materials import Materials, gather
from glossator.tutor.open_page import OpenPage, open_page
from glossator.tutor.rewriting import merged
from glossator.tutor.service import Tutor
from glossator.tutor.shelf import Shelf
from glossator.tutor.understanding import understood

# Of a selection so much, in characters, helps to find its surroundings.
_SELECTION_SOUGHT = 300


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first hop found. `answer` is there where no model needs to be asked.

    `unread` says that the encoder doesn't read the question's language; `query` is then what
    a model made of it. `within` is what alone may prove the answer, if not the whole book.
    """

    begun: Begun
    new_session: bool
    standalone: str
    earlier: tuple[Past, ...]
    result: SearchResult
    materials: Materials | None
    answer: Answer | None
    unread: bool = False
    query: str | None = None
    page: OpenPage | None = None
    within: Stretch | None = None

    @property
    def sought(self) -> str:
        """What was searched for last, in words."""
        return self.query or self.standalone


class Preparing:
    """Looks up and searches; `models` says whether there is a model to prepare for."""

    def __init__(self, database: Database, tutor: Tutor, *, models: bool) -> None:
        self._database = database
        self._tutor = tutor
        self._models = models

    def prepare(self, asked: Asked) -> Prepared:
        """What the question needs; raises what `access.scope` and the session's lookup raise."""
        lap("wait")
        with self._database.reading() as session:
            known, earlier = _earlier(session, asked)
            scope = _scope(session, asked)
            page = open_page(session, scope, asked)
            alone, result = understood(
                asked.question,
                follow_ups.readings(asked.question, [past.standalone for past in earlier]),
                lambda reading: self._tutor.search.search(
                    session, scope, _sought(asked, page, reading)
                ),
            )
            if page is not None:
                # The original of what was marked mustn't pass for the question's language.
                result = replace(result, language=language_of(alone))
            within = None
            if asked.only_selection:
                shelf = Shelf(session, self._tutor.texts, result.found, page)
                within = selected.bounds(asked, page, shelf, result)
                result = selected.narrowed(result, within)
            into = known or asked.client_session or conversations.new_id()
            answer = materials = None
            if not self._models:
                answer = self._tutor.extract(session, alone, result, page=page, within=within)
            elif not result.found or (result.zone is Zone.ABSENT and not asked.selected_text):
                answer = self._tutor.refuse(session, alone, result, None, page)
            else:
                materials = self._gathered(session, asked, page, result, within)
            return Prepared(
                Begun(into, conversations.new_id()),
                known is None,
                alone,
                tuple(earlier),
                result,
                materials,
                answer,
                unread=self._unread(result),
                page=page,
                within=within,
            )

    def widened(self, asked: Asked, prepared: Prepared, query: str) -> Prepared:
        """The same with what a query in the encoder's language finds in front."""
        with self._database.reading() as session:
            second = self._tutor.search.search(
                session, _scope(session, asked), _sought(asked, prepared.page, query)
            )
            if not second.found:
                return prepared
            result = selected.narrowed(merged(second, prepared.result), prepared.within)
            page, within = prepared.page, prepared.within
            materials = self._gathered(session, asked, page, result, within)
            return replace(prepared, result=result, materials=materials, query=query)

    def _gathered(
        self,
        session: Session,
        asked: Asked,
        page: OpenPage | None,
        result: SearchResult,
        within: Stretch | None,
    ) -> Materials:
        shelf = Shelf(session, self._tutor.texts, result.found, page)
        marked = page.marked if page else None
        return gather(shelf, result, asked.selected_text, marked, only=within)

    def _unread(self, result: SearchResult) -> bool:
        reads = self._tutor.search.reads
        tags = {item.document.language.split("-")[0] for item in result.found}
        # In a book that the encoder doesn't read either, an English query would lead astray.
        return not reads(result.language) and any(reads(tag) for tag in tags)


def _earlier(session: Session, asked: Asked) -> tuple[str | None, list[Past]]:
    """The session that goes on, and its last messages."""
    if asked.session_id is not None:
        conversations.named(session, asked.owner, asked.session_id)
        return asked.session_id, conversations.past(session, asked.session_id)
    own = asked.client_session
    known = own if own is not None and conversations.exists(session, asked.owner, own) else None
    if asked.history is not None:
        return known, list(asked.history)
    return known, [] if known is None else conversations.past(session, known)


def _scope(session: Session, asked: Asked) -> Scope:
    return access.scope(
        session,
        asked.caller,
        book_ids=asked.book_ids,
        chapter_id=asked.chapter_id,
        document_ids=asked.document_ids,
        own=asked.own,
    )


def _sought(asked: Asked, page: OpenPage | None, question: str) -> str:
    sought = subject(question)
    selection = (page.words if page else "") or asked.selected_text
    return f"{sought} {selection[:_SELECTION_SOUGHT]}" if selection else sought
