"""What /metrics says: right numbers, sane names, bounded labels, and to whom."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.app import create_app
from glossator.foundation import exposition, measures
from glossator.foundation.exposition import Together
from glossator.foundation.measures import CATALOGUE, Metric, Metrics
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.files import ObjectFiles
from glossator.gateways.ports import StoreFailed
from glossator.wiring import build
from house_tools import made_settings
from metrics_tools import Numbers, numbers_of
from model_server import Reply, says
from server_tools import serving
from watched_site import Site

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
ABSENT = "Which monarch signed the treaty of Vienna in winter?"
TOKEN = "a-token-for-machines"


def ask(site: Site, question: str = QUESTION, **more: object) -> dict[str, object]:
    headers = more.pop("headers", {})
    answer = site.client.post("/api/chat/ask", json={"question": question, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()) if "json" in answer.headers["content-type"] else {}


def test_the_names_say_what_and_in_which_unit():
    names = [metric.name for metric in CATALOGUE]
    assert len(set(names)) == len(names)
    for metric in CATALOGUE:
        assert re.fullmatch(r"glossator_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        if metric.kind == "histogram":
            assert metric.name.endswith(("_seconds", "_confidence"))
        assert metric.help.endswith(".")
        # Whoever labels by what people choose fills Prometheus' memory.
        bounded = {"method", "route", "status", "work", "stage", "mode", "degraded", "model",
                   "feature", "outcome", "kind", "state", "cache", "job", "part", "type",
                   "version"}  # fmt: skip
        assert set(metric.labels) <= bounded


@pytest.mark.parametrize(
    ("name", "kind", "buckets"),
    [("x", "counter", ()), ("x_total", "histogram", ()), ("x", "gauge", (1.0,)),
     ("x", "histogram", (2.0, 1.0))],
)  # fmt: skip
def test_a_metric_that_makes_no_sense_is_refused(name: str, kind: str, buckets: tuple[float, ...]):
    with pytest.raises(ValueError, match=name):
        Metric(name, kind, "Nonsense.", buckets=buckets)  # type: ignore[arg-type]


def test_a_bound_belongs_to_its_bucket_and_buckets_are_cumulative():
    metrics = Metrics()
    metrics.add((measures.CONFIDENCE, (), value) for value in (0.1, 0.1, 0.7, 1.0, 3.0))
    found = Numbers(exposition.text(metrics.numbers(), process=False).decode())
    name = measures.CONFIDENCE.name
    for bound, count in (("0.05", 0), ("0.1", 2), ("0.6", 2), ("0.7", 3), ("1.0", 4), ("+Inf", 5)):
        assert found.of(f"{name}_bucket", le=bound) == count
    assert found.of(f"{name}_count") == 5
    assert found.of(f"{name}_sum") == pytest.approx(4.9)


def test_a_question_is_counted_by_stage_mode_and_money(site: Site):
    before = numbers_of(site.client)
    site.provider.answer_with(says(f'It computes depth from the disparity [1 "{QUOTE}"].'))
    found = ask(site, headers=site.user)
    assert found["mode"] == "model"
    ask(site, stream=True)
    site.client.post("/api/search", json={"query": "lidar"})
    after = numbers_of(site.client)

    def grew(name: str, **labels: str) -> float:
        return after.of(name, **labels) - before.of(name, **labels)

    assert grew("glossator_questions_total", mode="model", degraded="none") == 2
    assert grew("glossator_question_confidence_count") == 2
    stages = "glossator_question_stage_seconds_count"
    for stage in ("caller", "allowance", "wait", "scope", "encode", "vectors", "words", "ranking",
                  "materials", "reserve", "model_first", "model_rest", "model", "proof",
                  "settle"):  # fmt: skip
        assert grew(stages, work="question", stage=stage) == 2, stage
    assert grew(stages, work="search", stage="words") == 1
    usage = found["usage"]
    assert isinstance(usage, dict)
    mine = {"model": "openai:first", "feature": "question"}
    assert grew("glossator_model_calls_total", outcome="end", **mine) == 2
    tokens = grew("glossator_model_tokens_total", kind="output", **mine)
    assert tokens == 2 * usage["output_tokens"]
    money = grew("glossator_model_cost_dollars_total", **mine)
    assert money == pytest.approx(2 * usage["cost_usd"])
    assert grew("glossator_http_request_seconds_count", route="/api/chat/ask", status="2xx") == 2
    assert grew("glossator_cache_lookups_total", cache="passages", outcome="hit") > 0
    assert after.of("glossator_open_streams") == 0
    # The scrape itself.
    assert after.of("glossator_http_requests_in_progress") == 1


def test_the_stages_of_a_question_fill_its_time(site: Site):
    """A stage that somebody forgets to time shows up in the next one, not in no one."""
    site.provider.answer_with(says(f'It computes depth from the disparity [1 "{QUOTE}"].'))
    before = numbers_of(site.client)
    ask(site)
    after = numbers_of(site.client)
    name = "glossator_question_stage_seconds_sum"
    stages = after.labels(name, "stage") - {"model"}
    timed = sum(
        after.of(name, work="question", stage=stage) - before.of(name, work="question", stage=stage)
        for stage in stages
    )
    request = "glossator_http_request_seconds_sum"
    whole = after.of(request, route="/api/chat/ask") - before.of(request, route="/api/chat/ask")
    assert 0.7 * whole < timed <= whole


def test_refusals_faults_and_pauses_are_told_apart(site: Site):
    before = numbers_of(site.client)
    assert ask(site, ABSENT)["mode"] == "refused"
    # Without retries in between: the provider takes back a wrong key once and for all.
    site.provider.answer_with(Reply(status=401))
    assert ask(site)["degraded"] == "provider"
    after = numbers_of(site.client)
    assert after.of("glossator_questions_total", mode="refused") == 1 + before.of(
        "glossator_questions_total", mode="refused"
    )
    fault = {"model": "openai:first", "kind": "key"}
    assert after.of("glossator_model_faults_total", **fault) == 1
    assert after.of("glossator_model_paused", model="openai:first") == 1
    site.house.models.answered(site.house.models.first)
    assert numbers_of(site.client).of("glossator_model_paused", model="openai:first") == 0


def test_paths_that_anybody_may_choose_make_no_labels(site: Site):
    for n in range(40):
        site.client.get(f"/nowhere/{n}")
        site.client.get(f"/api/books/no-{n}")
        site.client.get(f"/api/chapters/no/{n}")
        site.client.request(f"M{n}", "/health")
    found = numbers_of(site.client)
    name = "glossator_http_request_seconds_count"
    routes = found.labels(name, "route")
    assert {"none", "/api/books/{book_id}", "/api/chapters/{chapter_id}"} <= routes
    assert not any(re.search(r"\d", route) for route in routes)
    assert "other" in found.labels(name, "method")
    assert found.labels(name, "method") <= {"GET", "POST", "other"}
    assert found.of("glossator_problems_total", type="not-found") >= 80


def test_kept_answers_are_counted_under_their_route(site: Site):
    # A guest's key is a cookie, and what somebody with a cookie sees is never kept.
    site.client.cookies.clear()
    for _ in range(2):
        assert site.client.get("/api/chapters/part-1/sensors").status_code == 200
    found = numbers_of(site.client)
    assert found.of("glossator_cache_lookups_total", cache="answers", outcome="hit") >= 1
    count = "glossator_http_request_seconds_count"
    assert found.of(count, route="/api/chapters/{chapter_id}", status="2xx") >= 2


def test_uploads_are_counted_by_stage_and_outcome(site: Site):
    files = [("files", ("notes.md", b"# Notes\n\nA wheel turns.\n")),
             ("files", ("broken.pdf", b"%PDF-1.7\nnothing that can be read"))]  # fmt: skip
    taken = site.client.post("/api/upload", files=files, headers=site.user).json()["documents"]
    ids = [item["document_id"] for item in taken]
    for identity in ids:
        # The last event comes when the document is finished.
        site.client.get(f"/api/docs/{identity}/events", headers=site.user)
    found = numbers_of(site.client)
    for outcome in ("ready", "failed"):
        assert found.of("glossator_documents_total", kind="document", outcome=outcome) == 1
    for stage in ("claim", "fetch", "read", "cut", "embed", "write"):
        assert found.of("glossator_ingestion_stage_seconds_count", stage=stage) >= 1, stage
    assert found.of("glossator_job_steps_total", job="documents.parse", outcome="done") == 2
    assert found.of("glossator_jobs_waiting") == 0
    assert not any(identity in str(found.samples) for identity in ids)


def test_parts_work_and_money_are_read_at_the_scrape(site: Site, monkeypatch: pytest.MonkeyPatch):
    found = numbers_of(site.client)
    assert {"database", "search", "storage", "queue"} <= found.labels("glossator_part_up", "part")
    assert found.of("glossator_part_up") >= 4
    assert found.of("glossator_budget_dollars", state="limit") == 10
    assert found.of("glossator_database_connections", state="limit") > 20
    assert found.of("glossator_info") == 1
    assert found.of("process_resident_memory_bytes") > 1_000_000

    def fails(_: ObjectFiles, prefix: str) -> list[str]:
        raise StoreFailed(prefix)

    monkeypatch.setattr(ObjectFiles, "names", fails)
    assert numbers_of(site.client).of("glossator_part_up", part="storage") == 0


def test_production_shows_its_numbers_to_the_token_alone(tmp_path: Path, sqlite_url: str):
    secret = token_urlsafe(48)
    settings = made_settings(
        tmp_path, sqlite_url, env="production", secret_key=secret, metrics_token=TOKEN
    )
    with TestClient(create_app(house=build(settings, embedder=FakeEmbedder()))) as client:
        user = bearer(sign_up(client))
        for path in ("/metrics", "/openapi.json"):
            for headers in ({}, bearer("wrong"), {"authorization": f"Basic {TOKEN}"}):
                answer = client.get(path, headers=headers)
                told = (answer.status_code, answer.headers.get("www-authenticate"))
                assert told == (401, "Bearer"), answer.text
                assert TOKEN not in answer.text
            assert client.get(path, headers=bearer(TOKEN)).status_code == 200
        # A user's token is for the description, not for the numbers; ours is for nothing else.
        assert client.get("/metrics", headers=user).status_code == 401
        assert client.get("/openapi.json", headers=user).status_code == 200
        assert client.get("/api/auth/me", headers=bearer(TOKEN)).status_code == 401


def test_production_without_a_token_shows_them_to_nobody(tmp_path: Path, sqlite_url: str):
    secret = token_urlsafe(48)
    settings = made_settings(tmp_path, sqlite_url, env="production", secret_key=secret)
    with TestClient(create_app(house=build(settings, embedder=FakeEmbedder()))) as client:
        answer = client.get("/metrics", headers=bearer(""))
        assert answer.status_code == 401
        assert "GLOSSATOR_METRICS_TOKEN" in answer.json()["detail"]


def test_several_processes_tell_their_numbers_together(tmp_path: Path):
    """What a dead one counted stays; what it held is gone."""
    ours, folder = Metrics(), tmp_path / "numbers"
    others = {"alive": Metrics(), "dead": Metrics()}
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder.mkdir()
    for each in (ours, *others.values()):
        each.add([(measures.PROBLEMS, ("not-found", "404"), 2.0), (measures.CONFIDENCE, (), 0.5)])
        each.set(measures.STREAMS, 3)
        each.set(measures.BREAKER, 1.0 if each is others["dead"] else 0.0, "m")
    for pid, each in ((sleeper.pid, others["alive"]), (ended.pid, others["dead"])):
        (folder / f"{pid}.json").write_text(exposition._packed(each.numbers()), "utf-8")
    (folder / "999999999.json").write_text('[[["half', "utf-8")
    (folder / f"{os.getpid()}.json").write_text(exposition._packed(ours.numbers()), "utf-8")
    found = Numbers(exposition.text(Together(ours, folder).numbers(), process=False).decode())
    sleeper.communicate(b"\n", timeout=10)
    assert found.of("glossator_problems_total", type="not-found") == 6
    assert found.of("glossator_question_confidence_count") == 3
    assert found.of("glossator_open_streams") == 6
    assert found.of("glossator_model_paused") == 0


def test_a_process_lays_its_numbers_down_at_its_end(tmp_path: Path):
    first, second = Metrics(), Metrics()
    siblings = Together(first, tmp_path / "numbers")
    siblings.start()
    first.add([(measures.PROBLEMS, ("not-found", "404"), 2.0)])
    siblings.close()
    path = tmp_path / "numbers" / f"{os.getpid()}.json"
    path.rename(path.with_name("999999999.json"))
    found = Together(second, tmp_path / "numbers").numbers()
    assert found.counters["glossator_problems_total", ("not-found", "404")] == 2


@pytest.mark.long
def test_two_workers_of_a_server_tell_one_sum(tmp_path: Path, figures: Callable[[str], None]):
    """Whichever of them a scrape reaches, and also after one of them was killed."""
    token = {"authorization": f"Bearer {TOKEN}"}
    with serving(
        tmp_path, GLOSSATOR_WORKERS="2", GLOSSATOR_MODEL="none", GLOSSATOR_METRICS_TOKEN=TOKEN
    ) as address:

        def get(path: str, **headers: str) -> str:
            request = urllib.request.Request(f"{address}{path}", headers=headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return str(answer.read().decode())

        def counted() -> float:
            numbers = Numbers(get("/metrics", **token))
            return numbers.of("glossator_http_request_seconds_count", route="/api/books")

        for _ in range(200):
            get("/api/books")
        time.sleep(2 * exposition._WRITE_SECONDS + 1)
        seen = {counted() for _ in range(20)}
        assert seen == {200}
        (folder,) = (tmp_path / "work").glob("numbers-*")
        pids = [int(path.stem) for path in folder.glob("*.json")]
        assert len(pids) == 2
        os.kill(pids[0], signal.SIGKILL)
        time.sleep(8)
        for _ in range(10):
            get("/api/books")
        time.sleep(2 * exposition._WRITE_SECONDS + 1)
        after = {counted() for _ in range(10)}
        assert after == {210}
        figures(f"200 requests to 2 workers, one killed, 10 more: every scrape said {after}")
