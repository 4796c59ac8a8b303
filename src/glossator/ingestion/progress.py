"""A document's progress as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from glossator.accounts.callers import Member
from glossator.foundation.closing import Closing
from glossator.foundation.database import Database
from glossator.foundation.errors import NotFound
from glossator.library import access, uploads
from glossator.library.uploads import UNFINISHED

# How often the database is asked: less and less as long as nothing changes, for a queue may be long
# and those who wait are many. And how long a connection may be silent.
_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.3, 0.6
_SILENT_SECONDS = 15.0


def progress_events(
    database: Database, user: Member, document_id: str, closing: Closing
) -> StreamingResponse:
    """An event `progress` with the document at each change; the last one when it is finished.

    Event `gone` where it is deleted meanwhile. A server that must go ends it: browsers ask again.
    """
    return StreamingResponse(
        _events(database, user, document_id, closing),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(
    database: Database, user: Member, document_id: str, closing: Closing
) -> AsyncIterator[str]:
    last: dict[str, Any] | None = None
    silent, pause = 0.0, _LOOK_SECONDS
    while not closing.begun:
        try:
            now = await run_in_threadpool(_look, database, user, document_id)
        except NotFound:
            yield "event: gone\ndata: {}\n\n"
            return
        if now != last:
            last, silent, pause = now, 0.0, _LOOK_SECONDS
            yield f"event: progress\ndata: {json.dumps(now, ensure_ascii=False)}\n\n"
        elif silent >= _SILENT_SECONDS:
            silent = 0.0
            # A comment: proxies close what is silent, and a client that left is noticed.
            yield ": still at it\n\n"
        if now["status"] not in UNFINISHED:
            return
        await asyncio.sleep(pause)
        silent, pause = silent + pause, min(pause * 1.2, _LONGEST_LOOK_SECONDS)


def _look(database: Database, user: Member, document_id: str) -> dict[str, Any]:
    with database.reading() as session:
        row = access.own_document(session, user, document_id)
        return uploads.shown(session, [row])[0]
