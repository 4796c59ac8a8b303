"""The room's parts together, as the house carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glossator.gateways.ports import FileStore
from glossator.ingestion.bookjobs import BookJobs
from glossator.ingestion.documents import Documents
from glossator.ingestion.highlights import Highlights
from glossator.ingestion.intake import Intake
from glossator.ingestion.pipeline import Pipeline
from glossator.ingestion.viewing import Viewing


@dataclass(frozen=True, slots=True)
class Ingestion:
    """What the routes need: files on their way in lie in `folder` for a moment."""

    files: FileStore
    documents: Documents
    intake: Intake
    books: BookJobs
    pipeline: Pipeline
    highlights: Highlights
    viewing: Viewing
    reads_pictures: Callable[[], bool]
    folder: Path
