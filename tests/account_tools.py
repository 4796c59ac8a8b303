"""Short ways to people and their tokens."""

from __future__ import annotations

from httpx2 import Response
from starlette.testclient import TestClient

PASSWORD = "a long enough phrase"
PERSON = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}


def sign_up(client: TestClient, email: str = "ada@example.org", **more: object) -> str:
    """A new account's token."""
    answer = client.post("/api/auth/signup", json={**PERSON, "email": email, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])


def log_in(
    client: TestClient, email: str = "ada@example.org", password: str = PASSWORD, **more: str
) -> Response:
    """A try to sign in."""
    return client.post("/api/auth/login", json={"email": email, "password": password, **more})


def bearer(token: str) -> dict[str, str]:
    """The header for a token."""
    return {"authorization": f"Bearer {token}"}


def refused(answer: Response) -> None:
    """A 401 as the contract has it."""
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "request_id"}
