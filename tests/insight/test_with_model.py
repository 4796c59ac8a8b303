"""A check with a scripted model and a judge: measured as readers are answered, and not kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from glossator.cli import command_line
from glossator.gateways.ports import Embedder
from glossator.schema import migrate
from glossator.tutor.tables import ChatMessage
from glossator.usage.tables import UsageEntry
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, Reply, model_server, says
from small_books import book

QUOTE = "A stereo camera computes depth from the disparity between two pictures."
QUESTIONS = [
    {"id": "q1", "question": "What does a stereo camera compute from the disparity?",
     "answerable": True, "chapter": "part-1/sensors", "heading": "Cameras", "evidence": QUOTE,
     "answer": "Depth."},
    {"id": "q2", "question": "Which monarch signed the treaty of Vienna in winter?",
     "answerable": False},
]  # fmt: skip


def script(body: dict[str, Any]) -> Reply:
    """Answers, judges and drafts, by the instruction it gets."""
    system = body["messages"][0]["content"]
    if "You compare the answer" in system:
        return says("right: it says depth")
    if "You get one\nsection" in system:
        return says(json.dumps({"question": "What gives depth?", "evidence": QUOTE}))
    if "You get the headings" in system:
        return says('{"question": "How do I weld?"}')
    return says(f'It computes depth [1 "{QUOTE}"].')


@pytest.fixture
def provider() -> Iterator[ModelServer]:
    with model_server() as server:
        server.script = script
        yield server


@pytest.fixture
def house(
    tmp_path: Path, embedder: Embedder, provider: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A house with a book; the command line opens it with the same embedder and provider."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{provider.url}/v1")
    monkeypatch.setenv("GLOSSATOR_PRICES", "openai:first=1/2,openai:judge=1/2")
    monkeypatch.setattr("glossator.wiring.open_embedder", lambda *_, **__: embedder)
    monkeypatch.setattr("glossator.shelf.open_embedder", lambda *_, **__: embedder)
    built = build(made_settings(tmp_path / "data"), embedder=embedder)
    migrate(built.database)
    built.pipeline.add_book(book(), "robots")
    yield built
    built.close()


def test_a_models_answers_are_judged_paid_for_and_not_kept(house: House, tmp_path: Path):
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS), "utf-8")
    done = CliRunner().invoke(
        command_line(),
        ["check", str(path), "--data", str(house.settings.data), "--format", "json",
         "--model", "openai:first", "--judge", "openai:judge"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    first, second = report["questions"]
    assert (first["mode"], first["said"]) == ("model", "evidence quoted, found in place 1")
    assert (first["verdict"], first["why"]) == ("right", "it says depth")
    assert second["mode"] == "refused"
    assert report["figures"]["answers"]["judged"] == {"right": 1}
    assert report["figures"]["answers"]["contains"] == 1.0
    assert report["judge_prompt"].startswith("You compare the answer")
    with house.database.reading() as session:
        assert session.scalars(select(ChatMessage.id)).all() == []
        booked = session.scalars(select(UsageEntry)).all()
    assert sorted(entry.feature for entry in booked) == ["check", "question"]
    spent = sum(entry.price_nano for entry in booked) / 1e9
    assert report["figures"]["cost"]["usd"] == pytest.approx(spent, abs=1e-6)


def test_a_model_drafts_a_set_whose_evidence_stands_in_the_book(house: House, tmp_path: Path):
    out = tmp_path / "draft.jsonl"
    command = ["check", "--make", "robots", "--data", str(house.settings.data), "--count", "12",
               "--model", "openai:first", "-o", str(out)]  # fmt: skip
    done = CliRunner().invoke(command_line(), command)
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["question"] for row in rows] == ["What gives depth?", "How do I weld?"]
    assert rows[0]["heading"] == "Cameras"
    again = CliRunner().invoke(command_line(), command)
    assert again.exit_code == 1
    assert "is there already" in again.output
