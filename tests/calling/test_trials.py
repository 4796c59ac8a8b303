"""What a trial call and `/health/ready` say of language models, and what that costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.calling.trials import Trial, try_out
from glossator.gateways.ports import Embedder
from glossator.usage.tables import BudgetReservation, UsageEntry
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, Reply, model_server, says

PRICES = "openai:first=1/2,openai:second=1/2,openai:dear=10000000/10000000"


@pytest.fixture(scope="module")
def provider() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def house(
    request: pytest.FixtureRequest,
    database_url: str,
    tmp_path: Path,
    embedder: Embedder,
    provider: ModelServer,
) -> Iterator[House]:
    """A house with the models that a test names by `indirect`."""
    made = build(
        made_settings(
            tmp_path,
            database_url,
            model=request.param,
            openai_api_key="k",
            openai_base_url=f"{provider.url}/v1",
            prices=PRICES,
        ),
        embedder=embedder,
    )
    yield made
    made.close()


def tried(house: House) -> list[Trial]:
    return asyncio.run(try_out(house.models, house.payments))


def ledger(house: House) -> list[UsageEntry]:
    with house.database.reading() as session:
        assert session.scalars(select(BudgetReservation)).all() == []
        return list(session.scalars(select(UsageEntry).order_by(UsageEntry.model)))


@pytest.mark.parametrize("house", ["openai:first, openai:second"], indirect=True)
def test_each_model_is_asked_once_and_booked(house: House, provider: ModelServer):
    provider.answer_with(says(""))
    provider.script = lambda body: (
        Reply(status=401) if body["model"] == "second" else says("Yes.", stop="length")
    )
    first, second = tried(house)
    assert (first.state, first.price_known) == ("works", True)
    assert (second.state, second.cost_usd) == ("fails", 0)
    assert "doesn't accept the key" in second.sentence
    entries = ledger(house)
    assert [(e.model, e.feature, e.outcome) for e in entries] == [
        ("openai:first", "doctor", "length"),
        ("openai:second", "doctor", "key"),
    ]
    assert entries[0].input_tokens == provider.bill.input
    assert first.cost_usd == entries[0].price_nano / 1e9 > 0
    assert provider.bill.requests == 2
    assert all(body["max_tokens"] <= 16 for body in provider.bill.bodies)
    assert house.models.outcomes() == {"openai:first": "ok", "openai:second": "key"}


@pytest.mark.parametrize("house", ["openai:nobody-knows-it, openai:dear"], indirect=True)
def test_what_cannot_be_paid_is_not_asked(house: House, provider: ModelServer):
    provider.answer_with(says("Yes."))
    unknown, dear = tried(house)
    assert (unknown.state, unknown.price_known) == ("not asked", False)
    assert "GLOSSATOR_PRICES" in unknown.sentence
    assert (dear.state, dear.price_known) == ("not asked", True)
    assert "spent for today" in dear.sentence
    assert (provider.bill.requests, ledger(house)) == (0, [])


@pytest.mark.parametrize("house", ["none"], indirect=True)
def test_no_model_no_trial(house: House):
    assert tried(house) == []
    with TestClient(create_app(house=house)) as client:
        assert client.get("/health/ready").json()["parts"]["model"]["state"] == "off"


@pytest.mark.parametrize("house", ["openai:first"], indirect=True)
def test_health_tells_the_last_outcome_and_asks_nobody(house: House, provider: ModelServer):
    provider.answer_with(Reply(status=404))
    with TestClient(create_app(house=house)) as client:
        part = client.get("/health/ready").json()["parts"]["model"]
        assert (part["state"], part["models"]) == ("ok", {"openai:first": "not asked yet"})
        assert provider.bill.requests == 0
        tried(house)
        asked = provider.bill.requests
        answer = client.get("/health/ready")
        part = answer.json()["parts"]["model"]
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert (part["state"], part["models"]) == ("down", {"openai:first": "request"})
        assert provider.bill.requests == asked
