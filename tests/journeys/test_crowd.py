"""Many questions at once: everybody gets an answer, nobody waits for ever."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

CROWD = 150


def test_a_crowd_is_answered(server: str):
    """A session held while its request waited for a thread hung the server at 120."""
    address = urlsplit(server)

    def ask(n: int) -> int:
        connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        path, field = ("/api/search", "query") if n % 2 else ("/api/chat/ask", "question")
        body = json.dumps({field: f"What does an accelerometer measure in case {n}?"})
        connection.request("POST", path, body, {"content-type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(CROWD) as pool:
        statuses = Counter(pool.map(ask, range(2 * CROWD)))
    assert statuses == {200: 2 * CROWD}
