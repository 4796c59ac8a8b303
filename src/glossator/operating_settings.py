"""Settings of operations: what watches an installation. `Settings` inherits them."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


class OperatingSettings(BaseSettings):
    """Metrics, traces, and the port by which a worker is watched."""

    metrics_token: SecretStr | None = Field(
        None,
        description="Token for /metrics, sent as `Authorization: Bearer …`, and for /openapi.json "
        "in production; without one, production shows /metrics to nobody.",
    )
    work_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which `glossator work` answers /health and /metrics; 0 for none.",
    )
    otlp_url: str | None = Field(
        None,
        description="Address of a collector that takes traces of questions by OTLP over HTTP, "
        "such as http://collector:4318; needs glossator[otel].",
    )
    trace_share: float = Field(
        1.0, ge=0, le=1, description="Share of the questions that are traced, 0 to 1."
    )
    database_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds after which a Postgres that says nothing to one statement is given "
        "up; longer work such as building an index isn't watched.",
    )

    @field_validator("otlp_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("a collector is named by http://HOST:4318")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _is_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\x21-\x7e]{16,}", value.get_secret_value()):
            raise ValueError("a token has 16 characters or more, without spaces")
        return value
