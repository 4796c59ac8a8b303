"""The one list of all background jobs, and the thread that runs them beside a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from glossator.ingestion import bookjobs, documents, storing
from glossator.library import copying
from glossator.wiring import House

# A step in progress gets so long to end; whatever is cut off is taken up at the next start.
_END_SECONDS = 5.0


def jobs(house: House) -> Mapping[str, Callable[[], bool]]:
    """Every job by its name; each run does one step and says whether there was one to do."""
    watched = house.watch.step
    parse = watched(documents.PARSE, house.documents.parse)
    return {
        documents.PARSE: parse,
        f"{documents.PARSE}.beside": parse,
        storing.EMBED: watched(storing.EMBED, house.documents.embed),
        documents.ERASE: watched(documents.ERASE, house.documents.erase),
        bookjobs.ADD: watched(bookjobs.ADD, house.books.add),
        copying.COPY: watched(copying.COPY, house.copying.step),
    }


@contextmanager
def working(house: House) -> Iterator[None]:
    """Run the jobs in the background while the block runs."""
    stop = threading.Event()
    runner = threading.Thread(
        target=house.queue.run, args=(jobs(house), stop), name="jobs", daemon=True
    )
    runner.start()
    readers = threading.Thread(target=house.documents.prepare, name="readers", daemon=True)
    readers.start()
    try:
        yield
    finally:
        stop.set()
        # Else it could start one that nobody ends.
        readers.join(_END_SECONDS)
        runner.join(_END_SECONDS)
        if runner.is_alive():
            # A file that is being read: without its reader the step ends, and is done again.
            for sandbox in house.sandboxes:
                sandbox.close()
            runner.join(_END_SECONDS)
