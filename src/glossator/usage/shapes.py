"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from pydantic import BaseModel


class AllowanceLeft(BaseModel):
    """An allowance; `limit` and `left` are null where it is unlimited."""

    limit: int | None
    used: int
    left: int | None
    window_seconds: int
    resets_at: str


class StorageLeft(BaseModel):
    """Bytes of the user's files; `limit_bytes` and `left_bytes` are null where unlimited."""

    limit_bytes: int | None
    used_bytes: int
    left_bytes: int | None


class MoneyLeft(BaseModel):
    """The caller's part of the day's money; `limit_usd` and `left_usd` are null where unlimited."""

    limit_usd: float | None
    spent_usd: float
    left_usd: float | None
    resets_at: str


class AllowancesLeft(BaseModel):
    """The caller's allowances; null where the caller has none."""

    questions: AllowanceLeft | None
    translations: AllowanceLeft | None
    personalizations: AllowanceLeft | None
    storage: StorageLeft | None
    money: MoneyLeft | None
