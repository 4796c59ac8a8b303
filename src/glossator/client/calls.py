"""Calls of the API before they are sent, and what becomes of their answers; no network here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from glossator.client import shapes

Result = TypeVar("Result")
Json = Mapping[str, Any]
# A file to send: its name and its bytes, or where it is.
File = tuple[str, bytes] | str | Path
_PARSED = ("application/json", "application/problem+json")
PAGE = 100


class GlossatorFault(Exception):
    """A call that didn't succeed; the message is a sentence that one can act on."""


class Unreached(GlossatorFault):
    """No answer came from the server."""


class ApiError(GlossatorFault):
    """The server refused, in its own words.

    `status` is that of HTTP and `type` the problem's (`quota-exceeded`, `not-found`); `errors`
    are the fields to mend, each with `field` and `message`. After `retry_after` seconds it may be
    tried again, where that isn't None. `request_id` finds it in the server's log.
    """

    def __init__(self, status: int, problem: Json, retry_after: float | None = None) -> None:
        sentence = problem.get("detail") or f"The server answered {status}, and nothing else."
        super().__init__(str(sentence))
        self.status = status
        self.type = str(problem.get("type") or "")
        self.request_id = problem.get("request_id")
        self.errors: Sequence[Json] = problem.get("errors") or ()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], Result]
    body: Json | None = None
    query: Json | None = None
    files: tuple[tuple[str, bytes], ...] = ()


# Gives the call for a page of a list, by its number from 1.
Paged = Callable[[int], Call[list[Result]]]


def arguments(call: Call[Any]) -> dict[str, Any]:
    """A call's body, query and files, as the HTTP client takes them."""
    files = [("files", each) for each in call.files] or None
    return {"json": call.body, "params": call.query, "files": files}


def unreached(url: str) -> str:
    """What is said where no answer comes."""
    return f"No answer from {url}. Is the server running there?"


def checked(status: int, headers: Mapping[str, str], content: bytes) -> Any:
    """The JSON of a good answer, None without any; raises `ApiError`."""
    found: Any = None
    if headers.get("content-type", "").startswith(_PARSED):
        try:
            found = json.loads(content)
        except ValueError:
            found = None
    if 200 <= status < 300 and (found is not None or not content):
        return found
    problem = found if isinstance(found, dict) and status >= 400 else {}
    if 200 <= status < 300:
        problem = {"detail": f"The server answered {status}, but not with JSON. Is it Glossator?"}
    raise ApiError(status, problem, _seconds(headers.get("retry-after")))


def listed(shape: type[Result]) -> Callable[[Any], list[Result]]:
    """Reads a page of a list."""
    return lambda found: [shapes.made(shape, item) for item in found["items"]]


def one(shape: type[Result]) -> Callable[[Any], Result]:
    """Reads one object."""
    return lambda found: shapes.made(shape, found)


def as_is(found: Any) -> Any:
    """Reads nothing: the answer's own JSON."""
    return found


def nothing(_: Any) -> None:
    """Reads nothing, for there is nothing."""


def log_in(email: str, password: str) -> Call[str]:
    """A new login's token."""
    body = {"email": email, "password": password}
    return Call("POST", "/api/auth/login", lambda found: str(found["access_token"]), body)


def books(page: int) -> Call[list[shapes.Book]]:
    """A page of the books."""
    return Call("GET", "/api/books", listed(shapes.Book), query=_page(page))


def book(book_id: str) -> Call[shapes.Book]:
    """One book."""
    return Call("GET", f"/api/books/{_part(book_id)}", one(shapes.Book))


def chapter(
    chapter_id: str, book_id: str | None, language: str | None, level: str | None, *, html: bool
) -> Call[shapes.ChapterText]:
    """A chapter's text."""
    query = _given(book_id=book_id, language=language, level=level, html="true" if html else None)
    path = f"/api/chapters/{quote(chapter_id, safe='/@')}"
    return Call("GET", path, one(shapes.ChapterText), query=query)


def search(body: Json) -> Call[shapes.Found]:
    """Passages."""
    return Call("POST", "/api/search", one(shapes.Found), body)


def ask(body: Json, *, own: bool) -> Call[shapes.Answer]:
    """An answer."""
    return Call("POST", "/api/ask" if own else "/api/chat/ask", one(shapes.Answer), body)


def sessions(page: int) -> Call[list[shapes.Session]]:
    """A page of one's conversations."""
    return Call("GET", "/api/chat/sessions", listed(shapes.Session), query=_page(page))


def messages(session_id: str, page: int) -> Call[list[shapes.Message]]:
    """A page of a conversation."""
    path = f"/api/chat/sessions/{_part(session_id)}/messages"
    return Call("GET", path, listed(shapes.Message), query=_page(page))


def delete_session(session_id: str) -> Call[None]:
    """A conversation deleted."""
    return Call("DELETE", f"/api/chat/sessions/{_part(session_id)}", nothing)


def rate(message_id: str, rating: str, comment: str | None) -> Call[None]:
    """What a reader thinks of an answer."""
    path = f"/api/chat/messages/{_part(message_id)}/feedback"
    return Call("POST", path, nothing, _given(rating=rating, comment=comment))


def upload(files: Sequence[File]) -> Call[list[shapes.Document]]:
    """Files of one's own."""

    def read(found: Any) -> list[shapes.Document]:
        return [shapes.made(shapes.Document, item) for item in found["documents"]]

    return Call("POST", "/api/upload", read, files=tuple(_file(each) for each in files))


def documents(page: int) -> Call[list[shapes.Document]]:
    """A page of one's own documents."""
    return Call("GET", "/api/docs", listed(shapes.Document), query=_page(page))


def document(document_id: str) -> Call[shapes.Document]:
    """One document."""
    return Call("GET", f"/api/docs/{_part(document_id)}", one(shapes.Document))


def delete_document(document_id: str) -> Call[None]:
    """A document deleted."""
    return Call("DELETE", f"/api/docs/{_part(document_id)}", nothing)


def usage() -> Call[dict[str, Any]]:
    """What is left of one's allowances."""
    return Call("GET", "/api/usage", as_is)


def question(
    text: str,
    *,
    book_id: str | None = None,
    chapter_id: str | None = None,
    document_ids: Sequence[str] | None = None,
    session_id: str | None = None,
    selected_text: str | None = None,
    stream: bool | None = None,
) -> dict[str, Any]:
    """The body of a question."""
    return _given(
        question=text,
        book_id=book_id,
        chapter_id=chapter_id,
        document_ids=list(document_ids) if document_ids else None,
        session_id=session_id,
        selected_text=selected_text,
        stream=stream,
    )


def sought(
    query: str,
    book_id: str | None,
    chapter_id: str | None,
    document_ids: Sequence[str] | None,
    k: int,
) -> dict[str, Any]:
    """The body of a search."""
    ids = list(document_ids) if document_ids else None
    return _given(query=query, book_id=book_id, chapter_id=chapter_id, document_ids=ids, k=k)


def _page(number: int) -> Json:
    return {"page": number, "page_size": PAGE}


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _file(given: File) -> tuple[str, bytes]:
    if isinstance(given, tuple):
        return given
    path = Path(given)
    return path.name, path.read_bytes()


def _part(identifier: str) -> str:
    return quote(identifier, safe="")


def _seconds(given: str | None) -> float | None:
    return float(given) if given and given.isascii() and given.isdigit() else None
