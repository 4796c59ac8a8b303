"""Every setting, typed, with its unit and default; read by wiring and the command line alone."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from glossator.operating_settings import OperatingSettings

# A number of units, or `unlimited`.
Units = Annotated[int, Field(ge=0)] | Literal["unlimited"]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)] | Literal["unlimited"]


class Settings(OperatingSettings):
    """Read from the environment (`GLOSSATOR_…`) and from a file `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="GLOSSATOR_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        # The providers' own variables have aliases; by name they are set in code.
        validate_by_name=True,
    )

    data: Path = Field(
        default_factory=lambda: user_data_path("glossator"),
        description="Folder that holds everything of an embedded installation.",
    )
    env: Literal["development", "production"] = Field(
        "development", description="production shows /openapi.json to signed-in users alone."
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the database; without one, glossator.db in the data folder.",
    )
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "NORMAL", description="FULL also survives a power cut, at an fsync per commit."
    )
    model: str | None = Field(
        None,
        description="Language models that answer, tried in this order, separated by commas: "
        "claude-…, openai:…, openrouter:…, gemini:…, ollama:…, langchain:PROVIDER:…, or none. "
        "Without it, the small model of the first provider with a key below.",
    )
    rewrite_model: str | None = Field(
        None,
        description="Model that makes an English search query of a question in another language, "
        "or none; without it, the answering model.",
    )
    model_calls: int = Field(512, ge=1, description="Calls that run at once with each model.")
    prompt_file: Path | None = Field(
        None, description="File with an operator's own rules for the answering model."
    )
    adaptation_prompt_file: Path | None = Field(
        None,
        description="File whose sections replace those that chapters are retold and translated by.",
    )
    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="Key for claude-… models."
    )
    anthropic_base_url: str | None = Field(
        None, validation_alias="ANTHROPIC_BASE_URL", description="Another address for them."
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key for openai:… models."
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="Address of a server of one's own that speaks OpenAI's protocol.",
    )
    openrouter_api_key: SecretStr | None = Field(
        None, validation_alias="OPENROUTER_API_KEY", description="Key for openrouter:… models."
    )
    gemini_api_key: SecretStr | None = Field(
        None, validation_alias="GEMINI_API_KEY", description="Key for gemini:… models."
    )
    ollama_url: str | None = Field(
        None, description="Address of Ollama, ending in /v1; else this machine's."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Secret that logins are signed with, 32 characters or more; without one, "
        "secret.key in the data folder. production needs it.",
    )
    token_days: int = Field(7, ge=1, le=365, description="Days that a login lasts.")
    signup: Literal["open", "closed", "invite"] = Field(
        "open", description="Who may make an account: everybody, nobody, or who was invited."
    )
    issuers: str = Field(
        "",
        description="External issuers whose tokens are taken: a JSON list of objects with issuer, "
        "audience, algorithms, and jwks_url, new_users, plain_http where needed.",
    )
    login_tries_per_hour: int = Field(
        20, ge=1, description="Sign-ins that may fail for one e-mail address in a clock hour."
    )
    address_login_tries_per_hour: int = Field(
        300, ge=1, description="Sign-ins that may fail from one address in a clock hour."
    )
    signups_per_hour: int = Field(
        60, ge=1, description="Accounts made from one address in a clock hour."
    )
    password_threads: int = Field(
        1, ge=1, le=16, description="Passwords hashed at once, each in 46 MiB."
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies whose Forwarded and X-Forwarded-For "
        "headers are believed, separated by commas.",
    )
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that `serve` listens on.")
    workers: int = Field(1, ge=1, le=64, description="Processes that `serve` starts.")
    allowed_hosts: str = Field(
        "",
        description="Names the server may be called by (example.org, *.example.org or *), with "
        "commas between; without any, this machine's own where it listens on it alone, else all.",
    )
    allowed_origins: str = Field(
        "",
        description="Web origins that may call the API from a browser and carry a widget, "
        "separated by commas; a book's own address may carry its widget without standing here.",
    )
    widget_tokens_per_hour: int = Field(
        600, ge=1, description="Widgets' tokens for one network address in a clock hour."
    )
    widget_site_tokens_per_hour: int = Field(
        20_000, ge=1, description="Widgets' tokens for one web site in a clock hour."
    )
    max_request_kb: int = Field(
        1024, ge=1, description="Largest request body in kB (uploads have a limit of their own)."
    )
    request_body_seconds: float = Field(
        30.0, gt=0, description="Seconds that a request's body may take to arrive."
    )
    chunker: Literal["sections", "recursive"] = Field(
        "sections",
        description="How texts are cut for search: sections, our own; recursive, LangChain's "
        "RecursiveCharacterTextSplitter, which needs glossator[langchain].",
    )
    chunk_size: int = Field(
        1_000, ge=100, le=20_000, description="Characters of a chunk that recursive cuts."
    )
    chunk_overlap: int = Field(
        200, ge=0, le=10_000, description="Characters that it repeats of the chunk before."
    )
    embedder: str = Field(
        "bundled",
        description="Who makes vectors of texts: bundled, the encoder that comes with the package. "
        "After a change run `glossator reindex`; until then the library's own one goes on.",
    )
    vectors_url: SecretStr = Field(
        SecretStr("sql:"),
        description="Where vectors are searched: sql:, qdrant+http(s)://[KEY@]HOST[:PORT][/NAME], "
        "chroma: (in the data folder), chroma+http(s)://[TOKEN@]HOST[:PORT][/NAME], or pgvector: "
        "(in the Postgres of the database). All but sql: are copies of what SQL has.",
    )
    vectors_key: SecretStr | None = Field(
        None, description="Key of the server that holds the vectors; else the one in its URL."
    )
    encoder_threads: int = Field(
        2, ge=1, le=64, description="Threads that compute vectors while a book is added."
    )
    vector_cache_mb: int = Field(
        400, ge=1, description="Memory for vectors kept between questions, in MB."
    )
    chunk_cache_mb: int = Field(
        48, ge=1, description="Memory for passages kept between questions, in MB."
    )
    text_cache_mb: int = Field(
        24, ge=1, description="Memory for chapters' texts kept between questions, in MB."
    )
    max_file_mb: int = Field(20, ge=1, description="Largest file of a book's folder, in MB.")
    files_url: str = Field(
        "file:",
        description="Where raw uploads are kept: file: (the folder files in the data folder), "
        "file:///PATH, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME with AWS's own variables "
        "for the keys.",
    )
    max_upload_mb: int = Field(100, ge=1, le=5_000, description="Largest uploaded file, in MB.")
    storage_mb_per_user: Units = Field(
        2_048, description="MB that the files of one user may take, or unlimited."
    )
    upload_seconds: float = Field(
        900.0, gt=0, description="Seconds that an upload may take to arrive."
    )
    queue: Literal["embedded", "postgres"] = Field(
        "embedded",
        description="Who runs jobs: embedded, a server or `glossator work` with this data "
        "folder; postgres, any number of `glossator work` on one Postgres.",
    )
    parse_memory_mb: int = Field(
        768, ge=200, description="Memory that reading one file may take, in MB."
    )
    parse_seconds: int = Field(
        120, ge=5, description="CPU seconds that reading one file may take; ten times may pass."
    )
    max_files: int = Field(20_000, ge=1, description="Most files looked at in a book's folder.")
    questions_per_hour: Units = Field(
        20, description="Questions a user may ask in a clock hour (UTC), or unlimited."
    )
    guest_questions_per_hour: Units = Field(
        5, description="Questions that all guests of one address may ask in a clock hour."
    )
    translations_per_day: Units = Field(
        5, description="Chapters a user may have translated in a day (UTC); cached ones are free."
    )
    personalizations_per_day: Units = Field(
        5, description="Chapters a user may have retold in a day (UTC); cached ones are free."
    )
    searches_per_minute: Units = Field(
        60, description="Searches per user or guest address in a minute; guards the server."
    )
    budget_usd_per_day: Dollars = Field(
        10.0, description="US dollars that models may cost in a day (UTC), all users together."
    )
    user_budget_usd_per_day: Dollars = Field(
        "unlimited", description="Most of the day's dollars that one user or address may spend."
    )
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | Literal["unlimited"] = Field(
        365,
        description="Days for which questions with their answers, and who used which model when, "
        "are kept; then anonymous daily sums are left.",
    )
    gap_questions: Literal["all", "members", "off"] = Field(
        "all",
        description="Whose unanswered questions authors may read, without names: all, those of "
        "members (who signed in), or off: nobody's. A user can also keep their own back.",
    )
    gap_days: int = Field(
        366, ge=1, le=366, description="Most days back for which authors may read them."
    )
    prices: str = Field(
        "",
        description="Own prices, MODEL=INPUT/OUTPUT[/CACHE READ[/CACHE WRITE]] in US dollars per "
        "million tokens, separated by commas; else the built-in list's.",
    )
    mcp_token: SecretStr | None = Field(
        None, description="User's token that `glossator mcp --url` shows the server."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the logs.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )

    @field_validator("prices")
    @classmethod
    def _readable_prices(cls, value: str) -> str:
        from glossator.usage.prices import parse_overrides

        parse_overrides(value)
        return value

    @field_validator("issuers")
    @classmethod
    def _readable_issuers(cls, value: str) -> str:
        from glossator.accounts.issuers import parse_issuers

        parse_issuers(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"(sqlite|postgresql)(\+\w+)?://", value):
            raise ValueError("a database is named by sqlite:///PATH or postgresql://USER@HOST/NAME")
        return value

    @field_validator("files_url")
    @classmethod
    def _known_files(cls, value: str) -> str:
        from glossator.gateways.files import check_files_url

        return check_files_url(value)

    @field_validator("embedder")
    @classmethod
    def _known_embedder(cls, value: str) -> str:
        if not re.fullmatch(r"bundled|sentence-transformers:\S+", value):
            raise ValueError("an embedder is bundled or sentence-transformers:NAME")
        return value

    @field_validator("vectors_url")
    @classmethod
    def _known_vectors(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        from glossator.gateways.vectors.choosing import check_vectors_url

        url = check_vectors_url(value.get_secret_value())
        postgres = (info.data.get("database_url") or "").startswith("postgres")
        if url == "pgvector:" and not postgres:
            raise ValueError("pgvector: needs GLOSSATOR_DATABASE_URL=postgresql://…")
        return value

    @field_validator("queue")
    @classmethod
    def _queue_has_its_database(cls, value: str, info: ValidationInfo) -> str:
        if value == "postgres" and not (info.data.get("database_url") or "").startswith("postgres"):
            raise ValueError("a queue on postgres needs GLOSSATOR_DATABASE_URL=postgresql://…")
        return value

    @field_validator("chunk_overlap")
    @classmethod
    def _below_the_size(cls, value: int, info: ValidationInfo) -> int:
        if value >= info.data.get("chunk_size", value + 1):
            raise ValueError("the overlap is less than GLOSSATOR_CHUNK_SIZE")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in _parts(value):
            try:
                ip_network(part)
            except ValueError:
                raise ValueError(f"{part} is no address or network such as 10.0.0.0/8") from None
        return value

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data / 'glossator.db'}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The allowed origins, one by one."""
        return _parts(self.allowed_origins)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names the server may be called by, one by one."""
        return _parts(self.allowed_hosts)

    @property
    def proxies(self) -> tuple[str, ...]:
        """The trusted proxies, one by one."""
        return _parts(self.trusted_proxies)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"GLOSSATOR_{name.upper()}"


def export(settings: Settings) -> None:
    """Put the settings into the environment, for the processes that a server starts."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            os.environ[variable(name)] = str(plain)


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())
