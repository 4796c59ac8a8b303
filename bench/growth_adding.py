"""What adding a book costs in a library of one size, in a process of its own.

    python -m bench.growth_adding < ORDER

ORDER is a JSON object with `folder`, `database_url` and `seed`. The sample book with other words
is added by the real pipeline with the real encoder, and removed again.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from bench.corpora import SAMPLE
from bench.growth_asking import Meter, memory
from bench.growth_books import Rewording
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import BookSource, ReadLimits
from glossator.settings import Settings
from glossator.wiring import build


def main() -> None:
    """Measure and print a line."""
    order = json.load(sys.stdin)
    settings = Settings(
        data=Path(order["folder"]),
        database_url=order["database_url"],
        encoder_threads=1,
        _env_file=None,
    )
    house = build(settings)
    try:
        meter = Meter(house.database)
        # The encoder is loaded and connections are there before the clock runs.
        house.pipeline.add_book(_source(f"{order['seed']}-warm", chapters=1), "warm")
        meter.find_servers()
        source = _source(order["seed"])
        began = meter.now()
        added = house.pipeline.add_book(source, "real")
        spent = meter.now() - began
        found: dict[str, Any] = {
            "chunks": added.chunks,
            "embedded": added.chunks_embedded,
            "words": added.words,
            "cpu": spent,
            "memory": memory("VmHWM"),
        }
        for name in ("warm", "real"):
            house.pipeline.remove_book(name)
        print(json.dumps(found))
    finally:
        house.close()


def _source(seed: str, chapters: int | None = None) -> BookSource:
    """The sample book with words that no other has, so that nothing of it is embedded yet."""
    reworded = Rewording()
    source = next(s for s in read_sources([SAMPLE], ReadLimits()) if s.version is None)
    other = tuple(
        dataclasses.replace(
            chapter,
            made_from="",
            content=dataclasses.replace(chapter.content, text=reworded(chapter.content.text, seed)),
        )
        for chapter in source.chapters[:chapters]
    )
    return dataclasses.replace(source, chapters=other, translations=(), pictures=())


if __name__ == "__main__":
    main()
