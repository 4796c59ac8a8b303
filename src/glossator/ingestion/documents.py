"""A user's file to a searchable document, one small step at a time.

Parsing stores text and blocks; embedding adds chunks a batch at a time, each with its vector and
its words in one transaction, so what is stored is searchable and what is searchable is whole.
Every step can be repeated, and only who holds the claim may write.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import LifoQueue

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.journal import lap
from glossator.foundation.telemetry import log
from glossator.foundation.traffic import Traffic
from glossator.gateways.ports import FileStore, JobQueue, LexicalIndex
from glossator.ingestion import claims
from glossator.ingestion.names import harmless, title_of
from glossator.ingestion.recursive import SizesFor
from glossator.ingestion.sandbox import Sandbox, SandboxLost
from glossator.ingestion.sources import DocumentSource, Tell
from glossator.ingestion.storable import storable
from glossator.ingestion.storing import EMBED, Storing
from glossator.ingestion.turns import Turns
from glossator.library import books
from glossator.library.active import ActiveIndex
from glossator.library.tables import Document, now
from glossator.library.uploads import Status

# The names of the jobs, as queues know them.
PARSE, ERASE = "documents.parse", "documents.erase"
# How long a batch steps aside for questions before it goes on all the same.
_YIELD_SECONDS = 2.0
# The same within a batch, after every few chunks: times what they took. A fixed pause of 0.25 s
# left half of the processor to uploads: 20 people's questions took 1.4 s longer at the 95th %.
_PAUSE_SHARE = 3.0


class Documents:
    """The steps that jobs consist of; each says whether there was anything to do."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        index: ActiveIndex,
        words: LexicalIndex,
        queue: JobQueue,
        sandboxes: Sequence[Sandbox],
        sizes: SizesFor,
        traffic: Traffic,
        folder: Path,
    ) -> None:
        self._database = database
        self._files = files
        self._index = index
        self._queue = queue
        self._turns = Turns(database, queue)
        self._storing = Storing(database, index, words, queue, sizes)
        # The one that was used last is ready the soonest, and the others needn't run at all.
        self._sandboxes: LifoQueue[Sandbox] = LifoQueue()
        for sandbox in sandboxes:
            self._sandboxes.put(sandbox)
        self._traffic = traffic
        self._folder = folder

    def prepare(self) -> None:
        """Have a reader ready, so that the first file needn't wait for it."""
        sandbox = self._sandboxes.get()
        try:
            sandbox.start()
        except SandboxLost as error:
            # The first file will say so again.
            log(__name__).warning("no reader starts", error=str(error))
        finally:
            self._sandboxes.put(sandbox)

    def parse(self) -> bool:
        """Read the next file that waits for it."""
        self._index_is_there()
        # One file per user at a time: a large one leaves the other lanes to the others.
        states = (Status.QUEUED, Status.PARSING)
        with self._database.reading() as session:
            if not claims.first_of_each_owner(session, states):
                return False
        sandbox = self._sandboxes.get()
        try:
            # Before anything is claimed: a start that takes long is nothing to a file's account.
            sandbox.start()
            with self._turns.next(states, Status.PARSING, Status.QUEUED, PARSE) as work:
                if work is None:
                    return False
                lap("claim")
                self._storing.text(*work, storable(self._read(sandbox, *work)))
                lap("write")
        finally:
            self._sandboxes.put(sandbox)
        return True

    def embed(self) -> bool:
        """Embed the next batch of the next document."""
        self._index_is_there()
        states = (Status.EMBEDDING,)
        with self._turns.next(states, Status.EMBEDDING, Status.EMBEDDING, EMBED) as work:
            if work is None:
                return False
            lap("claim")
            self._traffic.wait_for_quiet(_YIELD_SECONDS)
            lap("wait")
            self._storing.batch(*work, self._traffic.giving_way(_PAUSE_SHARE))
            lap("write")
        return True

    def erase(self) -> bool:
        """Finish the next deletion that has begun."""
        with self._database.reading() as session:
            document = session.scalar(
                select(Document.id).where(Document.deleted_at <= now()).limit(1)
            )
        if document is None:
            return False
        self.remove(document)
        return True

    def remove(self, document: str) -> None:
        """Take away all that is left of a deleted document: file, words, rows; repeatable."""
        with self._database.reading() as session:
            found = session.get(Document, document)
        if found is None or found.deleted_at is None:
            return
        if found.raw_path is not None:
            self._files.delete(found.raw_path)
        with self._database.writing() as session:
            self.empty(session, document)
            session.execute(delete(Document).where(Document.id == document))
            books.bump(session, found.collection_id)
        self._storing.forget(document)

    def empty(self, session: Session, document: str) -> None:
        """Remove a document's blocks, chunks, vectors and words."""
        self._storing.empty(session, document)

    def bury(self, session: Session, row: Document) -> None:
        """Begin a deletion: from this transaction on nobody sees the document or writes to it."""
        row.deleted_at, row.checksum, row.claim, row.lease_until = now(), None, None, None
        books.bump(session, row.collection_id)
        self._queue.put(session, ERASE)

    def enqueue(self, session: Session, row: Document) -> None:
        """Have a document processed from its beginning; what it holds stays until then."""
        row.status, row.error, row.reason, row.attempts = Status.QUEUED, None, None, 0
        row.claim = row.lease_until = row.due_at = None
        row.progress_done = row.progress_total = 0
        self._queue.put(session, PARSE)

    def stop(self, session: Session, row: Document) -> None:
        """Process a document no further; raises `Conflict` where it isn't being processed."""
        self._turns.stop(session, row)

    def _index_is_there(self) -> None:
        """Raises `Unavailable` before anything is claimed: it is nothing to a file's account."""
        with self._database.reading() as session:
            self._index.embedder(session)

    def _read(self, sandbox: Sandbox, document: str, token: str) -> DocumentSource:
        with self._database.reading() as session:
            row = session.get_one(Document, document)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="parse-") as folder:
            # Readers take a title from the name where the file holds none.
            path = Path(folder, harmless(title_of(row.filename or "")) + ".file")
            with path.open("wb") as copy:
                for part in self._files.read(row.raw_path or ""):
                    copy.write(part)
            lap("fetch")
            source = sandbox.document(
                path,
                row.format or "",
                waiting=self._sign_of_life(document, token),
                tell=self._progress(document, token),
            )
            lap("read")
            return source

    def _sign_of_life(self, document: str, token: str) -> Callable[[], None]:
        def renew() -> None:
            with self._database.writing() as session:
                claims.renew(session, Document, document, token)

        return renew

    def _progress(self, document: str, token: str) -> Tell:
        def tell(done: int, total: int) -> None:
            with self._database.writing() as session:
                claims.tell(session, document, token, done, total)

        return tell
