"""Fit retrieval/ranking.json: the weights of the second stage.

    python scripts/fit_ranking.py FOLDER

FOLDER keeps the books' installation between runs. Fitted on `bench.cases.FITTED`, reported on
`bench.cases.HELD`: how often the passage is the first, or among the first five. For SQuAD a hit
is any chunk of the right passage, counted by passages; for the books a chunk with the evidence.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.cases import FITTED, HELD, installed, question_sets
from bench.fitting import fit_softmax

from glossator.gateways.ports import Scope
from glossator.insight.questions import Question, holds
from glossator.retrieval.ranking import FEATURES, scaled_features
from glossator.wiring import House

OUT = Path(__file__).parents[1] / "src/glossator/retrieval/ranking.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's candidates: scaled features [n, f], which are right, and their documents."""

    style: str
    x: NDArray[np.float64]
    right: NDArray[np.bool_]
    documents: tuple[str, ...]


def asked(house: House, name: str, questions: Sequence[Question]) -> list[Asked]:
    """The candidates of all answerable questions of a set."""
    squad = name.startswith("squad")
    book = "squad" if squad else name
    result: list[Asked] = []
    for question in questions:
        if not question.answerable:
            continue
        with house.database.reading() as session:
            found = house.search.search(session, Scope((f"book:{book}",)), question.question).found
        if not found:
            continue
        values = np.array([[getattr(f.ranked.why, n) for n in FEATURES] for f in found])
        right = [
            f.document.chapter_id == question.chapter
            if squad
            else holds(f.ranked.passage.text, question.evidence)
            for f in found
        ]
        # Chunks of one of SQuAD's passages are one hit; a book's chunks are each their own.
        documents = tuple(f.document.id if squad else str(f.ranked.passage.chunk_id) for f in found)
        result.append(Asked(question.style, scaled_features(values), np.array(right), documents))
    return result


def places(part: Sequence[Asked], w: NDArray[np.float64]) -> dict[str, NDArray[np.int64]]:
    """By style, at which place (from 1) each question's right passage comes; 999 for nowhere."""
    found: dict[str, list[int]] = {}
    for one in part:
        order = np.argsort(-(one.x @ w), kind="stable")
        unique = list(dict.fromkeys(one.documents[n] for n in order))
        right = {one.documents[n] for n in np.flatnonzero(one.right)}
        place = next((n for n, document in enumerate(unique, 1) if document in right), 999)
        found.setdefault(one.style, []).append(place)
    return {style: np.array(values) for style, values in found.items()}


def main() -> None:
    """Fit, report, write."""
    folder = Path(sys.argv[1])
    cache = folder / "asked.pkl"
    if cache.exists():
        data = pickle.loads(cache.read_bytes())  # noqa: S301  our own file
    else:
        house = installed(folder)
        data = {name: asked(house, name, qs) for name, qs in question_sets().items()}
        cache.write_bytes(pickle.dumps(data))
        house.close()
    judged = [
        (one.x, one.right, 1 / np.sqrt(len(data[name]))) for name in FITTED for one in data[name]
    ]
    w = fit_softmax(judged, len(FEATURES))
    print(dict(zip(FEATURES, w.round(3), strict=True)))
    for name in (*FITTED, *HELD):
        for style, at in places(data[name], w).items():
            error = 1.96 * np.sqrt((at <= 1).mean() * (at > 1).mean() / len(at))
            print(
                f"{name:14} {style:8} n={len(at):4}  R@1 {(at <= 1).mean():.3f} ± {error:.3f}  "
                f"R@5 {(at <= 5).mean():.3f}"
            )
    OUT.write_text(
        json.dumps(
            {
                "features": FEATURES,
                "weights": [round(float(v), 4) for v in w],
                "provenance": {
                    "script": "scripts/fit_ranking.py",
                    "fitted_on": FITTED,
                    "measured_on": HELD,
                },
            },
            indent=2,
        )
        + "\n",
        "utf-8",
    )


if __name__ == "__main__":
    main()
