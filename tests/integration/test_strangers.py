"""Every endpoint as guest, stranger, wrong role, owner and administrator: never another's data.

`TABLE` is the reviewed list of who may do what. A route without a row in it fails here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from access_world import (
    CALLERS,
    CANARIES,
    DRAWN,
    GUEST_KEY,
    HIDDEN,
    HIDDEN_WORD,
    MEMBERS_WORD,
    NOWHERE,
    PEOPLE,
    PRINCIPALS,
    QUESTION,
    RULES,
    SITE,
    World,
    logged,
    opened,
)
from account_tools import PASSWORD, bearer
from glossator.app import create_app
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Embedder
from glossator.ingestion.pictures import name_of
from glossator.pages import ADDRESSES

# Who may call: anybody, and nobody looks who it is; guests too, but a token must be good; who
# signed in; who has the role.
Needs = Literal["open", "guest", "user", "author", "admin"]
REFUSED_FIELDS = (
    "user_id", "owner_id", "tenant_id", "role", "is_admin", "plan", "quota", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A good request of one operation, who may send it, and how it names another's things.

    `foreign` are paths (404) or changes of the body (400) with a hidden id; the same with
    `nowhere` in its place must get the same words. `shows`: what the owner's own answer holds.
    `names_people`: it is for administrators to see who has an account, but nothing of theirs.
    """

    needs: Needs
    status: int = 200
    path: str | None = None
    body: Mapping[str, Any] | None = None
    foreign: tuple[Any, ...] = ()
    shows: tuple[str, ...] = field(default=())
    names_people: bool = False


_SCOPES = (
    {"book_id": HIDDEN["book"]},
    {"chapter_id": HIDDEN["chapter"]},
    {"chapter_id": HIDDEN["chapter"], "book_id": "robots"},
    {"document_ids": ["{document}"]},
    {"document_ids": ["{upload}"]},
)
_CHAPTER = {"chapter_id": "part-1/sensors", "book_id": "robots"}
_CHAPTERS = ({"chapter_id": HIDDEN["chapter"]}, {**_CHAPTER, "book_id": HIDDEN["book"]})

TABLE: Mapping[tuple[str, str], Row] = {
    ("POST", "/api/auth/signup"): Row(
        "open", 201, body={"email": "new{n}@example.org", "password": PASSWORD, "name": "New"}
    ),
    ("POST", "/api/auth/login"): Row(
        "open", body={"email": "author@example.org", "password": PASSWORD}
    ),
    ("POST", "/api/auth/logout"): Row("user", 204),
    ("POST", "/api/auth/logout-everywhere"): Row("user", 204),
    ("POST", "/api/auth/password"): Row(
        "user", 204, body={"current_password": PASSWORD, "new_password": PASSWORD}
    ),
    ("GET", "/api/auth/me"): Row("user", shows=("ada.platypus", "Echidna")),
    ("PATCH", "/api/auth/me"): Row("user", body={"hardware": "gpu"}, shows=("ada.platypus",)),
    ("DELETE", "/api/auth/me"): Row("user", 204, body={"password": PASSWORD}),
    ("GET", "/api/auth/me/export"): Row("user", shows=("ada.platypus", "Echidna", "wombat")),
    ("POST", "/api/widget/token"): Row(
        "open", body={"book_id": "robots"}, foreign=({"book_id": HIDDEN["book"]},)
    ),
    ("POST", "/api/widget/agreements"): Row(
        "user",
        201,
        body={"book_id": "robots", "origin": SITE},
        foreign=({"book_id": HIDDEN["book"]},),
    ),
    ("GET", "/api/widget/agreements"): Row("user", shows=(SITE,)),
    ("DELETE", "/api/widget/agreements/{agreement_id}"): Row(
        "user",
        204,
        path="/api/widget/agreements/{agreed}",
        foreign=("/api/widget/agreements/{agreement}",),
    ),
    ("GET", "/api/books"): Row("guest"),
    ("GET", "/api/books/{book_id}"): Row(
        "guest", path="/api/books/robots", foreign=(f"/api/books/{HIDDEN['book']}",)
    ),
    ("GET", "/api/chapters/{chapter_id}"): Row(
        "guest",
        path="/api/chapters/part-1/sensors?book_id=robots",
        foreign=(
            f"/api/chapters/{HIDDEN['chapter']}",
            f"/api/chapters/{HIDDEN['chapter']}?book_id=robots",
            f"/api/chapters/{HIDDEN['chapter']}?book_id={HIDDEN['book']}",
            f"/api/chapters/part-1/sensors?book_id={HIDDEN['book']}",
        ),
    ),
    ("POST", "/api/search"): Row("guest", body={"query": "lidar wombat"}, foreign=_SCOPES),
    ("POST", "/api/chat/ask"): Row(
        "guest",
        body={"question": "What is a lidar?"},
        foreign=(
            *_SCOPES,
            {"book_ids": ["robots", HIDDEN["book"]]},
            {"session_id": "{session}"},
        ),
    ),
    ("POST", "/api/chat/selected-text"): Row(
        "guest",
        body={"question": "What is a lidar?", "selected_text": "A lidar"},
        foreign=(_SCOPES[0], _SCOPES[1], {"session_id": "{session}"}),
    ),
    ("POST", "/api/ask"): Row(
        "user",
        body={"question": "What is a lidar?"},
        foreign=(*_SCOPES, {"session_id": "{session}"}),
    ),
    # A guest has the key of his own sessions; without one these are 401 (test_model_answers).
    ("GET", "/api/chat/sessions"): Row("guest", shows=("Echidna's session",)),
    ("GET", "/api/chat/sessions/{session_id}"): Row(
        "guest", path="/api/chat/sessions/{mine}", foreign=("/api/chat/sessions/{session}",)
    ),
    ("GET", "/api/chat/sessions/{session_id}/messages"): Row(
        "guest",
        path="/api/chat/sessions/{mine}/messages",
        foreign=("/api/chat/sessions/{session}/messages",),
    ),
    ("GET", "/api/chat/sessions/{session_id}/export"): Row(
        "guest",
        path="/api/chat/sessions/{mine}/export",
        foreign=("/api/chat/sessions/{session}/export",),
    ),
    ("PATCH", "/api/chat/sessions/{session_id}"): Row(
        "guest",
        path="/api/chat/sessions/{mine}",
        body={"title": "Mine"},
        foreign=("/api/chat/sessions/{session}",),
    ),
    ("GET", "/api/chat/messages/{message_id}"): Row(
        "guest",
        path="/api/chat/messages/{mine}-said",
        foreign=("/api/chat/messages/{session}-said",),
    ),
    ("POST", "/api/chat/messages/{message_id}/feedback"): Row(
        "guest",
        204,
        path="/api/chat/messages/{mine}-said/feedback",
        body={"rating": "up"},
        foreign=("/api/chat/messages/{session}-said/feedback",),
    ),
    ("DELETE", "/api/chat/sessions/{session_id}"): Row(
        "guest", 204, path="/api/chat/sessions/{mine}", foreign=("/api/chat/sessions/{session}",)
    ),
    # No model is set: what isn't kept is 503 for whoever may see the chapter.
    ("POST", "/api/translate/chapter"): Row("user", 503, body=_CHAPTER, foreign=_CHAPTERS),
    ("POST", "/api/personalize/chapter"): Row("user", 503, body=_CHAPTER, foreign=_CHAPTERS),
    ("GET", "/api/user/progress"): Row("user", shows=("part-1/control",)),
    ("POST", "/api/user/progress/open"): Row("user", body=_CHAPTER, foreign=_CHAPTERS),
    ("POST", "/api/user/progress/mark"): Row(
        "user", body={**_CHAPTER, "completed": True}, foreign=_CHAPTERS
    ),
    ("GET", "/api/user/progress/place"): Row(
        "user",
        path="/api/user/progress/place?book_id=robots",
        foreign=(f"/api/user/progress/place?book_id={HIDDEN['book']}",),
    ),
    ("PUT", "/api/user/progress/place"): Row(
        "user", body={**_CHAPTER, "block_id": "b-1"}, foreign=_CHAPTERS
    ),
    ("POST", "/api/books"): Row(
        "author", 202, body={"files": "# Emu\n\nAn emu.", "book_id": "emu-{n}"}
    ),
    ("PUT", "/api/books/{book_id}"): Row(
        "author",
        202,
        path="/api/books/spare",
        body={"files": "# Emu\n\nAn emu."},
        foreign=(f"/api/books/{HIDDEN['book']}",),
    ),
    ("PATCH", "/api/books/{book_id}"): Row(
        "author",
        path="/api/books/spare",
        body={"title": "Spare"},
        foreign=(f"/api/books/{HIDDEN['book']}",),
    ),
    ("GET", "/api/books/{book_id}/job"): Row(
        "author", path="/api/books/spare/job", foreign=(f"/api/books/{HIDDEN['book']}/job",)
    ),
    ("DELETE", "/api/books/{book_id}"): Row(
        "author", 204, path="/api/books/{doomed}", foreign=(f"/api/books/{HIDDEN['book']}",)
    ),
    ("POST", "/api/upload"): Row("user", 202, body={"files": "A lidar {n}."}),
    ("GET", "/api/docs"): Row("user", shows=("Echidna",)),
    ("GET", "/api/docs/{document_id}"): Row(
        "user", path="/api/docs/{own}", foreign=("/api/docs/{upload}", "/api/docs/{document}")
    ),
    ("GET", "/api/docs/{document_id}/raw"): Row(
        "user", path="/api/docs/{own}/raw", foreign=("/api/docs/{upload}/raw",)
    ),
    ("GET", "/api/docs/{document_id}/text"): Row(
        "user", path="/api/docs/{own}/text", foreign=("/api/docs/{upload}/text",)
    ),
    ("GET", "/api/docs/{document_id}/rectangles"): Row(
        "user",
        422,  # it is no PDF
        path="/api/docs/{own}/rectangles?start=0&end=5",
        foreign=("/api/docs/{upload}/rectangles?start=0&end=5",),
    ),
    ("GET", "/api/docs/{document_id}/events"): Row(
        "user", path="/api/docs/{own}/events", foreign=("/api/docs/{upload}/events",)
    ),
    ("POST", "/api/docs/{document_id}/reprocess"): Row(
        "user", 202, path="/api/docs/{own}/reprocess", foreign=("/api/docs/{upload}/reprocess",)
    ),
    ("GET", "/api/docs/{document_id}/reading"): Row(
        "user", path="/api/docs/{own}/reading", foreign=("/api/docs/{upload}/reading",)
    ),
    # These are about PDF files, and what everybody has here is none.
    ("GET", "/api/docs/{document_id}/pages"): Row(
        "user", 422, path="/api/docs/{own}/pages", foreign=("/api/docs/{upload}/pages",)
    ),
    ("GET", "/api/docs/{document_id}/pages/{page}/words"): Row(
        "user",
        422,
        path="/api/docs/{own}/pages/1/words",
        foreign=("/api/docs/{upload}/pages/1/words",),
    ),
    ("GET", "/api/docs/{document_id}/pages/{page}/picture"): Row(
        "user",
        422,
        path="/api/docs/{own}/pages/1/picture?width=320",
        foreign=("/api/docs/{upload}/pages/1/picture?width=320",),
    ),
    ("POST", "/api/docs/{document_id}/ocr"): Row(
        "user", 422, path="/api/docs/{own}/ocr", foreign=("/api/docs/{upload}/ocr",)
    ),
    ("POST", "/api/docs/{document_id}/password"): Row(
        "user",
        409,  # it isn't locked
        path="/api/docs/{own}/password",
        body={"password": "open sesame"},
        foreign=("/api/docs/{upload}/password",),
    ),
    ("POST", "/api/docs/{document_id}/stop"): Row(
        "user", 409, path="/api/docs/{own}/stop", foreign=("/api/docs/{upload}/stop",)
    ),
    ("GET", "/api/docs/{document_id}/quoted"): Row(
        "user", path="/api/docs/{own}/quoted", foreign=("/api/docs/{upload}/quoted",)
    ),
    ("DELETE", "/api/docs/{document_id}"): Row(
        "user", 204, path="/api/docs/{own}", foreign=("/api/docs/{upload}",)
    ),
    ("GET", "/api/books/{book_id}/media/{name}"): Row(
        "guest",
        path=f"/api/books/robots/media/{name_of(DRAWN)}",
        foreign=(f"/api/books/{HIDDEN['book']}/media/{name_of(DRAWN)}",),
    ),
    ("GET", "/api/usage"): Row("guest"),
    ("GET", "/api/usage/calls"): Row("user"),
    ("GET", "/api/chat/guest-sessions"): Row("guest"),
    ("POST", "/api/chat/guest-sessions"): Row("user"),
    ("GET", "/api/chat/asked"): Row("user"),
    ("GET", "/api/admin/usage"): Row("admin"),
    ("GET", "/api/admin/users"): Row("admin", names_people=True),
    ("PATCH", "/api/admin/users/{user_id}"): Row(
        "admin", path="/api/admin/users/1", body={"questions": 7}, names_people=True
    ),
    ("POST", "/api/admin/invitations"): Row("admin", 201, body={"uses": 2}),
    ("GET", "/api/admin/limits"): Row("admin"),
    ("PATCH", "/api/admin/roles/{role}"): Row(
        "admin", path="/api/admin/roles/author", body={"questions": "default"}
    ),
    ("PUT", "/api/admin/models"): Row("admin", body={"stopped": False}),
    ("GET", "/api/admin/answers"): Row("admin"),
    ("GET", "/api/admin/jobs"): Row("admin"),
    ("GET", "/api/admin/books"): Row("author"),
    ("GET", "/api/admin/missing"): Row(
        "author",
        path="/api/admin/missing?book_id=robots",
        foreign=(f"/api/admin/missing?book_id={HIDDEN['book']}",),
    ),
    # Models are books; a foreign one is 404 in a body too (tests/protocols).
    ("GET", "/v1/models"): Row("guest"),
    ("GET", "/v1/models/{model}"): Row(
        "guest",
        path="/v1/models/glossator/robots",
        foreign=(f"/v1/models/glossator/{HIDDEN['book']}",),
    ),
    ("POST", "/v1/chat/completions"): Row(
        "guest",
        body={
            "model": "glossator/robots",
            "messages": [{"role": "user", "content": "What is a lidar?"}],
        },
    ),
    ("POST", "/v1/embeddings"): Row("guest", body={"model": "glossator-encoder", "input": "x"}),
    ("GET", "/api/admin/missing.csv"): Row(
        "author",
        path="/api/admin/missing.csv?book_id=robots",
        foreign=(f"/api/admin/missing.csv?book_id={HIDDEN['book']}",),
    ),
    ("GET", "/api/admin/missing.md"): Row(
        "author",
        path="/api/admin/missing.md?book_id=robots",
        foreign=(f"/api/admin/missing.md?book_id={HIDDEN['book']}",),
    ),
    # The documents here hold no pictures.
    ("GET", "/api/docs/{document_id}/media"): Row(
        "user",
        404,
        path="/api/docs/{own}/media?name=a.png",
        foreign=("/api/docs/{upload}/media?name=a.png",),
    ),
    ("PUT", "/api/admin/missing/aside"): Row(
        "author",
        body={"book_id": "robots", "question": "What does a wheel weigh?"},
        foreign=({"book_id": HIDDEN["book"]},),
    ),
    ("POST", "/api/mistakes"): Row(
        "user", 201, body={**_CHAPTER, "words": "A lidar"}, foreign=_CHAPTERS
    ),
    ("GET", "/api/admin/mistakes"): Row("author"),
    ("DELETE", "/api/admin/mistakes/{mistake_id}"): Row(
        "author",
        204,
        path="/api/admin/mistakes/{mistake}",
        foreign=(f"/api/admin/mistakes/{HIDDEN['mistake']}",),
    ),
    ("GET", "/health"): Row("open"),
    ("GET", "/health/ready"): Row("open"),
    # In production with the operator's token alone: tests/operations/test_metrics.py.
    ("GET", "/metrics"): Row("open"),
}
# Not in the description: the pages, the description itself, and what isn't HTTP's (/mcp has a
# matrix of its own in tests/protocols).
PAGES = {
    *ADDRESSES, "/assets/{name:path}", "/openapi.json", "/widget.js", "/widget/agree", "/mcp",
}  # fmt: skip


REVIEWED = Path(__file__).parents[1] / "security/access_matrix.txt"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[World]:
    """Everybody and everything, for all tests here: each leaves Ada's things as they are."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copyfile(migrated_sqlite, folder / "glossator.db")
    with opened(folder, f"sqlite:///{folder / 'glossator.db'}", FakeEmbedder()) as made:
        yield made


def operations(app: FastAPI) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, found in app.openapi()["paths"].items()
        for method, operation in found.items()
    }


def path_of(key: tuple[str, str]) -> str:
    return TABLE[key].path or key[1]


def expected(row: Row, caller: str) -> int:
    """The status of a good request."""
    if row.needs in ("open", "guest"):
        return row.status
    if caller == "guest":
        return 401
    return row.status if CALLERS.index(caller) >= CALLERS.index(row.needs) else 403


def without_id(answer: Response) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    del problem["request_id"]
    return problem


def silent(world: World, answer: Response, caller: str, *context: object) -> None:
    """Nothing that the caller mustn't see is in the answer."""
    told = f"{answer.text}\n{answer.headers}".lower()
    named = caller == "admin" and any(
        isinstance(key, tuple) and key in TABLE and TABLE[key].names_people for key in context
    )
    public = PEOPLE if named else ()
    found = [
        secret for secret in world.secrets(caller)
        if secret not in public and secret.lower() in told
    ]  # fmt: skip
    assert not found, (caller, context, found, answer.text)


def walk(world: World, principals: Sequence[str]) -> list[str]:
    """Each sends a good request to every operation; the lines of the reviewed file."""
    lines = []
    for key, row in TABLE.items():
        found = []
        for caller in principals:
            answer = world.send(key[0], path_of(key), caller, row.body)
            if caller in CALLERS:
                assert answer.status_code == expected(row, caller), (key, caller, answer.text)
            silent(world, answer, caller, key)
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"] == "Bearer"
            found.append(str(answer.status_code))
        # The same as a user, with the id of what is another's.
        [there, _] = variants(world, key, row.foreign[0], "user") if row.foreign else ["", None]
        others = world.send(key[0], there[0], "user", there[1]).status_code if there else "-"
        lines.append(" ".join(f"{part:>8}" for part in (*found, others)) + f"  {' '.join(key)}")
    head = " ".join(f"{name[:8]:>8}" for name in (*principals, "another's"))
    return [head, *sorted(lines, key=lambda line: line.split()[::-1][:2])]


def reviewed() -> list[str]:
    return [
        line for line in REVIEWED.read_text("utf-8").splitlines() if not line.startswith("#")
    ]  # fmt: skip


def test_every_operation_has_a_reviewed_row(world: World):
    app = create_app(house=world.house)
    assert set(operations(app)) == set(TABLE)
    paths = {context.path for context in iter_route_contexts(app.routes)}
    described = {
        path.replace("{chapter_id}", "{chapter_id:path}").replace("{model}", "{model:path}")
        for _, path in TABLE
    }
    assert paths - described == PAGES


def _new() -> None:
    """A route that nobody has looked at."""


def test_a_new_route_without_a_row_is_noticed(world: World):
    app = create_app(house=world.house)
    app.add_api_route("/api/new", _new)
    assert set(operations(app)) - set(TABLE) == {("GET", "/api/new")}


def test_everybody_may_do_what_the_table_says_and_sees_nothing_of_others(
    world: World, tmp_path: Path
):
    with logged() as lines:
        found = walk(world, PRINCIPALS)
    (tmp_path / "found.txt").write_text("\n".join(found), "utf-8")
    assert found == reviewed(), f"Read {tmp_path / 'found.txt'}, then put it into {REVIEWED}."
    # What people ask, read and sign in with is nobody's business, nor are the server's secrets.
    told = "\n".join(lines)
    assert len(lines) > len(TABLE)
    kept = (PASSWORD, QUESTION, GUEST_KEY, RULES, *CANARIES.values(), *world.tokens)
    assert not [word for word in (*kept, "A lidar", "open sesame") if word in told]


def test_the_same_on_postgres(postgres_url: str, tmp_path: Path, embedder: Embedder):
    """For those with things of their own: who the others are is told by tokens alone."""
    url = postgres_url.replace("postgres@", f"postgres:{CANARIES['vectors_key']}@")
    assert url != postgres_url
    with opened(tmp_path, url, embedder) as world:
        found = walk(world, CALLERS)
    of_these = [line.split() for line in reviewed()]
    assert [line.split() for line in found] == [
        [*line[: len(CALLERS)], *line[len(PRINCIPALS) :]] for line in of_these
    ]


def test_the_owner_does_see_it(world: World):
    # Else the words that are searched above would prove nothing.
    for key, row in TABLE.items():
        if row.shows:
            told = world.send(key[0], path_of(key), "ada", row.body).text
            assert all(word in told for word in row.shows), (key, told)


def variants(
    world: World, key: tuple[str, str], foreign: Any, caller: str
) -> list[tuple[str, Any]]:
    """A request that names something hidden, and the same about what isn't there at all."""
    row = TABLE[key]
    path = foreign if isinstance(foreign, str) else path_of(key)
    body = row.body if isinstance(foreign, str) else {**(row.body or {}), **foreign}
    given = json.dumps([path, body])
    given = given.replace("{session}", "platypus-session").replace("{agreement}", world.agreement)
    there = given.replace("{document}", world.document).replace("{upload}", world.upload("ada"))
    if caller == "guest-of-members":
        there = given.replace("{document}", world.members_document)
        there = there.replace(HIDDEN_WORD, MEMBERS_WORD)
    missing = given.replace("{document}", NOWHERE).replace("{upload}", NOWHERE)
    missing = missing.replace("platypus-session", NOWHERE).replace(world.agreement, NOWHERE)
    for hidden in HIDDEN.values():
        missing = missing.replace(hidden, NOWHERE)
    return [json.loads(there), json.loads(missing)]


def test_anothers_ids_are_404_in_a_path_and_400_in_a_body(world: World):
    named = 0
    for key, row in TABLE.items():
        for foreign in row.foreign:
            status = 404 if isinstance(foreign, str) else 400
            for kind in (*CALLERS, "guest-of-members"):
                caller = kind.partition("-")[0]
                if expected(row, caller) != row.status:
                    continue
                sent = variants(world, key, foreign, kind)
                there, missing = (world.send(key[0], path, caller, body) for path, body in sent)
                assert there.status_code == status, (key, kind, foreign, there.text)
                assert without_id(there) == without_id(missing), (key, kind, foreign)
                silent(world, there, caller, key, foreign)
                named += 1
                if key[0] == "GET":
                    head = world.send("HEAD", sent[0][0], caller)
                    assert head.status_code == status
                    silent(world, head, caller, key)
    assert named > 60


def test_a_token_that_is_not_good_is_401_everywhere(world: World):
    token = world.token("user", "bearer")[0]
    cookie = world.token("user", "cookie")[0]
    ended = world.token("admin", "bearer")[0]
    assert world.send("POST", "/api/auth/logout", "", headers=bearer(ended)).status_code == 204
    bad = [f"Bearer {bad}" for bad in ("", "x", token[:-2], ended, cookie, "null")]
    for key, row in TABLE.items():
        if row.needs == "open":
            continue
        for value in (*bad, f"Basic {token}", token):
            headers = {"authorization": value}
            answer = world.send(key[0], path_of(key), "", row.body, headers=headers)
            assert answer.status_code == 401, (key, value)
            assert answer.headers["www-authenticate"] == "Bearer"
            silent(world, answer, "guest", key, value)


def test_no_body_takes_what_the_server_decides(world: World):
    before = world.dump()["users"]
    seen = 0
    for key, operation in operations(create_app(house=world.house)).items():
        row = TABLE[key]
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        for name in REFUSED_FIELDS:
            body = {**(row.body or {}), name: 1}
            answer = world.send(key[0], path_of(key), "admin", body)
            assert answer.status_code == 422, (key, name, answer.text)
            assert name in [error["field"] for error in answer.json()["errors"]], (key, name)
            seen += 1
    assert seen >= 9 * len(REFUSED_FIELDS)
    assert world.dump()["users"] == before


def test_a_cookie_changes_nothing_without_the_pages_word(world: World):
    token, word = world.token("admin", "cookie")
    before = world.dump()
    for key, row in TABLE.items():
        if key[0] == "GET" or row.needs == "open":
            continue
        for wrong in ({}, {"x-csrf-token": "x"}, {"origin": "https://evil.example"}):
            headers = {"cookie": f"glossator={token}; glossator_csrf={word}", **wrong}
            answer = world.send(key[0], path_of(key), "", row.body, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (403, "csrf"), key
    assert world.dump() == before
    good = {"cookie": f"glossator={token}", "x-csrf-token": word}
    assert world.send("POST", "/api/auth/logout", "", headers=good).status_code == 204


def test_no_get_changes_anything(world: World):
    """Not even when a login was last used, for ten minutes."""
    headers = {caller: world.header(caller) for caller in CALLERS}
    for caller in CALLERS:
        for there in (world.upload, world.conversation, world.doomed, world.agreed):
            there(caller)
    before = world.dump()
    paths = [path_of(key) for key in TABLE if key[0] == "GET"]
    wanted = {path_of(key): row.status for key, row in TABLE.items()}
    assert len(paths) >= 9
    for path in (*paths, "/", "/b/robots/part-1/sensors", "/openapi.json"):
        for caller in CALLERS:
            for method in ("GET", "HEAD"):
                answer = world.send(method, path, caller, headers=headers[caller])
                assert answer.status_code in (200, 401, 403, wanted.get(path)), (path, caller)
    assert world.dump() == before
