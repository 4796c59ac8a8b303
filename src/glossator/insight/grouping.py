"""Questions grouped by meaning, and what to call a group; pure.

Similarities are cosines of the encoder's vectors after taking out what all questions of the report
share (a book on robots makes every question similar to every other). Groups are those of the
Leiden algorithm with the constant Potts model (Traag, Waltman, van Eck 2019): within a group the
mean similarity is at least `NEAR`, and joining two groups would fall below it; the number of
groups is not given beforehand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Stem = Callable[[str], str]
Vectors = NDArray[np.float32]

# The mean similarity within a group, after centring.
NEAR = 0.11
# A question's nearest others that may be in its group.
_NEIGHBOURS = 40
# So many questions make what they share known for a half.
_SHARED_BY = 12
_SEED = 20
_NAMES = 3
# A word names a group where so many of its questions have it.
_OFTEN = 0.2
# A further word must come so near to the best one.
_NEARLY = 0.4


def groups(vectors: Vectors, near: float = NEAR) -> list[list[int]]:
    """Which of the vectors [n, d] belong together, the largest group first."""
    count = len(vectors)
    if count < 2:
        return [[n] for n in range(count)]
    edges = _edges(similarities(vectors))
    found: dict[int, list[int]] = {}
    if edges:
        from graspologic_native import leiden

        _, places = leiden(
            edges=edges,
            resolution=near,
            use_modularity=False,
            randomness=0.001,
            iterations=5,
            seed=_SEED,
            trials=3,
        )
    else:
        places = {}
    for n in range(count):
        found.setdefault(places.get(str(n), -n - 1), []).append(n)
    return sorted(found.values(), key=lambda members: (-len(members), members[0]))


def similarities(vectors: Vectors) -> NDArray[np.float32]:
    """Cosines [n, n] of the vectors without what they share."""
    count = len(vectors)
    centred = vectors - vectors.mean(axis=0) * count / (count + _SHARED_BY)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    found: NDArray[np.float32] = centred @ centred.T
    return found


def central(vectors: Vectors, members: Sequence[int], weights: Sequence[int]) -> list[int]:
    """A group's members, those first that are most like all of it; `weights` are of all vectors."""
    own = vectors[list(members)]
    counts = np.array([weights[n] for n in members], np.float32)
    mean = (own * counts[:, None]).sum(axis=0)
    order = np.argsort(-(own @ mean), kind="stable")
    return [members[int(n)] for n in order]


def names(
    grouped: Sequence[Sequence[Sequence[str]]],
    stem: Stem,
    skip: frozenset[str],
    rarity: Callable[[str], float],
) -> list[list[str]]:
    """The telling words of each group, at most three; of questions as lists of lower-case words.

    As class-based tf-idf does it, often within the group and seldom in the others; and `rarity`,
    0 to 1, of a stem: what the book has everywhere says little of what it lacks.
    """
    stems = [[{stem(w) for w in words if w not in skip} for words in group] for group in grouped]
    surfaces: dict[str, Counter[str]] = {}
    for group in grouped:
        for question in group:
            for word in question:
                surfaces.setdefault(stem(word), Counter())[word] += 1
    total = Counter(word for telling in stems for words in telling for word in words)
    found = []
    for telling in stems:
        own = Counter(word for words in telling for word in words)
        size = len(telling)
        scores = {
            word: n / size * math.log(1 + len(stems) * n / total[word]) * rarity(word)
            for word, n in own.items()
            if n >= min(2, size) and n >= _OFTEN * size
        }
        found.append(_best(scores or {word: rarity(word) for word in own}, surfaces))
    return found


def _best(scores: Mapping[str, float], surfaces: Mapping[str, Counter[str]]) -> list[str]:
    """The stems near the best one, each as it is most often written."""
    order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    near = [word for word, score in order if score >= _NEARLY * order[0][1]][:_NAMES]
    return [max(surfaces[word].items(), key=lambda item: (item[1], item[0]))[0] for word in near]


def _edges(near: NDArray[np.float32]) -> list[tuple[str, str, float]]:
    """Each question with its nearest others that are like it at all, each pair once."""
    count = len(near)
    near = near.copy()
    np.fill_diagonal(near, -1.0)
    keep = min(_NEIGHBOURS, count - 1)
    best = np.argpartition(-near, keep - 1, axis=1)[:, :keep]
    pairs = {
        (min(n, int(other)), max(n, int(other)))
        for n in range(count)
        for other in best[n]
        if near[n, other] > 0
    }
    return [(str(a), str(b), float(near[a, b])) for a, b in sorted(pairs)]
