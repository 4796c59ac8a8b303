"""Fit tutor/extractive.json: which sentence holds the answer?

    python scripts/fit_extractive.py FOLDER

FOLDER keeps the books' installation between runs. Fitted on `bench.cases.FITTED`, reported on
`bench.cases.HELD`: how often a gold answer (for the textbooks: the evidence) stands in the best
1, 2 and 3 sentences.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.cases import FITTED, HELD, OBLIQUE, installed, question_sets
from bench.fitting import fit_softmax

from glossator.gateways.ports import Scope
from glossator.insight.questions import Question, folded
from glossator.retrieval import pieces
from glossator.tutor.extractive import sentence_features
from glossator.tutor.wanted import take_apart
from glossator.wiring import House

OUT = Path(__file__).parents[1] / "src/glossator/tutor/extractive.json"
FEATURES = (
    "cosine",
    "cosine_gap",
    "maxsim",
    "maxsim_gap",
    "product",
    "worst",
    "around",
    "new",
    "coverage",
    "asking",
    "focus",
    "focus_new",
    "passage",
    "maxsim_passage",
    "log_rank",
    "length",
    "type",
    "first",
    "question",
    "heading_like",
)
PASSAGES = 8
PENALTY = 1e-3
# What oblique paraphrases share with their evidence is chance; they may not pull the weights far.
HARD_WEIGHT = 0.3

Row = tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]


def rows(house: House, book: str, questions: Sequence[Question]) -> list[tuple[str, Row]]:
    """Style, and features, labels and texts of the best passages' sentences, by question."""
    idf = pieces.load()
    found: list[tuple[str, Row]] = []
    for question in questions:
        with house.database.reading() as session:
            result = house.search.search(session, Scope((f"book:{book}",)), question.question)
        ranked = [item.ranked for item in result.found[:PASSAGES]]
        x, y, texts = [], [], []
        seen: set[tuple[str, int]] = set()
        apart = take_apart(question.question, result.question, idf(result.question.token_ids))
        for n, item in enumerate(ranked):
            for values, start, end in sentence_features(apart, result.question, ranked, n):
                place = (item.passage.document_id, item.passage.start + start)
                if place in seen:
                    continue
                seen.add(place)
                text = item.passage.text[start:end]
                x.append([values[name] for name in FEATURES])
                y.append(holds_answer(text, question))
                texts.append(text)
        if x:
            found.append((question.style, (np.array(x), np.array(y, dtype=bool), texts)))
    return found


def holds_answer(text: str, question: Question) -> bool:
    """A gold answer inside the sentence, or the evidence around or inside it."""
    inside = " ".join(folded(text).split())
    if question.answers:
        return any(" ".join(folded(answer).split()) in inside for answer in question.answers)
    for evidence in question.evidence:
        wanted = " ".join(folded(evidence).split())
        if wanted in inside or (len(inside.split()) >= 4 and inside in wanted):
            return True
    return False


def best_of(part: Sequence[tuple[str, Row]], w: NDArray[np.float64]) -> dict[str, str]:
    """Share of questions with the answer in the best 1, 2, 3 sentences, by style."""
    places: dict[str, list[int]] = {}
    for style, (x, y, _) in part:
        order = np.argsort(-(x @ w), kind="stable")
        hit = np.flatnonzero(y[order])
        places.setdefault(style, []).append(int(hit[0]) if len(hit) else 999)
    return {
        style: " / ".join(f"{np.mean([p < n for p in found]):.3f}" for n in (1, 2, 3))
        for style, found in places.items()
    }


def main() -> None:
    """Fit, report, write."""
    folder = Path(sys.argv[1])
    cache = folder / "sentences.pkl"
    if cache.exists():
        data = pickle.loads(cache.read_bytes())  # noqa: S301  our own file
    else:
        house = installed(folder)
        data = {
            name: rows(
                house,
                "squad" if name.startswith("squad") else name,
                [q for q in questions if q.answerable],
            )
            for name, questions in question_sets().items()
        }
        cache.write_bytes(pickle.dumps(data))
        house.close()
    judged = [
        (x, y, (HARD_WEIGHT if style in OBLIQUE else 1.0) / np.sqrt(len(data[name])))
        for name in FITTED
        for style, (x, y, _) in data[name]
    ]
    w = fit_softmax(judged, len(FEATURES), PENALTY)
    print(dict(zip(FEATURES, w.round(3), strict=True)))
    for name in (*FITTED, *HELD):
        print(name, len(data[name]), best_of(data[name], w))
    OUT.write_text(
        json.dumps(
            {
                "features": FEATURES,
                "weights": [round(float(v), 5) for v in w],
                "bias": 0.0,
                "provenance": {
                    "script": "scripts/fit_extractive.py",
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
