"""What every room's routes share: the transaction of a request, and strict request bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, field_validator
from sqlalchemy.orm import Session

from glossator.foundation.database import Database

_NO_TEXT = re.compile("[\\x00\ud800-\udfff]")


class Body(BaseModel):
    """A request body: unknown fields are refused, and `false` is no number.

    Lone surrogates and NUL, which JSON can write and databases can't store, are refused too.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @field_validator("*")
    @classmethod
    def _is_text(cls, value: object) -> object:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and _NO_TEXT.search(part):
                raise ValueError("holds a character that is no text (NUL or half a surrogate pair)")
        return value


def _reading(request: Request) -> Iterator[Session]:
    with cast("Database", request.state.database).reading() as session:
        yield session


def _writing(request: Request) -> Iterator[Session]:
    with cast("Database", request.state.database).writing() as session:
        yield session


# "function": the transaction ends before the answer is sent, so that an answer which says
# "done" is never sent for a commit that failed.
Reading = Annotated[Session, Depends(_reading, scope="function")]
Writing = Annotated[Session, Depends(_writing, scope="function")]


class Page(BaseModel):
    """Which part of a list: `page` from 1, `page_size` at most 100."""

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Query(ge=1, le=100)] = 50
