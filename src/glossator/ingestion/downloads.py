"""A stored file as an answer: to be saved, never to be shown by the browser; with ranges."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from glossator.foundation.errors import GlossatorError, NotFound
from glossator.gateways.ports import FileStore
from glossator.library.tables import Document

# One range; of several the whole file is sent, as the standard allows.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)
_ATTR_CHAR = "!#$&+-.^_`|~"


class RangeNotSatisfiable(GlossatorError):
    """The range lies behind the end of the file."""

    status = 416
    type = "range-not-satisfiable"
    title = "The file has no such range"


def attachment(request: Request, files: FileStore, row: Document) -> Response:
    """The document's raw file; raises `NotFound` where it is gone."""
    path = row.raw_path or ""
    try:
        size = files.size(path)
    except FileNotFoundError:
        raise NotFound("The stored file is gone. Upload it again.") from None
    # The size too: a locked PDF is replaced by a copy without its password.
    etag = f'"{row.checksum}-{row.size}"'
    headers = {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": disposition(row.filename or "document"),
        "content-encoding": "identity",
        "content-security-policy": "default-src 'none'; sandbox",
        "etag": etag,
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if asked is not None and request.headers.get("if-range", etag) != etag:
        asked = None
    wanted = _range(asked, size)
    start, end = wanted or (0, size)
    headers["content-length"] = str(end - start)
    if wanted is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        files.read(path, start, end),
        status_code=200 if wanted is None else 206,
        media_type=row.media_type,
        headers=headers,
    )


def disposition(filename: str) -> str:
    """`Content-Disposition` with the name as RFC 6266 has it: plain, and in UTF-8."""
    plain = "".join(c if 32 <= ord(c) < 127 and c not in '"\\%' else "_" for c in filename)
    encoded = quote(filename.encode("utf-8", "replace"), safe=_ATTR_CHAR)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _range(asked: str | None, size: int) -> tuple[int, int] | None:
    """The one range that is asked for, as start and end; None for the whole file."""
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if last and first and int(last) < int(first):
        return None
    if start >= size or start >= end:
        raise RangeNotSatisfiable(
            f"The file has {size} bytes.", headers={"content-range": f"bytes */{size}"}
        )
    return start, end
