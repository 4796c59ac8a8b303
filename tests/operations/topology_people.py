"""People on a machine of their own, who ask, upload and read through the proxy.

`python topology_people.py ADDRESS PEOPLE SECONDS` prints a line of JSON: what was answered how
often, what should never have been, and what became of the documents that were promised.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx2 as httpx

from siege_tools import Citizen, Seen


async def _live(address: str, people: int, seconds: float) -> dict[str, object]:
    seen = Seen()
    citizens = [Citizen(n, seen) for n in range(people)]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        (found,) = (await client.get("/api/books")).json()["items"]
        told = (await client.get(f"/api/books/{found['book_id']}")).json()
        chapters = [item["chapter_id"] for item in told["chapters"]]
        await asyncio.gather(*(citizen.join(client) for citizen in citizens))
        # From here on servers may come and go.
        await asyncio.to_thread(Path("joined").touch)
        await asyncio.gather(*(each.live(client, chapters, seconds, 0.5) for each in citizens))
        ready, until = 0, time.monotonic() + 120
        promised = {name for each in citizens for name in each.promised.values()}
        while ready < len(promised) and time.monotonic() < until:
            listed = [
                (await client.get("/api/docs?page_size=100", headers=each._headers)).json()["items"]
                for each in citizens
            ]
            ready = sum(item["status"] == "ready" for items in listed for item in items)
            await asyncio.sleep(0.5)
        edge = {
            path: (await client.get(path)).status_code for path in ("/metrics", "/health/ready")
        }
    return {
        "answers": dict(seen.answers), "wrong": seen.wrong, "promised": len(promised),
        "ready": ready, "told": sum(len(each.told) for each in citizens), "edge": edge,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_live(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))  # noqa: T201
