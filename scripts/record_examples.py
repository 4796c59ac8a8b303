"""Record the examples of the API's description from a real run into src/glossator/examples.json.

    .venv/bin/python scripts/record_examples.py

Every call of the API is made once, in an order in which each finds what it needs. What comes back
is kept as it is, but for long lists and texts, which are cut, and tokens, which are left out.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from glossator.accounts import people
from glossator.app import create_app
from glossator.commands.bookshelf import add_sources
from glossator.foundation.telemetry import set_up_logs
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "src/glossator/examples.json"
SAMPLE = ROOT / "src/glossator/sample/physical-ai"
SITE = "https://book.example"
BOOK, CHAPTER = "physical-ai", "sensing/imu"
QUESTION = "What does an accelerometer measure?"
LONGEST, ITEMS, DEPTH = 160, 2, 6
SECRET = ("access_token", "token", "csrf_token", "code", "password", "current_password",
          "new_password")  # fmt: skip


class Recorder:
    """Makes calls and keeps what was sent and answered, by method and path template."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.tokens: dict[str, str] = {}
        self.kept: dict[str, dict[str, Any]] = {}

    def call(
        self,
        method: str,
        template: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = "ada",
        path: str | None = None,
        files: list[Any] | None = None,
        **headers: str,
    ) -> Any:
        """One call; its JSON, or None."""
        if who in self.tokens:
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        sent: dict[str, Any] = {"data": body, "files": files} if files else {"json": body}
        self.client.cookies.clear()
        answer = self.client.request(method, path or template, headers=headers, **sent)
        media = answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path or template}: {answer.status_code} {answer.text}")
        found = answer.json() if media == "application/json" and answer.content else None
        text = media.startswith("text/") and answer.status_code == 200
        kept: dict[str, Any] = {"media": media.partition(";")[0]} if text else {}
        if body is not None and not files:
            kept["request"] = shortened(body)
        if found is not None:
            kept["response"] = shortened(found)
        self.kept[f"{method} {template}"] = kept
        return found

    def ready(self, document_id: str) -> None:
        """Wait until a document is."""
        headers = {"authorization": f"Bearer {self.tokens['ada']}"}
        for _ in range(600):
            found = self.client.get(f"/api/docs/{document_id}", headers=headers).json()
            if found["status"] in ("ready", "failed"):
                return
            time.sleep(0.05)
        raise SystemExit("A document wasn't ready in time.")


def shortened(value: Any, depth: int = 0) -> Any:
    """The same, of a size to be read."""
    if isinstance(value, dict):
        return {
            name: "…" if name in SECRET and isinstance(item, str) else shortened(item, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list):
        numbers = value and all(isinstance(item, float) for item in value)
        return [shortened(item, depth + 1) for item in value[: 3 if numbers else ITEMS]]
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST].rsplit(' ', 1)[0]} …"
    return value


def main() -> None:
    """Record everything."""
    set_up_logs("text", "error")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            data=Path(folder),
            guest_questions_per_hour="unlimited",
            questions_per_hour=20,
        )
        house = build(settings)
        migrate(house.database)
        for _ in add_sources(house, [SAMPLE], book=BOOK):
            pass
        with TestClient(create_app(house=house), base_url="http://localhost:8000") as client:
            recorder = Recorder(client)
            sign_in(recorder, house)
            read_and_ask(recorder)
            keep_documents(recorder)
            administer(recorder)
            leave(recorder)
        house.close()
    rows = dict(sorted(recorder.kept.items()))
    KEPT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def sign_in(made: Recorder, house: House) -> None:
    """Accounts of all roles."""
    word = {"password": "a lantern on the pier"}
    for name in ("grace", "boss", "ada"):
        who = {"email": f"{name}@example.org", "name": name.title()}
        found = made.call("POST", "/api/auth/signup", {**who, **word})
        made.tokens[name] = found["access_token"]
        if name != "ada":
            with house.database.writing() as session:
                account = people.get(session, who["email"])
                account.role = "author" if name == "grace" else "admin"
    made.call("POST", "/api/auth/login", {"email": "ada@example.org", **word}, who="")
    made.call("GET", "/api/auth/me")
    made.call("PATCH", "/api/auth/me", {"programming_level": "advanced", "hardware": "gpu"})
    change = {"current_password": word["password"], "new_password": "a lighthouse on the pier"}
    made.call("POST", "/api/auth/password", change)


def read_and_ask(made: Recorder) -> None:
    """What readers do."""
    made.call("GET", "/health", who="")
    made.call("GET", "/health/ready", who="")
    made.call("GET", "/api/books", who="")
    made.call("GET", "/api/books/{book_id}", path=f"/api/books/{BOOK}")
    chapters = made.client.get(f"/api/books/{BOOK}").json()["chapters"]
    chapter = next(row["chapter_id"] for row in chapters if row["words"] > 200)
    made.call("GET", "/api/chapters/{chapter_id}", path=f"/api/chapters/{chapter}?book_id={BOOK}")
    made.call("POST", "/api/search", {"query": QUESTION, "book_id": BOOK, "k": 2})
    answer = made.call("POST", "/api/chat/ask", {"question": QUESTION, "book_id": BOOK})
    made.call("POST", "/api/ask", {"question": QUESTION})
    made.call(
        "POST",
        "/api/chat/selected-text",
        {"question": QUESTION, "selected_text": answer["sources"][0]["quote"], "book_id": BOOK},
    )
    session, message = answer["session_id"], answer["message_id"]
    made.call("GET", "/api/chat/sessions")
    one = f"/api/chat/sessions/{session}"
    made.call("GET", "/api/chat/sessions/{session_id}", path=one)
    made.call("PATCH", "/api/chat/sessions/{session_id}", {"title": "Sensors"}, path=one)
    made.call("GET", "/api/chat/sessions/{session_id}/messages", path=f"{one}/messages")
    made.call("GET", "/api/chat/sessions/{session_id}/export", path=f"{one}/export")
    said = f"/api/chat/messages/{message}"
    made.call("GET", "/api/chat/messages/{message_id}", path=said)
    liked = {"rating": "up", "comment": "Just what I needed."}
    rated = "/api/chat/messages/{message_id}/feedback"
    made.call("POST", rated, liked, path=f"{said}/feedback")
    made.call("GET", "/api/chat/asked")
    made.call("GET", "/api/chat/guest-sessions")
    made.call("POST", "/api/chat/guest-sessions")
    place = {"chapter_id": chapter, "book_id": BOOK}
    made.call("POST", "/api/user/progress/open", place)
    made.call("POST", "/api/user/progress/mark", {**place, "completed": True})
    made.call("GET", "/api/user/progress")
    block = made.client.get(f"/api/chapters/{chapter}").json()["blocks"][1]["block_id"]
    made.call("PUT", "/api/user/progress/place", {**place, "block_id": block, "offset": 0.5})
    made.call("GET", "/api/user/progress/place", path=f"/api/user/progress/place?book_id={BOOK}")
    made.call("GET", "/api/usage")
    made.call("GET", "/api/usage/calls")
    made.call("GET", "/v1/models")
    made.call("GET", "/v1/models/{model}", path=f"/v1/models/glossator/{BOOK}")
    made.call("POST", "/v1/chat/completions", {"model": f"glossator/{BOOK}", "messages": [
        {"role": "user", "content": QUESTION}]})  # fmt: skip
    made.call("POST", "/v1/embeddings", {"model": "glossator-encoder", "input": ["a lidar"]})
    # Made by a model: what they answer is in docs/guide/adaptation.md.
    for kind, wanted in (("translate", {"language": "ur"}),
                         ("personalize", {"level": "beginner", "hardware": "none"})):  # fmt: skip
        made.kept[f"POST /api/{kind}/chapter"] = {"request": {**place, **wanted}}


def keep_documents(made: Recorder) -> None:
    """What people do with files of their own."""
    found = made.call("POST", "/api/upload", files=[("files", ("page.pdf", pdf(), None))])
    document = found["documents"][0]["document_id"]
    made.ready(document)
    made.call("GET", "/api/docs")
    one, template = f"/api/docs/{document}", "/api/docs/{document_id}"
    made.call("GET", template, path=one)
    for name in ("raw", "text", "events", "reading", "pages", "quoted"):
        made.call("GET", f"{template}/{name}", path=f"{one}/{name}")
    made.call("GET", f"{template}/rectangles", path=f"{one}/rectangles?start=0&end=7")
    made.call("GET", f"{template}/pages/{{page}}/words", path=f"{one}/pages/1/words")
    made.call("GET", f"{template}/pages/{{page}}/picture",
              path=f"{one}/pages/1/picture?width=320")  # fmt: skip
    queued = made.call("POST", f"{template}/reprocess", path=f"{one}/reprocess")
    for name, body in (("stop", None), ("ocr", None), ("password", {"password": "open sesame"})):
        # What they need isn't there now; the answer is that of `reprocess`.
        kept = {"response": shortened(queued)} | ({"request": shortened(body)} if body else {})
        made.kept[f"POST {template}/{name}"] = kept
    made.ready(document)
    made.call("DELETE", template, path=one)


def administer(made: Recorder) -> None:
    """What authors and administrators do."""
    emu = [("files", ("emu.md", b"# Emu\n\nAn emu runs at 50 kilometres an hour.", None))]
    made.call("POST", "/api/books", {"book_id": "emus", "title": "Emus"}, who="grace", files=emu)
    one, template = "/api/books/emus", "/api/books/{book_id}"
    for _ in range(600):
        job = made.call("GET", f"{template}/job", who="grace", path=f"{one}/job")
        if job["status"] in ("ready", "failed"):
            break
        time.sleep(0.05)
    made.call("PUT", template, {"title": "Emus"}, who="grace", path=one, files=emu)
    made.call("PATCH", template, {"title": "Emus, running"}, who="grace", path=one)
    made.call("GET", "/api/admin/books", who="grace")
    made.call("GET", "/api/admin/missing", who="grace", path=f"/api/admin/missing?book_id={BOOK}")
    made.call("GET", "/api/admin/usage", who="boss")
    users = made.call("GET", "/api/admin/users", who="boss")["items"]
    ada = next(row["id"] for row in users if row["email"].startswith("ada"))
    made.call("PATCH", "/api/admin/users/{user_id}", {"questions": 40},
              who="boss", path=f"/api/admin/users/{ada}")  # fmt: skip
    made.call("POST", "/api/admin/invitations", {"uses": 30, "note": "Class 9"}, who="boss")
    made.call("GET", "/api/admin/limits", who="boss")
    made.call("PATCH", "/api/admin/roles/{role}", {"questions": "default"},
              who="boss", path="/api/admin/roles/author")  # fmt: skip
    made.call("PUT", "/api/admin/models", {"stopped": False}, who="boss")
    made.call("GET", "/api/admin/jobs", who="boss")
    made.call("GET", "/api/admin/answers", who="boss")
    site = {"book_id": BOOK, "origin": SITE}
    made.call("PATCH", template, {"url": SITE}, who="grace", path=f"/api/books/{BOOK}")
    made.call("POST", "/api/widget/token", {"book_id": BOOK}, who="", origin=SITE)
    agreed = made.call("POST", "/api/widget/agreements", site)
    made.call("GET", "/api/widget/agreements")
    shown = made.client.get(
        "/api/widget/agreements", headers={"authorization": f"Bearer {made.tokens['ada']}"}
    ).json()["items"]
    identity = shown[0]["agreement_id"] if shown else agreed["agreement_id"]
    made.call("DELETE", "/api/widget/agreements/{agreement_id}",
              path=f"/api/widget/agreements/{identity}")  # fmt: skip
    made.call("DELETE", template, who="grace", path=one)


def leave(made: Recorder) -> None:
    """What ends things."""
    session = made.client.get(
        "/api/chat/sessions", headers={"authorization": f"Bearer {made.tokens['ada']}"}
    ).json()["items"][0]["session_id"]
    made.call("DELETE", "/api/chat/sessions/{session_id}", path=f"/api/chat/sessions/{session}")
    made.call("GET", "/api/auth/me/export")
    made.call("DELETE", "/api/auth/me", {"password": "a lighthouse on the pier"})
    made.call("POST", "/api/auth/logout", who="grace")
    made.call("POST", "/api/auth/logout-everywhere", who="boss")


def pdf() -> bytes:
    """A page with three words."""
    text = b"BT /F1 24 Tf 72 720 Td (A lidar measures distances with light.) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(made))
    )


if __name__ == "__main__":
    main()
