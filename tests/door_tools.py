"""Who comes to the doors of a server, and what is asked there."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2

from account_tools import PASSWORD
from glossator.wiring import House
from model_server import ModelServer

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
TRUE = f'It computes depth from the disparity [1 "{QUOTE}"].'
ABSENT = "Which monarch signed the treaty of Vienna in winter?"
ORIGIN = "https://inspector.example"


@dataclass(frozen=True, slots=True)
class Doors:
    """A server and who may come in; its model answers what `provider` is told to."""

    url: str
    house: House
    provider: ModelServer
    token: str
    other: str

    def asked(self, client: str) -> httpx2.Client:
        """A plain HTTP client of a caller: `guest`, `user` or `other`."""
        token = {"guest": None, "user": self.token, "other": self.other}[client]
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60)


def signed_up(url: str, name: str) -> str:
    """A new user's token."""
    body = {"email": f"{name}@example.org", "password": PASSWORD, "name": name}
    answer = httpx2.post(f"{url}/api/auth/signup", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])
