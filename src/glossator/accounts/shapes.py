"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from glossator.accounts.people import Hardware, Level, Role


class LoggedIn(BaseModel):
    """A login: its token, or for a browser the word that goes with its cookie."""

    access_token: str | None
    token_type: Literal["bearer", "cookie"]


class Me(BaseModel):
    """Who one is."""

    id: int
    email: str
    name: str
    programming_level: Level
    hardware: Hardware
    role: Role
    questions_told: bool


class OwnData(BaseModel):
    """All that is kept of oneself; each room adds a part of its own."""

    exported_at: str
    account: dict[str, Any]
    logins: list[dict[str, Any]]
    usage: dict[str, Any]
    progress: list[dict[str, Any]]
