"""Pictures that lie in a document's own file, taken out when a page shows them."""

from __future__ import annotations

from pathlib import Path

from glossator.ingestion.readers.pictures import MOST_BYTES, kind_of
from glossator.ingestion.readers.zips import opened
from glossator.ingestion.sources import ReadLimits, SourceError

FORMATS = frozenset({"docx", "epub"})
"""The formats whose pictures have names in the text."""


def picture(path: Path, name: str, limits: ReadLimits) -> tuple[str, bytes]:
    """The media type and the bytes of a picture in the archive at `path`.

    Raises `SourceError` where there is none of this name, or none that every browser shows.
    """
    data = b""
    with opened(path, limits) as archive:
        for part in archive.chunks(name):
            data += part
            if len(data) > MOST_BYTES:
                raise SourceError("", f"This picture is larger than {MOST_BYTES:,} bytes.")
    found = kind_of(data)
    if found is None:
        raise SourceError("", "This picture is of a kind that browsers don't show.")
    return found[0], data
