"""Forms with files, streamed to disk as they arrive.

A route calls `receive` itself, after it knows who asks: a body of somebody without a token is
never read. Each file goes into a temporary file of its own, counted and hashed on the way; what
is beyond the limit is read and thrown away, so that the other files of the form still count.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from glossator.foundation.errors import BadRequest, TooLarge, Unusable

_FIELD_BYTES = 10_000
_HEADER_BYTES = 16_384
# What browsers write in a file's name for these three (HTML standard, multipart/form-data).
_ESCAPED = (("%0D", "\r"), ("%0A", "\n"), ("%22", '"'))


@dataclass(frozen=True, slots=True)
class FormLimits:
    """`file_bytes` for one file; `files` and `fields` counts in one form."""

    file_bytes: int
    files: int = 200
    fields: int = 20


@dataclass(slots=True)
class Received:
    """A file of a form: `filename` as sent, `path` of the temporary file with its content."""

    field: str
    filename: str
    path: Path
    size: int = 0
    sha256: str = ""
    too_large: bool = False


@dataclass(slots=True)
class Form:
    """What a form held, in the order it came."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Received] = field(default_factory=list)


@asynccontextmanager
async def receive(request: Request, limits: FormLimits, folder: Path) -> AsyncIterator[Form]:
    """The request's form; its temporary files go when the block ends.

    Raises `Unusable` where the body is no such form, `TooLarge` for too many parts.
    """
    reading = _Reading(_boundary(request), limits, folder)
    try:
        async for part in request.stream():
            await run_in_threadpool(reading.feed, part)
        yield await run_in_threadpool(reading.finish)
    finally:
        await run_in_threadpool(reading.close)


def _boundary(request: Request) -> bytes:
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 200:
        raise Unusable("Send the files as multipart/form-data.")
    return boundary


class _Reading:
    """One form on its way in; every method runs outside the event loop."""

    def __init__(self, boundary: bytes, limits: FormLimits, folder: Path) -> None:
        from python_multipart.multipart import MultipartParser

        self._limits = limits
        self._folder = folder
        self._form = Form()
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._field: str | None = None
        self._text = bytearray()
        self._file: Any = None
        self._digest = hashlib.sha256()
        self._open: list[Any] = []
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
            max_header_size=_HEADER_BYTES,
        )

    def feed(self, part: bytes) -> None:
        """The next bytes of the body."""
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(part)
        except FormParserError:
            raise BadRequest(
                "The form can't be read: it isn't valid multipart/form-data."
            ) from None

    def finish(self) -> Form:
        """The whole form; raises `BadRequest` where its end is missing."""
        if not self._ended:
            raise BadRequest("The form ends too early. Send it again.")
        return self._form

    def close(self) -> None:
        """Remove the temporary files."""
        for file in self._open:
            file.close()

    def _begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._field = name
            self._text.clear()
            if len(self._form.fields) >= self._limits.fields:
                raise TooLarge("The form has too many fields.")
            return
        if len(self._form.files) >= self._limits.files:
            raise TooLarge(f"Send at most {self._limits.files} files at once.")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=self._folder, prefix="upload-")  # noqa: SIM115
        self._open.append(self._file)
        self._digest = hashlib.sha256()
        filename = options[b"filename"].decode("utf-8", "replace")
        for written, meant in _ESCAPED:
            filename = filename.replace(written, meant)
        self._form.files.append(Received(name, filename, Path(self._file.name)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._text += data[start:end]
            if len(self._text) > _FIELD_BYTES:
                raise TooLarge(f"A field of the form is larger than {_FIELD_BYTES} bytes.")
            return
        received = self._form.files[-1]
        received.size += end - start
        if received.size > self._limits.file_bytes:
            if not received.too_large:
                received.too_large = True
                self._file.truncate(0)
            return
        part = data[start:end]
        self._file.write(part)
        self._digest.update(part)

    def _part_end(self) -> None:
        if self._file is not None:
            self._file.flush()
            self._form.files[-1].sha256 = self._digest.hexdigest()
            self._file = None
        elif self._field is not None:
            self._form.fields[self._field] = self._text.decode("utf-8", "replace")
            self._field = None

    def _end(self) -> None:
        self._ended = True


def described(*fields: str) -> dict[str, Any]:
    """A form of files and text fields as `/openapi.json` tells of it; routes read it themselves."""
    several = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    schema = {
        "type": "object",
        "required": ["files"],
        "properties": {"files": several, **{name: {"type": "string"} for name in fields}},
        "additionalProperties": False,
    }
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }
