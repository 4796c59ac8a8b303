"""Requests in OpenAI's protocol: what is read of them, what is ignored, and what is refused.

A field that isn't named here is refused, for an answer that silently lacks what was asked for
(a tool's call, JSON of a certain form) would be worse.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from glossator.foundation.web import Body

PREFIX = "glossator"
ENCODER = "glossator-encoder"
MOST_TEXTS = 64
_QUESTION = 2_000
_Text = Annotated[str, Field(max_length=200_000)]
_Number = float | int
# Footnotes as `completions` writes them: an earlier answer comes back with them.
_FOOTNOTES = re.compile(r"\n\n\[1\] .*\Z", re.DOTALL)


class TextPart(BaseModel):
    """A part of a message; only text can be read."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["text"]
    text: _Text


class ChatMessage(BaseModel):
    """One message. Whatever else clients send back of our own answers is not looked at."""

    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: _Text | Annotated[list[TextPart], Field(max_length=200)] | None = None

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(Body):
    """What a stream tells besides the answer."""

    include_usage: bool = False
    include_obfuscation: bool = False


class TextFormat(Body):
    """The only form of answers."""

    type: Literal["text"]


class _Ignored(Body):
    """Fields that would tune a model of OpenAI's; what answers here is the server's affair."""

    temperature: Annotated[_Number, Field(ge=0, le=2)] | None = None
    top_p: Annotated[_Number, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    frequency_penalty: Annotated[_Number, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[_Number, Field(ge=-2, le=2)] | None = None
    seed: int | None = None
    user: Annotated[str, Field(max_length=500)] | None = None
    metadata: dict[str, Any] | None = None
    store: bool | None = None
    service_tier: Annotated[str, Field(max_length=100)] | None = None
    reasoning_effort: Annotated[str, Field(max_length=100)] | None = None
    verbosity: Annotated[str, Field(max_length=100)] | None = None
    safety_identifier: Annotated[str, Field(max_length=500)] | None = None
    prompt_cache_key: Annotated[str, Field(max_length=500)] | None = None
    parallel_tool_calls: bool | None = None


class CompletionBody(_Ignored):
    """A conversation that ends with a question to a book, or to all books one may see."""

    model: Annotated[str, Field(min_length=1, max_length=600)]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=500)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    response_format: TextFormat | None = None

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's question")
        if not self.question:
            raise ValueError("the last message says nothing")
        if len(self.question) > _QUESTION:
            raise ValueError("a question has at most 2,000 characters")
        return self

    @property
    def question(self) -> str:
        """What is asked now."""
        return self.messages[-1].text.strip()

    @property
    def opening(self) -> str:
        """What the conversation began with."""
        return next(line.text for line in self.messages if line.role == "user")

    @property
    def said(self) -> list[tuple[str, str]]:
        """The questions before with their answers; a question without one is left out."""
        pairs: list[tuple[str, str]] = []
        asked: str | None = None
        for line in self.messages[:-1]:
            if line.role == "user":
                asked = line.text.strip()
            elif line.role == "assistant" and asked:
                pairs.append((asked, _FOOTNOTES.sub("", line.text)))
                asked = None
        return pairs

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with what the answer took."""
        return self.stream_options is not None and self.stream_options.include_usage


class EmbeddingBody(Body):
    """Texts to be made vectors."""

    model: Annotated[str, Field(min_length=1, max_length=600)]
    input: (
        Annotated[str, Field(min_length=1, max_length=20_000)]
        | Annotated[
            list[Annotated[str, Field(min_length=1, max_length=20_000)]],
            Field(min_length=1, max_length=MOST_TEXTS),
        ]
    )
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1, le=100_000)] | None = None
    user: Annotated[str, Field(max_length=500)] | None = None

    @field_validator("input")
    @classmethod
    def _says_something(cls, value: str | list[str]) -> str | list[str]:
        if not all(text.strip() for text in ([value] if isinstance(value, str) else value)):
            raise ValueError("holds a text that says nothing")
        return value

    @property
    def texts(self) -> list[str]:
        """The texts, one by one."""
        return [self.input] if isinstance(self.input, str) else self.input
