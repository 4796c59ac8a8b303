"""Answers from nothing but what the reader marked: the blocks in which it stands."""

from __future__ import annotations

from dataclasses import replace

from glossator.retrieval.context import Stretch
from glossator.retrieval.service import SearchResult
from glossator.tutor.exchange import Asked
from glossator.tutor.materials import place_of, shown_selection
from glossator.tutor.open_page import OpenPage
from glossator.tutor.shelf import Shelf

NOWHERE = Stretch("", 0, 0, rank=-1)
"""Where a selection stands that is in none of the texts: nothing is proven by it."""


def bounds(asked: Asked, page: OpenPage | None, shelf: Shelf, result: SearchResult) -> Stretch:
    """The whole blocks that a selection touches; `NOWHERE` where it stands in no found text."""
    documents = dict.fromkeys(item.document.id for item in result.found)
    place = page.marked if page is not None else None
    if place is None:
        texts = {document: shelf.text(document) for document in documents}
        place = place_of(shown_selection(asked.selected_text), texts)
    if place is None or place.document_id not in documents:
        return NOWHERE
    start, end = place.start, place.end
    touched = [b for b in shelf.blocks(place.document_id) if b.start < end and start < b.end]
    if not touched:
        return NOWHERE
    return replace(place, start=touched[0].start, end=touched[-1].end)


def narrowed(result: SearchResult, within: Stretch | None) -> SearchResult:
    """The result with only the passages that touch a stretch."""
    if within is None:
        return result
    found = tuple(
        item
        for item in result.found
        if item.document.id == within.document_id
        and item.ranked.passage.start < within.end
        and within.start < item.ranked.passage.end
    )
    return replace(result, found=found)
