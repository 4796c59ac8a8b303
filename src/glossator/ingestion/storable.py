"""Sources as databases can store them; pure."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, TypeVar, cast

from glossator.ingestion.sources import BookSource, DocumentSource, LaterText

_NO_TEXT = re.compile("[\\x00\ud800-\udfff]")
_T = TypeVar("_T")


_Source = TypeVar("_Source", BookSource, DocumentSource)


def storable(source: _Source) -> _Source:
    """The source with U+FFFD for each NUL and lone surrogate, one for one, so that places stay.

    File names, JSON and YAML can hold them; no database takes them as text.
    """
    return _mended(source)


def _mended(value: _T) -> _T:
    mended: Any = value
    if isinstance(value, str):
        if _NO_TEXT.search(value):
            mended = _NO_TEXT.sub("\ufffd", value)
    elif isinstance(value, LaterText):
        mended = value.then(_mended)
    elif isinstance(value, tuple):
        parts = [_mended(item) for item in value]
        different = any(new is not old for new, old in zip(parts, value, strict=True))
        mended = tuple(parts) if different else value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = {name: new for name, part in old.items() if (new := _mended(part)) is not part}
        mended = dataclasses.replace(value, **changed) if changed else value
    return cast("_T", mended)
