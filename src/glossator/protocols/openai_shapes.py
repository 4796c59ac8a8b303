"""The answers of OpenAI's protocol as the API's description shows them; nothing is made of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Model(BaseModel):
    """A book as a model; `created` is when the book last changed, in seconds since 1970."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    title: str | None = None


class ModelPage(BaseModel):
    """All models."""

    object: Literal["list"]
    data: list[Model]


class UrlCitation(BaseModel):
    """`content[start_index:end_index]` is the number; `quote` stands in the book word for word."""

    start_index: int
    end_index: int
    title: str
    url: str
    quote: str
    book_id: str | None
    chapter_id: str | None
    start: int
    end: int


class Annotation(BaseModel):
    """A citation in the text."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class CompletedMessage(BaseModel):
    """The answer; `refusal` where the book doesn't hold it."""

    role: Literal["assistant"]
    content: str
    refusal: str | None
    annotations: list[Annotation]


class Choice(BaseModel):
    """There is one."""

    index: int
    message: CompletedMessage
    logprobs: None
    finish_reason: Literal["stop"]


class CachedTokens(BaseModel):
    """Tokens that the provider had kept."""

    cached_tokens: int


class CompletionUsage(BaseModel):
    """Tokens by the provider's own count; none where no model was asked."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: CachedTokens


class AboutAnswer(BaseModel):
    """What OpenAI's protocol has no word for; see `POST /api/chat/ask`."""

    mode: Literal["model", "extractive", "closest", "refused"]
    grounded: bool
    confidence: float
    degraded: str | None
    session_id: str | None
    message_id: str | None


class Completion(BaseModel):
    """An answer as a chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    glossator: AboutAnswer


class Embedding(BaseModel):
    """A vector: numbers, or little-endian 32-bit floats in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Word pieces that were read."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(BaseModel):
    """Vectors in the order of their texts."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage
