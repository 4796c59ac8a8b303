"""Fit retrieval/confidence.json: is the answer in the book?

    python scripts/fit_confidence.py FOLDER

FOLDER keeps the books' installation between runs. Fitted on `bench.cases.FITTED`, reported on
`bench.cases.HELD`. The lower threshold lies half-way between what 97 % of another book's
questions stay below and what 99 % of a book's own natural ones reach; the upper where 10 % of the
questions that are on the subject but not in the book pass.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.cases import FITTED, HELD, OBLIQUE, Case, cases, installed

from glossator.retrieval.confidence import FEATURES

OUT = Path(__file__).parents[1] / "src/glossator/retrieval/confidence.json"
BOOKS = ("sample", "robotics", "cp-algorithms")
ABSENT_PASSED = 0.10
# Oblique paraphrases look like absent questions to any score; they may not pull the weights far.
HARD_WEIGHT = 0.3


def matrix(chosen: Sequence[Case]) -> NDArray[np.float64]:
    """Features with a column of ones."""
    return np.array([[case.values[name] for name in FEATURES] + [1.0] for case in chosen])


def fit(chosen: Sequence[Case], penalty: float = 1e-3) -> NDArray[np.float64]:
    """Logistic weights, none below 0: every feature says "it is there", so none may say "not".

    A group (collection and kind) weighs as the root of its size, both answers the same in all.
    """
    from scipy.optimize import minimize

    x = matrix(chosen)
    y = np.array([float(case.answerable) for case in chosen])
    sizes = Counter((case.collection, case.kind) for case in chosen)
    weight = np.array(
        [
            (HARD_WEIGHT if case.kind in OBLIQUE else 1.0)
            / np.sqrt(sizes[(case.collection, case.kind)])
            for case in chosen
        ]
    )
    weight *= np.where(y == 1, 0.5 / weight[y == 1].sum(), 0.5 / weight[y == 0].sum())

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ w
        off = weight * (1 / (1 + np.exp(-z)) - y)
        value = float((weight * np.logaddexp(0, -z * (2 * y - 1))).sum())
        free = np.append(w[:-1], 0.0)
        return value + penalty * float(free @ free), x.T @ off + 2 * penalty * free

    bounds = [(0.0, None)] * len(FEATURES) + [(None, None)]
    start = np.zeros(x.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def report(
    name: str, chosen: Sequence[Case], logits: NDArray[np.float64], low: float, high: float
) -> None:
    """Per kind: how many are refused, unsure, answered."""
    for kind in ("natural", *OBLIQUE, "foreign", "removed", "absent"):
        values = np.array([v for case, v in zip(chosen, logits, strict=True) if case.kind == kind])
        if len(values):
            absent, sure = (values < low).mean(), (values >= high).mean()
            print(
                f"{name:14} {kind:8} n={len(values):4}  refused {absent:.3f}  "
                f"unsure {1 - absent - sure:.3f}  answered {sure:.3f}"
            )


def balanced(present: NDArray[np.float64], absent: NDArray[np.float64]) -> tuple[float, float]:
    """The best balanced accuracy and its threshold."""
    cuts = np.unique(np.concatenate([present, absent]))
    accuracy = [((present >= cut).mean() + (absent < cut).mean()) / 2 for cut in cuts]
    best = int(np.argmax(accuracy))
    return float(accuracy[best]), float(cuts[best])


def main() -> None:
    """Fit, report, write."""
    folder = Path(sys.argv[1])
    cache = folder / "cases.pkl"
    if cache.exists():
        everything = pickle.loads(cache.read_bytes())  # noqa: S301  our own file
    else:
        house = installed(folder)
        everything = list(cases(house))
        cache.write_bytes(pickle.dumps(everything))
        house.close()
    fitted = [case for case in everything if case.collection in FITTED]
    w = fit(fitted)
    logits = matrix(fitted) @ w
    kinds = np.array([case.kind for case in fitted])
    of_books = np.isin([case.collection for case in fitted], BOOKS)
    low = float(
        np.quantile(logits[of_books & (kinds == "foreign")], 0.97)
        + np.quantile(logits[of_books & (kinds == "natural")], 0.01)
    )
    low /= 2
    near = np.isin(kinds, ("removed", "absent"))
    high = max(float(np.quantile(logits[near], 1 - ABSENT_PASSED)), low + 0.1)
    print(dict(zip((*FEATURES, "bias"), w.round(3), strict=True)), "low", low, "high", high)
    for name in (*FITTED, *HELD):
        chosen = [case for case in everything if case.collection == name]
        report(name, chosen, matrix(chosen) @ w, low, high)
    for kind in ("foreign", "removed"):
        cut = 0.0
        for name in ("squad-tune", "squad-held"):
            chosen = [case for case in everything if case.collection == name]
            values = matrix(chosen) @ w
            of = np.array([case.kind for case in chosen])
            present, gone = values[of == "natural"], values[of == kind]
            if name == "squad-tune":
                _, cut = balanced(present, gone)
            got = ((present >= cut).mean() + (gone < cut).mean()) / 2
            print(f"{name}: balanced accuracy, {kind}: {got:.3f} at tune's threshold")
    OUT.write_text(
        json.dumps(
            {
                "features": FEATURES,
                "weights": [round(float(v), 5) for v in w[:-1]],
                "bias": round(float(w[-1]), 5),
                "absent_below": round(low, 5),
                "answerable_from": round(high, 5),
                "provenance": {
                    "script": "scripts/fit_confidence.py",
                    "fitted_on": FITTED,
                    "measured_on": HELD,
                    "cases": len(fitted),
                },
            },
            indent=2,
        )
        + "\n",
        "utf-8",
    )


if __name__ == "__main__":
    main()
