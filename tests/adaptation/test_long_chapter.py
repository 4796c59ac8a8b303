"""A very long chapter (60,000 words in the long test): its price, its parts within limits."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.adaptation.sizes import TRANSLATION_TOKENS, tokens
from glossator.wiring import House
from model_server import ModelServer
from small_books import book
from translators import request_of

_SENTENCE = (
    "The {n}th joint of the arm bends by so much as its motor, its gear and its load allow. "
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def long_chapter(most: int) -> str:
    """Sections of six paragraphs, every tenth with a listing; `most` words in all."""
    sections, words = [], 0
    while words < most:
        n = len(sections)
        body = [f"## Joint {n}", *(_SENTENCE.format(n=n * 10 + k) * 6 for k in range(6))]
        body += [f"```python\njoint[{n}].bend(0.5)\n```"] if n % 10 == 0 else []
        sections.append("\n\n".join(body))
        words += len(sections[-1].split())
    return "\n\n".join(sections)


@pytest.mark.parametrize("words", [12_000, pytest.param(60_000, marks=pytest.mark.long)])
def test_its_price_is_told_before_and_holds(
    words: int,
    app: TestClient,
    made: House,
    provider: ModelServer,
    figures: Callable[[str], None],
):
    text = long_chapter(words)
    assert len(text.split()) >= words
    made.pipeline.add_book(book({"long": text}), "long")
    ada = bearer(sign_up(app))
    body = {"chapter_id": "long"}
    told = app.post("/api/translate/chapter", json={**body, "dry_run": True}, headers=ada).json()
    assert provider.bill.requests == 0
    assert told["calls"] == told["parts"] > words // 1_200
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = app.post("/api/translate/chapter", json=body, headers=ada).json()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert (found["completeness"], found["originals"]) == (1.0, [])
    assert provider.bill.requests == told["calls"]
    assert found["usage"]["cost_usd"] <= told["usd_at_most"]
    for asked in provider.bill.bodies:
        system = asked["messages"][0]["content"]
        most = asked.get("max_completion_tokens") or asked["max_tokens"]
        assert tokens(system) + tokens(request_of(asked)) + most <= TRANSLATION_TOKENS
    figures(
        f"{len(text.split()):,} words: {told['calls']} calls, {told['usd']:.3f} USD told; "
        f"{wall:.0f} s, {cpu:.0f} s of CPU, provider included, {grown:.0f} MB more"
    )
