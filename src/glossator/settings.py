"""Every setting, typed, with its unit and default; read by wiring and the command line alone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment (`GLOSSATOR_…`) and from a file `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="GLOSSATOR_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    data: Path = Field(
        default_factory=lambda: user_data_path("glossator"),
        description="Folder that holds everything of an embedded installation.",
    )
    env: Literal["development", "production"] = Field(
        "development", description="production doesn't describe the API at /openapi.json."
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the database; without one, glossator.db in the data folder.",
    )
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "NORMAL", description="FULL also survives a power cut, at an fsync per commit."
    )
    model: str = Field(
        "none", description="Language model that answers; none: the book's own sentences answer."
    )
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `serve` listens on.")
    workers: int = Field(1, ge=1, le=64, description="Processes that `serve` starts.")
    allowed_origins: str = Field(
        "", description="Web origins that may call the API from a browser, separated by commas."
    )
    max_request_kb: int = Field(
        1024, ge=1, description="Largest request body in kB (uploads have a limit of their own)."
    )
    request_body_seconds: float = Field(
        30.0, gt=0, description="Seconds that a request's body may take to arrive."
    )
    encoder_threads: int = Field(
        2, ge=1, le=64, description="Threads that compute vectors while a book is added."
    )
    vector_cache_mb: int = Field(
        400, ge=1, description="Memory for vectors kept between questions, in MB."
    )
    max_file_mb: int = Field(20, ge=1, description="Largest file of a book's folder, in MB.")
    max_files: int = Field(20_000, ge=1, description="Most files looked at in a book's folder.")
    log_format: Literal["text", "json"] = Field("text", description="Form of the logs.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )

    @field_validator("model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        if value != "none":
            raise ValueError("this version answers without a model only; set GLOSSATOR_MODEL=none")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"(sqlite|postgresql)(\+\w+)?://", value):
            raise ValueError("a database is named by sqlite:///PATH or postgresql://USER@HOST/NAME")
        return value

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data / 'glossator.db'}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The allowed origins, one by one."""
        return tuple(part.strip() for part in self.allowed_origins.split(",") if part.strip())


def export(settings: Settings) -> None:
    """Put the settings into the environment, for the processes that a server starts."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is not None:
            os.environ[f"GLOSSATOR_{name.upper()}"] = str(value)
