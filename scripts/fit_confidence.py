"""Fit retrieval/confidence.json: is the answer in the book?

    python scripts/fit_confidence.py FOLDER

FOLDER keeps the books' installation between runs. Fitted on `bench.cases.FITTED`, reported on
`bench.cases.HELD`. The lower threshold is placed where 96 % of another book's questions are
refused, the upper where 10 % of the questions that are on the subject but not in the book pass.
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

from bench.cases import FITTED, HELD, Case, cases, installed

from glossator.retrieval.confidence import FEATURES

OUT = Path(__file__).parents[1] / "src/glossator/retrieval/confidence.json"
FOREIGN_REFUSED = 0.96
ABSENT_PASSED = 0.10


def matrix(chosen: Sequence[Case]) -> NDArray[np.float64]:
    """Features with a column of ones."""
    return np.array([[case.values[name] for name in FEATURES] + [1.0] for case in chosen])


def fit(chosen: Sequence[Case], penalty: float = 0.02) -> NDArray[np.float64]:
    """Logistic weights by Newton's method; each collection and kind weighs the same."""
    x = matrix(chosen)
    y = np.array([float(case.answerable) for case in chosen])
    groups = [(case.collection, case.kind) for case in chosen]
    sizes = {group: groups.count(group) for group in set(groups)}
    weight = np.array([1.0 / sizes[group] for group in groups])
    weight *= np.where(y == 1, 0.5 / weight[y == 1].sum(), 0.5 / weight[y == 0].sum())
    ridge = penalty * np.diag([1.0] * len(FEATURES) + [0.0]) / 100
    w = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (weight * (p - y)) + ridge @ w
        hessian = (x.T * (weight * p * (1 - p))) @ x + ridge + 1e-9 * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    return w


def report(
    name: str, chosen: Sequence[Case], logits: NDArray[np.float64], low: float, high: float
) -> None:
    """Per kind: how many are refused, unsure, answered."""
    for kind in ("natural", "hard", "foreign", "removed", "absent"):
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
    low = float(np.quantile(logits[kinds == "foreign"], FOREIGN_REFUSED))
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
