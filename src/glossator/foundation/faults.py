"""What parts outside of us raise when they fail, as errors of ours that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Callable

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, TimeoutError  # noqa: A004
from sqlalchemy.orm.exc import StaleDataError

from glossator.foundation.errors import Conflict, DiskFull, GlossatorError, MayPass, Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLite: FULL, and IOERR_WRITE where a file may grow no more. Postgres: disk_full.
_SQLITE_FULL, _POSTGRES_FULL = frozenset({13, 778}), "53100"
# SQLite: READONLY. Postgres: read_only_sql_transaction, as a standby says it.
_SQLITE_READ_ONLY, _POSTGRES_READ_ONLY = 8, "25006"
# What is our own mistake in a statement, or a race that its caller should have caught.
_OURS = (IntegrityError, ProgrammingError, DataError)

DATABASE = "The database doesn't answer. Try again in a few seconds."
PART = "A part of the server doesn't answer. Try again in a moment."
STALE = "Another request changed or removed it at the same moment. Load it again."
FULL = (
    "The server has no room left, so nothing new can be kept; what is there can be read. "
    "Whoever runs it must make room."
)
READ_ONLY = (
    "Nothing can be written here now; what is there can be read. Try again in a few minutes, and "
    "tell whoever runs this server if it lasts."
)
_PASSING: tuple[tuple[type[Exception], Callable[[], GlossatorError]], ...] = (
    (TimeoutError, lambda: Unavailable(DATABASE)),
    (StaleDataError, lambda: Conflict(STALE)),
    (MayPass, lambda: Unavailable(PART)),
)


def explained(error: BaseException) -> GlossatorError | None:
    """The error as one of ours; None for what nobody foresaw."""
    if isinstance(error, GlossatorError):
        return error
    if isinstance(error, DBAPIError):
        return None if isinstance(error, _OURS) else _of_database(error.orig)
    if isinstance(error, OSError):
        return _of_disk(error.errno)
    for kind, told in _PASSING:
        if isinstance(error, kind):
            return told()
    return None


def _of_database(reason: BaseException | None) -> GlossatorError:
    sqlite = getattr(reason, "sqlite_errorcode", None) or 0
    postgres = getattr(reason, "sqlstate", None)
    if sqlite in _SQLITE_FULL or postgres == _POSTGRES_FULL:
        return DiskFull(FULL)
    # The lowest byte is the kind, the others say more of it.
    if sqlite & 0xFF == _SQLITE_READ_ONLY or postgres == _POSTGRES_READ_ONLY:
        return Unavailable(READ_ONLY)
    return Unavailable(DATABASE)


def _of_disk(number: int | None) -> GlossatorError | None:
    if number in _FULL:
        return DiskFull(FULL)
    return Unavailable(READ_ONLY) if number == errno.EROFS else None
