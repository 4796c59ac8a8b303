"""The part of the house that pays: language models, and what may be spent on them."""

from __future__ import annotations

from pydantic import SecretStr

from glossator.calling.models import Models
from glossator.foundation.errors import Unavailable
from glossator.gateways.chat import ChatModel
from glossator.gateways.models import choosing
from glossator.library import uploads
from glossator.settings import Settings
from glossator.usage.allowances import Allowances, Amounts
from glossator.usage.budget import Budget
from glossator.usage.prices import NANO, Prices, parse_overrides
from glossator.usage.service import Usage


def models(settings: Settings) -> Models:
    """The language models as configured; raises `Unavailable` for a name that says none."""

    def plain(secret: SecretStr | None) -> str | None:
        return secret.get_secret_value() if secret else None

    keys = choosing.Keys(
        anthropic=plain(settings.anthropic_api_key),
        anthropic_url=settings.anthropic_base_url,
        openai=plain(settings.openai_api_key),
        openai_url=settings.openai_base_url,
        openrouter=plain(settings.openrouter_api_key),
        gemini=plain(settings.gemini_api_key),
        ollama_url=settings.ollama_url,
    )

    def made(variable: str, setting: str | None) -> list[ChatModel]:
        try:
            return choosing.make(choosing.names(setting, keys), keys, calls=settings.model_calls)
        except choosing.UnknownModel as error:
            raise Unavailable(f"{variable}: {error}") from None

    small = settings.rewrite_model
    return Models(
        made("GLOSSATOR_MODEL", settings.model),
        rewriting=None if small is None else made("GLOSSATOR_REWRITE_MODEL", small),
    )


def usage(settings: Settings) -> Usage:
    """Allowances and budget as configured."""
    return Usage(
        Allowances(
            Amounts(
                questions=_units(settings.questions_per_hour),
                guest_questions=_units(settings.guest_questions_per_hour),
                translations=_units(settings.translations_per_day),
                personalizations=_units(settings.personalizations_per_day),
                searches=_units(settings.searches_per_minute),
            )
        ),
        Budget(
            Prices(parse_overrides(settings.prices)),
            day_nano=_nano(settings.budget_usd_per_day),
            share_nano=_nano(settings.user_budget_usd_per_day),
        ),
        retention_days=_units(settings.retention_days),
        storage_bytes=octets(settings.storage_mb_per_user),
        stored=uploads.used_bytes,
    )


def _units(setting: int | str) -> int | None:
    return None if isinstance(setting, str) else setting


def octets(megabytes: int | str) -> int | None:
    """Bytes of so many megabytes; None for `unlimited`."""
    return None if isinstance(megabytes, str) else megabytes * 1_000_000


def _nano(dollars: float | str) -> int | None:
    return None if isinstance(dollars, str) else round(dollars * NANO)
