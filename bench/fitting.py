"""Weights of a linear score, fitted so that the right candidates of each question win."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A question: its candidates' features [n, f], which of them are right [n], and its weight.
Judged = tuple[NDArray[np.float64], NDArray[np.bool_], float]


def fit_softmax(
    data: Sequence[Judged], features: int, penalty: float = 3e-3
) -> NDArray[np.float64]:
    """Weights [f] that make the softmax over a question's candidates fall on the right ones.

    A question without a right or without a wrong candidate teaches nothing and is left out.
    """
    from scipy.optimize import minimize

    taught = [(x, right, w) for x, right, w in data if right.any() and not right.all()]
    total = sum(weight for _, _, weight in taught)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = 0.0, np.zeros_like(w)
        for x, right, weight in taught:
            z = x @ w
            e = np.exp(z - z.max())
            p = e / e.sum()
            share = p[right].sum() + 1e-12
            value -= weight * np.log(share)
            gradient -= weight * ((p[right] / share) @ x[right] - p @ x)
        return value / total + penalty * w @ w, gradient / total + 2 * penalty * w

    return np.asarray(minimize(loss, np.ones(features), jac=True, method="L-BFGS-B").x)
