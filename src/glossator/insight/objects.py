"""A group of questions as the API shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from glossator.foundation.web import moment
from glossator.insight.gaps import Group, words_of
from glossator.insight.lacking import Lacking

_EXAMPLES = 5
_PLACES = 5
_CHAPTER = ("book_id", "chapter_id", "title")
_SECTION = (*_CHAPTER, "section")


def group_object(group: Group, lacking: Lacking) -> dict[str, Any]:
    """The group with its counts, examples and places, and what of its words the book lacks."""
    asked, wordings = group.asked, group.wordings
    place = _most((each.place for each in asked), _CHAPTER)[0]
    kinds = Counter(each.kind for each in asked)
    words = list(group.name) or words_of(wordings[0].question)[:3]
    here = Counter(
        (each.place["book_id"], each.asked_from or each.place["chapter_id"]) for each in asked
    )
    return {
        "name": ", ".join(group.name) or wordings[0].question,
        "words": list(group.name),
        "question": wordings[0].question,
        "count": len(asked),
        "askers": len({each.asker for each in asked}),
        "kinds": {kind: kinds[kind] for kind in ("refused", "closest", "rated_down")},
        **{name: place[name] for name in _CHAPTER},
        "last_asked_at": moment(max(each.asked_at for each in asked)),
        "examples": [
            {"question": each.question, "count": len(each.asked)} for each in wordings[:_EXAMPLES]
        ],
        "asked_from": lacking.chapters(here),
        "nearest": [
            {**near, "url": _address(group, near)}
            for near in _most((each.place for each in asked), _SECTION)
        ],
        **lacking.told(place["book_id"], place["chapter_id"], words),
    }


def _address(group: Group, section: Mapping[str, Any]) -> str:
    """Where a section is read: at the passage that came closest first."""
    places = (each.place for each in group.asked)
    return next(
        str(place.get("url") or "")
        for place in places
        if all((place.get(name) or "") == section[name] for name in _SECTION)
    )


def _most(places: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    counted = Counter(tuple(place.get(name) or "" for name in names) for place in places)
    return [
        {**dict(zip(names, place, strict=True)), "count": n}
        for place, n in counted.most_common(_PLACES)
    ]
