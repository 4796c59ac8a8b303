"""The built pages and their files, held in memory and served by exact name."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from glossator.foundation.errors import NotFound

# Trusted Types: the page may turn strings into HTML only through the policy `glossator`,
# which passes what the server has rendered and cleaned.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; "
    "trusted-types glossator"
)

_TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    etag: str


def pages() -> APIRouter:
    """Routes for `/`, the reader's addresses and `/assets/…`.

    Files are looked up in a list made here: a path from outside never touches the disk.
    """
    router = APIRouter(include_in_schema=False)
    files = dict(_files(resources.files("glossator.web"), ""))
    shell = files.get("index.html")

    @router.get("/")
    @router.get("/b/{rest:path}")
    def page(request: Request) -> Response:
        if shell is None:
            raise NotFound("The pages are not part of this installation; the API is at /api.")
        return _answer(request, shell, {"content-security-policy": POLICY})

    @router.get("/assets/{name:path}")
    def asset(request: Request, name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise NotFound("There is no such file.")
        return _answer(request, file, {})

    return router


def _answer(request: Request, file: _File, headers: dict[str, str]) -> Response:
    headers = {**headers, "etag": file.etag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)


def _files(folder: Traversable, prefix: str) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _files(item, f"{prefix}{item.name}/")
        elif not item.name.endswith((".py", ".pyc")):
            body = item.read_bytes()
            suffix = "." + item.name.rsplit(".", 1)[-1]
            kind = _TYPES.get(suffix) or mimetypes.guess_type(item.name)[0]
            etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            name = prefix + item.name
            found.append((name, _File(body, kind or "application/octet-stream", etag)))
    return found
