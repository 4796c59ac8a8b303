"""What a model gets to read for one question, and the way back from a quote to its citation."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from glossator.gateways.chat import Material
from glossator.retrieval.context import BUDGET, Stretch, context, tokens
from glossator.retrieval.service import Found, SearchResult
from glossator.tutor.answers import Source
from glossator.tutor.citations import Place
from glossator.tutor.proof import Evidence, Spot
from glossator.tutor.shelf import Shelf
from glossator.tutor.statements import segments
from glossator.tutor.verbatim import fold, folded_quote

_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)")
# A selection may take so much of the budget; what is longer is cut.
_SELECTION = 1_000
_CHARS_A_TOKEN = 3


@dataclass(frozen=True, slots=True)
class Materials:
    """Passages as a model sees them (`shown`) and as the proof needs them (`evidence`)."""

    shown: tuple[Material, ...]
    evidence: tuple[Evidence, ...]
    texts: Mapping[str, str]
    links: tuple[str, ...]
    found: tuple[Found, ...]
    shelf: Shelf
    # A source is shown when it is proven, and again in the finished answer.
    _cited: dict[Spot, Source] = field(default_factory=dict, compare=False, repr=False)

    def cite(self, spot: Spot) -> Source:
        """The citation of a proven quote."""
        if spot not in self._cited:
            self._cited[spot] = self._made(spot)
        return self._cited[spot]

    def _made(self, spot: Spot) -> Source:
        same = [item for item in self.found if item.document.id == spot.document_id]
        for item in same:
            passage = item.ranked.passage
            if passage.start < spot.end and spot.start < passage.end:
                return self.shelf.cite(Place(item, spot.start, spot.end))
        # In the passage's document, but elsewhere in it: the section is told by its headings.
        source = self.shelf.cite(Place(same[0], spot.start, spot.end))
        section = self.shelf.section(spot.document_id, source.title, spot.start)
        return dataclasses.replace(source, section=section)


def gather(
    shelf: Shelf,
    result: SearchResult,
    selection: str | None,
    marked_at: Stretch | None = None,
    *,
    only: Stretch | None = None,
) -> Materials:
    """The best passages within the budget; where the reader's selection stands comes first.

    `marked_at` is where it stands, if it isn't in these texts' own words. With `only` nothing
    else is read than that stretch.
    """
    shelf.take_down()
    texts = {item.document.id: shelf.text(item.document.id) for item in result.found}
    blocks = {document: shelf.blocks(document) for document in texts}
    marked = shown_selection(selection)
    budget = BUDGET - tokens(marked)
    passages = [item.ranked.passage for item in result.found]
    stretches = context(passages, texts, blocks, budget)
    known = marked_at is not None and marked_at.document_id in texts
    place = marked_at if known else place_of(marked, texts)
    if only is not None:
        stretches = [only]
    elif place is not None:
        stretches = [place, *(s for s in stretches if not _overlap(s, place))]
    evidence = tuple(_evidence(n, item, texts) for n, item in enumerate(stretches, 1))
    titles = {item.document.id: item.document.title for item in result.found}
    return Materials(
        shown=tuple(
            Material(
                item.number,
                shelf.section(item.document_id, titles[item.document_id], item.start),
                _parts(item),
            )
            for item in evidence
        ),
        evidence=evidence,
        texts={item.document_id: texts[item.document_id] for item in evidence},
        links=tuple({link for item in evidence for link in _LINK.findall(item.text)}),
        found=result.found,
        shelf=shelf,
    )


def shown_selection(selection: str | None) -> str:
    """As much of the reader's selection as a model gets to see."""
    return (selection or "").strip()[: _SELECTION * _CHARS_A_TOKEN]


def place_of(selection: str, texts: Mapping[str, str]) -> Stretch | None:
    """Where a selection stands in documents' texts, by their ids; None where it doesn't."""
    wanted = folded_quote(selection)
    for document, text in texts.items() if wanted else ():
        place = fold(text).find(wanted)
        if place is not None:
            return Stretch(document, *place, rank=-1)
    return None


def _overlap(one: Stretch, other: Stretch) -> bool:
    same = one.document_id == other.document_id
    return same and one.start < other.end and other.start < one.end


def _evidence(number: int, stretch: Stretch, texts: Mapping[str, str]) -> Evidence:
    text = texts[stretch.document_id][stretch.start : stretch.end]
    return Evidence(number, stretch.document_id, stretch.start, text, _sentences(text))


# The same stretches of a book come up for many questions.
@lru_cache(maxsize=2_048)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(segments(text))


def _parts(item: Evidence) -> tuple[str, ...]:
    """The text cut before each sentence; joined it is the text again."""
    text = item.text
    cuts = [0, *(start for start, _ in item.sentences if start > 0), len(text)]
    return tuple(text[a:b] for a, b in pairwise(cuts) if a < b)
