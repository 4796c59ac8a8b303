"""Settings come from the environment and .env, typed and checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from glossator.settings import Settings, export


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default_and_a_meaning():
    settings = Settings()
    assert settings.database == f"sqlite:///{settings.data / 'glossator.db'}"
    assert settings.model is None
    assert settings.origins == ()
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("GLOSSATOR_PORT=1234\nGLOSSATOR_WORKERS=3\nOTHER=x\n", "utf-8")
    monkeypatch.setenv("GLOSSATOR_PORT", "4321")
    settings = Settings()
    assert (settings.port, settings.workers) == (4321, 3)


@pytest.mark.parametrize("name", ["DATA", "DATABASE_URL", "PORT", "ALLOWED_ORIGINS"])
def test_an_empty_variable_means_the_default(name: str, monkeypatch: pytest.MonkeyPatch):
    default = Settings()
    monkeypatch.setenv(f"GLOSSATOR_{name}", "")
    assert Settings() == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("ENV", "staging"),
        ("SQLITE_SYNCHRONOUS", "OFF"),
        ("REQUEST_BODY_SECONDS", "0"),
        ("MODEL_CALLS", "0"),
        ("LOG_FORMAT", "xml"),
        ("SIGNUP", "maybe"),
        ("TOKEN_DAYS", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
        ("QUESTIONS_PER_HOUR", "-1"),
        ("QUESTIONS_PER_HOUR", "many"),
        ("SEARCHES_PER_MINUTE", "1.5"),
        ("BUDGET_USD_PER_DAY", "-0.01"),
        ("BUDGET_USD_PER_DAY", "nan"),
        ("PRICES", "gpt=cheap"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://somewhere/db"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"GLOSSATOR_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_origins_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GLOSSATOR_ALLOWED_ORIGINS", "https://a.example, https://b.example,")
    assert Settings().origins == ("https://a.example", "https://b.example")


def test_amounts_are_numbers_or_unlimited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GLOSSATOR_QUESTIONS_PER_HOUR", "unlimited")
    monkeypatch.setenv("GLOSSATOR_GUEST_QUESTIONS_PER_HOUR", "0")
    monkeypatch.setenv("GLOSSATOR_BUDGET_USD_PER_DAY", "2.5")
    settings = Settings()
    assert settings.questions_per_hour == "unlimited"
    assert settings.guest_questions_per_hour == 0
    assert (settings.translations_per_day, settings.searches_per_minute) == (5, 60)
    assert (settings.budget_usd_per_day, settings.user_budget_usd_per_day) == (2.5, "unlimited")


def test_exported_settings_are_read_back_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in Settings.model_fields:
        monkeypatch.setenv(f"GLOSSATOR_{name.upper()}", "")
    settings = Settings(
        data=tmp_path / "a b",
        port=99,
        request_body_seconds=2.5,
        env="production",
        secret_key=SecretStr("it is not a secret here"),
    )
    export(settings)
    assert Settings() == settings


def test_importing_the_program_loads_nothing_heavy_and_reads_nothing():
    code = (
        "import sys, glossator.cli\n"
        "heavy = {'onnxruntime', 'tokenizers', 'numpy', 'sqlalchemy', 'fastapi', 'alembic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {**os.environ, "GLOSSATOR_PORT": "nonsense"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"
