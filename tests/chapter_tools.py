"""Chapters retold and translated over HTTP, for tests."""

from __future__ import annotations

import json
from typing import Any

from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from glossator.adaptation.tables import AdaptationRun
from glossator.usage.tables import BudgetReservation, UsageEntry
from glossator.wiring import House

SENSORS = "part-1/sensors"


def translate(app: TestClient, who: dict[str, str], **more: Any) -> Response:
    body = {"chapter_id": SENSORS, **more}
    return app.post("/api/translate/chapter", json=body, headers=who)


def personalize(app: TestClient, who: dict[str, str], **more: Any) -> Response:
    body = {"chapter_id": SENSORS, **more}
    return app.post("/api/personalize/chapter", json=body, headers=who)


def left(app: TestClient, who: dict[str, str], name: str) -> int:
    found: int = app.get("/api/usage", headers=who).json()[name]["left"]
    return found


def ledger(house: House) -> list[UsageEntry]:
    with house.database.reading() as session:
        assert session.scalars(select(BudgetReservation)).all() == []
        assert session.scalars(select(AdaptationRun)).all() == []
        return list(session.scalars(select(UsageEntry).order_by(UsageEntry.at)))


def parts_of(answer: Response) -> list[dict[str, Any]]:
    events = [line[6:] for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]
