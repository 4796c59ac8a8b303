"""From the names in the settings to adapters; nothing is opened before its first use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from glossator.gateways.chat import ChatModel
from glossator.gateways.models.claude import Claude
from glossator.gateways.models.langchain import LangChain
from glossator.gateways.models.openai_compatible import Endpoint, OpenAICompatible

# Asked for by `provider:model`; each speaks Chat Completions at its own address.
_GEMINI = "https://generativelanguage.googleapis.com/v1beta/openai/"
_OPENROUTER = "https://openrouter.ai/api/v1"
_OLLAMA = "http://localhost:11434/v1"
# OpenRouter shows these to the operator in his own account.
_TITLE = {"X-Title": "Glossator"}
# The small model of each provider that answers where only a key was set.
DEFAULTS = {
    "anthropic": "claude-haiku-5-5",
    "openai": "openai:gpt-5.4-mini",
    "openrouter": "openrouter:openai/gpt-5.4-mini",
    "gemini": "gemini:gemini-3.5-flash-lite",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The providers' keys and addresses, as their own settings have them."""

    anthropic: str | None = field(default=None, repr=False)
    anthropic_url: str | None = None
    openai: str | None = field(default=None, repr=False)
    openai_url: str | None = None
    openrouter: str | None = field(default=None, repr=False)
    gemini: str | None = field(default=None, repr=False)
    ollama_url: str | None = None


class UnknownModel(ValueError):
    """A model's name that can't be used, with a sentence that says why."""


def names(setting: str | None, keys: Keys) -> tuple[str, ...]:
    """The models to use, in order; without a setting the first key's small model, or none."""
    if setting is not None:
        return tuple(
            part
            for part in (piece.strip() for piece in setting.split(","))
            if part not in ("", "none")
        )
    held = {
        "anthropic": keys.anthropic,
        "openai": keys.openai,
        "openrouter": keys.openrouter,
        "gemini": keys.gemini,
    }
    return tuple(DEFAULTS[provider] for provider, key in held.items() if key)[:1]


def make(chosen: Sequence[str], keys: Keys, *, calls: int) -> list[ChatModel]:
    """Adapters for the names; at most `calls` run at once with each. Raises `UnknownModel`."""
    return [_one(name, keys, calls) for name in chosen]


def _one(name: str, keys: Keys, calls: int) -> ChatModel:
    provider, colon, model = name.partition(":")
    if not colon or not model:
        if name.startswith("claude"):
            key = _key(name, keys.anthropic, "ANTHROPIC_API_KEY")
            return Claude(name, key=key, base_url=keys.anthropic_url, calls=calls)
        raise UnknownModel(
            f"{name!r} is no model: write claude-…, or openai:, openrouter:, gemini: or ollama: "
            "and the model's name."
        )
    if provider == "langchain":
        return _langchain(name, model, calls)
    endpoint = _endpoint(provider, model, name, keys)
    return OpenAICompatible(endpoint, calls=calls)


def _langchain(name: str, rest: str, calls: int) -> ChatModel:
    provider, colon, model = rest.partition(":")
    if not (provider and colon and model):
        raise UnknownModel(f"{name!r} is no model: write langchain:PROVIDER:MODEL.")
    if find_spec("langchain") is None:
        raise UnknownModel(f"{name} needs LangChain: pip install 'glossator[langchain]'.")
    return LangChain(provider, model, calls=calls)


def _endpoint(provider: str, model: str, name: str, keys: Keys) -> Endpoint:
    match provider:
        case "openai":
            # A server of one's own (llama.cpp, vLLM) often wants no key.
            key = keys.openai or (_key(name, None, "OPENAI_API_KEY") if not keys.openai_url else "")
            return Endpoint(provider, model, key, keys.openai_url)
        case "openrouter":
            key = _key(name, keys.openrouter, "OPENROUTER_API_KEY")
            return Endpoint(provider, model, key, _OPENROUTER, _TITLE)
        case "gemini":
            return Endpoint(provider, model, _key(name, keys.gemini, "GEMINI_API_KEY"), _GEMINI)
        case "ollama":
            return Endpoint(provider, model, "", keys.ollama_url or _OLLAMA)
        case _:
            raise UnknownModel(
                f"{provider!r} is no provider: use openai:, openrouter:, gemini:, ollama:, "
                "langchain: or claude-…"
            )


def _key(name: str, key: str | None, setting: str) -> str:
    if not key:
        raise UnknownModel(f"{name} needs a key: set {setting}.")
    return key
