"""The built pages and their files, held in memory and served by exact name."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from fastapi import APIRouter, Request
from fastapi.responses import Response

from glossator.foundation.errors import NotFound

# Trusted Types: strings become HTML only through the policy `glossator`, which passes what the
# server has rendered and cleaned, and `lit-html`, which passes the templates of our own scripts.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'; "
    "manifest-src 'self'; object-src 'none'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'self'; require-trusted-types-for 'script'; trusted-types glossator lit-html"
)

# Diagrams are drawn by somebody else's large script: in a frame without our origin, where it can
# reach neither the page nor the network.
_POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "diagram.html": (
            "sandbox allow-scripts; default-src 'none'; script-src 'self'; "
            "style-src 'unsafe-inline'; frame-ancestors 'self'"
        )
    }
)
# The window in which a person lets a site's widget ask in their name. It stands alone, never in a
# frame, and keeps the window that opened it: that is whom it answers.
_AGREEMENT = {
    "content-security-policy": POLICY.replace("frame-ancestors 'self'", "frame-ancestors 'none'"),
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "unsafe-none",
}

# Every address of the app; frontend/src/app/addresses.ts has the same.
ADDRESSES = (
    "/", "/b/{rest:path}", "/files", "/files/{rest:path}", "/progress", "/usage", "/admin",
    "/admin/{rest:path}", "/login", "/signup", "/settings",
)  # fmt: skip

_TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PACKED = ("text/", "image/svg+xml", "application/json")
_SMALLEST_PACKED = 1_000
"""Bytes; what is smaller travels in one packet anyway."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: Callable[[], bytes] | None
    media_type: str
    etag: str
    kept: str


def pages() -> APIRouter:
    """Routes for the app's addresses, the widget's, and `/assets/…`.

    Files are looked up in a list made here: a path from outside never touches the disk.
    """
    router = APIRouter(include_in_schema=False)
    files = dict(_files(resources.files("glossator.web"), ""))
    shell = files.get("index.html")

    def page(request: Request) -> Response:
        if shell is None:
            raise NotFound("The pages are not part of this installation; the API is at /api.")
        return _answer(request, shell, {"content-security-policy": POLICY})

    for address in ADDRESSES:
        router.add_api_route(address, page, methods=["GET"])

    @router.get("/widget/agree")
    def agreement(request: Request) -> Response:
        return _named(request, "agree.html", _AGREEMENT)

    @router.get("/widget.js")
    def widget(request: Request) -> Response:
        return _named(request, "widget.js", {})

    def _named(request: Request, name: str, headers: dict[str, str]) -> Response:
        file = files.get(name)
        if file is None:
            raise NotFound("The widget is not part of this installation.")
        return _answer(request, file, headers)

    @router.get("/assets/{name:path}")
    def asset(request: Request, name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise NotFound("There is no such file.")
        policy = _POLICIES.get(name)
        return _answer(request, file, {"content-security-policy": policy} if policy else {})

    return router


def _answer(request: Request, file: _File, headers: dict[str, str]) -> Response:
    headers = {
        **headers, "etag": file.etag, "cache-control": file.kept, "vary": "accept-encoding",
    }  # fmt: skip
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    body = file.body
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = file.packed(), "gzip"
    return Response(body, media_type=file.media_type, headers=headers)


def _files(folder: Traversable, prefix: str) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _files(item, f"{prefix}{item.name}/")
        elif not item.name.endswith((".py", ".pyc")):
            found.append((prefix + item.name, _file(prefix + item.name, item.read_bytes())))
    return found


def _file(name: str, body: bytes) -> _File:
    kind = _TYPES.get("." + name.rsplit(".", 1)[-1]) or mimetypes.guess_type(name)[0]
    kind = kind or "application/octet-stream"
    packs = kind.startswith(_PACKED) and len(body) >= _SMALLEST_PACKED
    # A part's name holds its hash, so it never changes; everything else is asked for each time.
    hashed = name.startswith(("chunks/", "widget/"))
    kept = "public, max-age=31536000, immutable" if hashed else "no-cache"
    return _File(
        body,
        # At the first request: packing all of them would make every start wait.
        cache(partial(gzip.compress, body, 6, mtime=0)) if packs else None,
        kind,
        f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        kept,
    )
