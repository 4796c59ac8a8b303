"""`glossator doctor` with a language model: asked, told and booked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_tools import CommandLine, environment
from model_server import ModelServer, Reply, model_server, says


@pytest.fixture(scope="module")
def provider() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def test_doctor_says_it(glossator: CommandLine, provider: ModelServer, tmp_path: Path):
    provider.answer_with(says("Yes."))
    env = environment(
        tmp_path,
        GLOSSATOR_MODEL="openai:first",
        GLOSSATOR_PRICES="openai:first=1/2",
        OPENAI_API_KEY="k",
        OPENAI_BASE_URL=f"{provider.url}/v1",
    )
    done = glossator("doctor", "--data", "d", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert "openai:first: works" in done.stdout
    assert "model: ok" in done.stdout
    provider.answer_with(Reply(status=401))
    done = glossator("doctor", "--data", "d", "--json", cwd=tmp_path, env=env)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["models"][0]["state"] == "fails"
    assert found["parts"]["model"]["state"] == "down"
    usage = glossator("usage", "--data", "d", "--json", cwd=tmp_path, env=env)
    assert '"doctor"' in usage.stdout
