"""Files that people send: judged one by one, stored, and queued."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.foundation.database import Database
from glossator.foundation.errors import (
    GlossatorError,
    TooLarge,
    Unauthorized,
    Unsupported,
    Unusable,
)
from glossator.foundation.multipart import Received
from glossator.gateways.ports import FileStore, MayPass
from glossator.ingestion.documents import Documents
from glossator.ingestion.names import shown_name, title_of
from glossator.ingestion.readers.kinds import MEDIA_TYPES, kind_of_file
from glossator.ingestion.sources import SourceError
from glossator.library import uploads
from glossator.library.tables import Document, now

_PIECE = 1 << 20
# A file that was stored but never entered, because its server died in between, goes after this.
_FORGOTTEN = timedelta(hours=1)


class StorageFull(TooLarge):
    """The user's files would take more than one user's may."""

    type = "storage-full"
    title = "Your storage is full"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A document that was made, or that was there already from the same bytes."""

    document: Document
    duplicate: bool


class Intake:
    """Takes files of a user in."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        documents: Documents,
        most_bytes: int,
        quota_bytes: int | None = None,
    ) -> None:
        self._database = database
        self._files = files
        self._documents = documents
        self._quota_bytes = quota_bytes
        self.most_bytes = most_bytes

    def take(self, user_id: int, received: Received) -> Accepted:
        """Store a file and queue its document, in this order; a second copy is not made.

        Raises `TooLarge`, `StorageFull`, `Unsupported`, `Unusable`, and `Unauthorized` for who has
        left meanwhile.
        """
        kind = self.judge(received)
        with self._database.reading() as session:
            same = uploads.same_file(session, user_id, received.sha256)
        if same is not None:
            return Accepted(same, duplicate=True)
        identity = f"d{secrets.token_hex(10)}"
        name = shown_name(received.filename)
        upload = uploads.Upload(
            id=identity,
            user_id=user_id,
            filename=name,
            format=kind,
            media_type=MEDIA_TYPES[kind],
            size=received.size,
            checksum=received.sha256,
            raw_path=f"documents/{identity}",
        )
        with self._database.writing() as session:
            people.hold(session, user_id)
            self._check_quota(session, upload)
            # The row is there before the file, as one to be deleted: no kill leaves a stray file.
            uploads.create(session, upload, title_of(name), until=now() + _FORGOTTEN)
        try:
            self._files.put(upload.raw_path, pieces(received.path), most=self.most_bytes)
        except (MayPass, OSError):
            # Its place in the user's storage is free again at once.
            with self._database.writing() as session:
                self._documents.bury(session, session.get_one(Document, identity))
            raise
        try:
            with self._database.writing() as session:
                people.hold(session, user_id)
                row = session.get_one(Document, identity)
                row.checksum, row.deleted_at = upload.checksum, None
                session.flush()
                self._documents.enqueue(session, row)
        except IntegrityError:
            return self._second(user_id, upload)
        except Unauthorized:
            # Who left meanwhile takes the row along, and perhaps it is gone already.
            self._files.delete(upload.raw_path)
            raise
        return Accepted(row, duplicate=False)

    def _check_quota(self, session: Session, upload: uploads.Upload) -> None:
        """Raises `StorageFull`; until the transaction ends nothing else of the user's arrives."""
        if self._quota_bytes is None:
            return
        uploads.lock(session, upload.user_id)
        left = self._quota_bytes - uploads.used_bytes(session, upload.user_id)
        if upload.size > left:
            raise StorageFull(
                f"The file has {_megabytes(upload.size)} MB, and {_megabytes(max(left, 0))} MB of "
                f"your {_megabytes(self._quota_bytes)} MB are left. Delete documents that you no "
                "longer need, and upload it again."
            )

    def judge(self, received: Received) -> str:
        """The file's kind; raises for one that is no use."""
        if received.too_large:
            megabytes = self.most_bytes // 1_000_000
            raise TooLarge(f"The file is larger than {megabytes} MB. Split it.")
        if not received.size:
            raise Unusable("The file is empty.")
        try:
            return kind_of_file(received.path, received.filename)
        except SourceError as error:
            raise Unsupported(error.message) from None

    def _second(self, user_id: int, upload: uploads.Upload) -> Accepted:
        """Two requests sent the same file at once, and the other was faster."""
        with self._database.writing() as session:
            row = session.get_one(Document, upload.id)
            self._documents.bury(session, row)
        self._documents.remove(upload.id)
        with self._database.reading() as session:
            same = uploads.same_file(session, user_id, upload.checksum)
        if same is None:
            raise Unusable("The file was deleted while it was uploaded. Upload it again.")
        return Accepted(same, duplicate=True)


def judged(
    received: list[Received], take: Callable[[Received], dict[str, Any]]
) -> list[dict[str, Any]]:
    """What became of each file; raises where none of them could be taken."""
    found: list[dict[str, Any]] = []
    refused: list[GlossatorError] = []
    for item in received:
        try:
            found.append(take(item))
        except (TooLarge, Unsupported, Unusable) as error:
            refused.append(error)
            name = shown_name(item.filename)
            found.append({"filename": name, "document_id": None, "error": error.detail})
    if refused and len(refused) == len(received):
        kinds = {type(error) for error in refused}
        kind = kinds.pop() if len(kinds) == 1 else Unusable
        raise kind(
            refused[0].detail
            if len(refused) == 1
            else "None of the files could be taken; `documents` says why for each.",
            members={"documents": found},
        )
    return found


def pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, a megabyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}".removesuffix(".0")
