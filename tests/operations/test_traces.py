"""Traces of questions as a collector gets them; nothing is loaded where none are wanted."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from cli_tools import environment
from model_server import says
from watched_site import SECRETS, watched_site

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """A collector on loopback: what it was sent by OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.raw = b""

    def take(self, path: str, body: bytes) -> int:
        if path != "/v1/traces":
            return 404
        sent = ExportTraceServiceRequest.FromString(body)
        self.raw += body
        for resource in sent.resource_spans:
            named = [a for a in resource.resource.attributes if a.key == "service.name"]
            self.services |= {each.value.string_value for each in named}
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return 200


@contextmanager
def collector() -> Iterator[tuple[Collector, str]]:
    found = Collector()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.send_response(found.take(self.path, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_question_is_a_trace_of_its_stages(tmp_path: Path, migrated_sqlite: Path):
    with collector() as (found, url):
        with watched_site(tmp_path, migrated_sqlite, otlp_url=url) as site:
            site.provider.answer_with(says(f'It computes depth [1 "{QUOTE}"].'))
            headers = {**site.user, "traceparent": f"00-{TRACE}-{PARENT}-01"}
            body = {"question": QUESTION}
            asked = site.client.post("/api/chat/ask", json=body, headers=headers)
            site.client.post("/api/search", json={"query": "lidar"})
            site.client.get("/api/books")
        # The site's end sends what is left.
        wholes = {span.name: span for span in found.spans if span.kind == Span.SPAN_KIND_SERVER}
    assert found.services == {"glossator"}
    assert set(wholes) == {"POST /api/chat/ask", "POST /api/search"}
    whole = wholes["POST /api/chat/ask"]
    assert (whole.trace_id.hex(), whole.parent_span_id.hex()) == (TRACE, PARENT)
    facts = {each.key: each.value for each in whole.attributes}
    assert facts["glossator.request_id"].string_value == asked.headers["x-request-id"]
    assert facts["http.response.status_code"].int_value == 200
    assert facts["glossator.mode"].string_value == "model"
    stages = {span.name: span for span in found.spans if span.parent_span_id == whole.span_id}
    assert {"caller", "encode", "words", "model_first", "proof", "settle"} <= stages.keys()
    for span in stages.values():
        assert span.trace_id == whole.trace_id
        assert whole.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= whole.end_time_unix_nano
    other = wholes["POST /api/search"]
    assert other.trace_id != whole.trace_id
    assert not other.parent_span_id
    for secret in (*SECRETS.values(), QUESTION, "disparity", site.user["authorization"][7:]):
        assert secret.encode() not in found.raw


def test_no_share_sends_nothing_and_a_collector_that_is_gone_stops_nobody(
    tmp_path: Path, migrated_sqlite: Path
):
    for name, share in (("none", 0.0), ("gone", 1.0)):
        folder = tmp_path / name
        folder.mkdir()
        with collector() as (found, url):
            where = url if share == 0 else "http://127.0.0.1:9"
            changes = {"otlp_url": where, "trace_share": share}
            with watched_site(folder, migrated_sqlite, **changes) as site:
                site.provider.answer_with(says(f'It computes depth [1 "{QUOTE}"].'))
                answer = site.client.post("/api/chat/ask", json={"question": QUESTION})
                assert answer.json()["mode"] == "model"
        assert found.spans == []


def test_nothing_of_it_is_loaded_where_no_collector_is_named(tmp_path: Path, sqlite_url: str):
    """Nor what only scrapes need. (FastAPI itself looks for OpenTelemetry's API.)"""
    code = (
        "import sys\n"
        "from glossator.app import create_app\n"
        "create_app()\n"
        "wanted = ('opentelemetry.sdk', 'opentelemetry.exporter', 'prometheus_client')\n"
        "print([name for name in sys.modules if name.startswith(wanted)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120,
        env=environment(tmp_path, GLOSSATOR_DATABASE_URL=sqlite_url, GLOSSATOR_MODEL="none"),
        cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
