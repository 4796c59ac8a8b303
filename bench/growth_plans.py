"""What a database reads whole for the server's own routes and jobs, at the library's size.

Every statement of the walk is explained with the values that it had. Told are those that scan a
large table or take more than 20 ms of the database's own time.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.wiring import House
from glossator.worker import jobs

_LARGE = ("document", "document_chunks", "document_embeddings", "document_blocks", "documents")
_ROWS, _SLOW_MS = 5_000, 20.0
_BOOK, _PASSWORD = "b0", "a long enough phrase"


@dataclass
class Seen:
    """Statements by what asked for them, each once, with the values it had."""

    doing: str = ""
    statements: dict[str, tuple[str, Any, float]] = field(default_factory=dict)

    def note(self, statement: str, values: Any, took: float) -> None:
        """Keep the slowest of each statement."""
        short = re.sub(r"\([?,% s\w()]*\)", "(…)", statement)
        known = self.statements.get(short)
        if known is None or known[2] < took:
            self.statements[short] = (statement, values, took)


def told(house: House, kind: str) -> Iterator[str]:
    """A line for each statement that scans or takes long, and its plan."""
    seen = Seen()
    by: dict[str, str] = {}
    with _watched(house, seen):
        for name, answered in _walk(house):
            new = seen.statements.keys() - by.keys()
            by |= dict.fromkeys(new, name)
            yield f"{kind} {name}: {answered}"
    for short, (statement, values, took) in seen.statements.items():
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
            continue
        plan, scans = _explained(house, statement, values)
        if scans or took > _SLOW_MS / 1_000:
            shown = " ".join(statement.split())[:600]
            yield f"--- {kind}, {by[short]}, {1_000 * took:.1f} ms: {shown}"
            yield plan


@contextmanager
def _watched(house: House, seen: Seen) -> Iterator[None]:
    began: dict[int, float] = {}

    def before(_connection: Any, cursor: Any, *_: Any) -> None:
        began[id(cursor)] = time.perf_counter()

    def after(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        took = time.perf_counter() - began.pop(id(cursor), time.perf_counter())
        seen.note(statement, values, took)

    engine = house.database.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _walk(house: House) -> Iterator[tuple[str, str]]:
    """All routes without parts to fill in, those of a chapter, a search, an answer; all jobs."""
    with TestClient(create_app(house=house), base_url="http://localhost") as client:
        email = f"{secrets.token_hex(4)}@example.org"
        new = {"email": email, "password": _PASSWORD, "name": "P"}
        token = client.post("/api/auth/signup", json=new).json()["access_token"]
        with house.database.writing() as session:
            session.execute(
                text("UPDATE users SET role = 'admin' WHERE email = :email"), {"email": email}
            )
        headers = {"authorization": f"Bearer {token}"}
        spec = client.get("/openapi.json").json()
        paths = [path for path, item in spec["paths"].items() if "get" in item and "{" not in path]
        chapter = client.get(f"/api/books/{_BOOK}", headers=headers).json()
        first = _first_chapter(chapter)
        paths += [f"/api/books/{_BOOK}", f"/api/chapters/{first}?book_id={_BOOK}"]
        paths += [
            item.replace("{book_id}", _BOOK).replace("{chapter_id}", first)
            for item, verbs in spec["paths"].items()
            if "get" in verbs and re.findall(r"{(\w+)}", item) in (["book_id"], ["chapter_id"])
        ]
        for path in paths:
            answer = client.get(path, headers=headers)
            yield (
                f"GET {path}",
                f"{answer.status_code}, {1_000 * answer.elapsed.total_seconds():.0f} ms",
            )
        question = "How does a robot sense what is around it?"
        for path, body in (
            ("/api/search", {"query": question, "book_id": _BOOK}),
            ("/api/search", {"query": question}),
            ("/api/ask", {"question": question, "book_id": _BOOK}),
            ("/api/ask", {"question": question}),
            ("/api/search", {"query": question, "chapter_id": first, "book_id": _BOOK}),
        ):
            answer = client.post(path, json=body, headers=headers)
            took = 1_000 * answer.elapsed.total_seconds()
            yield f"POST {path} {sorted(body)}", f"{answer.status_code}, {took:.0f} ms"
        for name, step in jobs(house).items():
            step()
            yield f"job {name}", "done"
        house.keep()
        yield "keep", "done"


def _first_chapter(book: dict[str, Any]) -> str:
    found = re.search(r'"(?:chapter_id|id)": "([^"]+-\d+)"', json.dumps(book))
    return found[1] if found else ""


def _explained(house: House, statement: str, values: Any) -> tuple[str, bool]:
    with house.database.engine.connect() as connection:
        if house.database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            lines = [str(row[3]) for row in rows]
            whole = [line for line in lines if re.match(rf"SCAN ({'|'.join(_LARGE)})\b", line)]
            return "\n".join(lines), bool(whole)
        found = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
        ).scalar_one()
        plan = (found if isinstance(found, list) else json.loads(found))[0]
    lines, whole = [], []
    for depth, node in _nodes(plan["Plan"], 0):
        rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        rows += node.get("Rows Removed by Index Recheck", 0)
        lines.append(
            f"{'  ' * depth}{node['Node Type']} {node.get('Relation Name', '')} "
            f"{node.get('Index Name', '')} read {rows} x {node.get('Actual Loops')} "
            f"in {node.get('Actual Total Time')} ms"
        )
        if rows > _ROWS and "Relation Name" in node:
            whole.append(node)
    lines.append(f"execution {plan['Execution Time']} ms, planning {plan['Planning Time']} ms")
    return "\n".join(lines), bool(whole) or plan["Execution Time"] > _SLOW_MS


def _nodes(plan: dict[str, Any], depth: int) -> Iterator[tuple[int, dict[str, Any]]]:
    yield depth, plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part, depth + 1)
