"""How many clusters classes fall into by themselves, if they do at all.

Whatever is divided, some number of clusters has the greatest silhouette: also of classes that
only differ by degrees. So it is compared with what classes without clusters have, spread evenly
over the same space (as the gap statistic does; Tibshirani, Walther and Hastie, 2001).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .clusters import clusters, complete
from .separation import separation

MAX_K = 10
# Silhouettes below this are said to show no structure (Kaufman and Rousseeuw, 1990).
_CLEAR = 0.25
# How often that is looked at, and by how much the greatest silhouette must be exceeded: it is
# of one number of clusters, and what is compared with it is the best of several.
_REFERENCES = 9
_MARGIN = 0.05
# More classes, and more of the course of their error rates, tell no more.
_CLASSES = 200
_TIMES = 50
_SEED = 0


def sample(evaluated: NDArray[np.bool_]) -> tuple[NDArray[np.intp], np.random.Generator]:
    """The classes that tell: positions of at most some hundred, and what is drawn from next.

    Args:
        evaluated: Whether a class ever was: bool[classes].
    """
    known = np.flatnonzero(evaluated)
    rng = np.random.default_rng(_SEED)
    if len(known) > _CLASSES:
        known = known[rng.choice(len(known), _CLASSES, replace=False)]
    return known, rng


def suggest_clusters(error_rates: NDArray[np.float32], rng: np.random.Generator) -> int | None:
    """How many clusters are further apart than classes without clusters would be; None: none.

    Args:
        error_rates: float32[classes, validations] of a `sample`, NaN where one was not evaluated.
        rng: What references are drawn from.
    """
    if len(error_rates) < 4:
        return None  # A cluster is more than a class.
    curves = _coarse(complete(error_rates))
    scores = {k: _separation(curves, k) for k in range(2, min(MAX_K, len(curves) // 2) + 1)}
    best = max(scores, key=lambda k: scores[k])
    if scores[best] < _CLEAR:
        return None
    spread = _Spread(curves)
    references = (_separation(spread.draw(rng), best) for _ in range(_REFERENCES))
    return best if all(scores[best] > score + _MARGIN for score in references) else None


def _coarse(curves: NDArray[np.float64]) -> NDArray[np.float32]:
    """Means over stretches of validations, in which noise cancels: float32[classes, <= times]."""
    parts = np.array_split(curves, min(_TIMES, curves.shape[1]), axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1).astype(np.float32)


def _separation(curves: NDArray[np.float32], k: int) -> float:
    return float(np.nan_to_num(separation(curves, clusters(curves, k))))


class _Spread:
    """Points without clusters, as widely spread as some others along their principal axes."""

    def __init__(self, points: NDArray[np.float32]) -> None:
        _, _, self._axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        along = points @ self._axes.T
        self._low, self._high = along.min(axis=0), along.max(axis=0)
        self._count = len(points)

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """As many points: float32[points, dimensions]."""
        drawn = rng.uniform(self._low, self._high, (self._count, len(self._low)))
        answer: NDArray[np.float32] = (drawn @ self._axes).astype(np.float32)
        return answer
