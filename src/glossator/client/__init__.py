"""A client for programs: ask a Glossator server, and get typed answers with their citations.

    from glossator.client import Glossator

    with Glossator("http://localhost:8000") as books:
        answer = books.ask("What does an accelerometer measure?", book_id="physical-ai")
        for source in answer.sources:
            print(source.section, source.quote)

`AsyncGlossator` does the same in an event loop. Stands outside of the rooms and imports none: what
it knows of Glossator is its API.
"""

from glossator.client.aio import AsyncGlossator
from glossator.client.calls import ApiError, GlossatorFault, Unreached
from glossator.client.shapes import (
    Answer,
    Block,
    Book,
    Chapter,
    ChapterText,
    Document,
    Found,
    Heading,
    Message,
    ModelUsage,
    Passage,
    Sentence,
    Session,
    Source,
)
from glossator.client.streams import Begun, Cited, Finished, Part, Retracted, Text
from glossator.client.sync import Glossator

__all__ = [
    "Answer",
    "ApiError",
    "AsyncGlossator",
    "Begun",
    "Block",
    "Book",
    "Chapter",
    "ChapterText",
    "Cited",
    "Document",
    "Finished",
    "Found",
    "Glossator",
    "GlossatorFault",
    "Heading",
    "Message",
    "ModelUsage",
    "Part",
    "Passage",
    "Retracted",
    "Sentence",
    "Session",
    "Source",
    "Text",
    "Unreached",
]
