"""Structured logs with request ids; nothing in a line can make another line, or move a terminal."""

from __future__ import annotations

import io
import logging
import re
import sys
import uuid
from typing import Literal, TextIO

import structlog

LogFormat = Literal["text", "json"]

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# What moves a terminal's cursor or turns its writing round, and what ends a line somewhere.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def set_up_logs(form: LogFormat, level: str) -> None:
    """Send all logs, ours and the libraries', to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # JSON's own escapes do the same there.
    safe: list[structlog.typing.Processor] = [] if form == "json" else [_one_line]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        # The default shows every frame's local values, which may be secrets, and takes a second.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=_indented
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    finish: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    if form == "json":
        finish.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[*finish, *safe, last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # It tells of each request to a model, which the ledger does better.
    logging.getLogger("httpx2").setLevel(max(root.level, logging.WARNING))


def _one_line(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Text that somebody else may have chosen, with its control characters written out."""
    return {
        name: _CONTROL.sub(_written_out, value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _indented(out: TextIO, info: structlog.typing.ExcInfo) -> None:
    """A traceback whose every line begins with a bar: a message in it can't pass for a line."""
    held = io.StringIO()
    structlog.dev.plain_traceback(held, info)
    lines = held.getvalue().splitlines()
    out.writelines("\n  | " + _CONTROL.sub(_written_out, line) for line in lines)


def log(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; fields are key words, never text pasted into the event."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def request_id(offered: str | None) -> str:
    """The id of a request: the caller's own where it is harmless to log, else a new one."""
    if offered and _ACCEPTED_ID.fullmatch(offered):
        return offered
    return uuid.uuid4().hex
