"""How far apart clusters lie, to suggest how many there are (silhouettes; Rousseeuw, 1987)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clusters import Cluster, complete

# Silhouettes compare all pairs; so many classes tell as much as more of them.
_SAMPLE = 2000
_SEED = 0


def separation(error_rates: NDArray[np.float32], found: list[Cluster]) -> float:
    """The mean silhouette of a clustering: 1 if clusters lie far apart, 0 if they touch.

    Args:
        error_rates: float32[classes, validations], as they were clustered.
        found: The clusters; see `clusters`.

    Returns:
        From -1 to 1; NaN with fewer than two clusters, or without two classes in one.
    """
    classes = np.array([c for cluster in found for c in cluster.classes], np.intp)
    if not 2 <= len(found) < len(classes):
        return np.nan
    assigned = np.repeat(np.arange(len(found)), [len(cluster.classes) for cluster in found])
    if len(classes) > _SAMPLE:
        chosen = np.random.default_rng(_SEED).choice(len(classes), _SAMPLE, replace=False)
        classes, assigned = classes[chosen], assigned[chosen]
    return float(silhouettes(complete(error_rates[classes]), assigned).mean())


def silhouettes(
    points: NDArray[np.float64], assigned: NDArray[np.signedinteger[Any]]
) -> NDArray[np.float64]:
    """How much nearer each point is to its own cluster than to the next: float64[points]."""
    members = np.eye(assigned.max() + 1)[assigned]
    sizes = members.sum(axis=0)
    own = np.arange(len(points)), assigned
    total = _distances(points) @ members
    with np.errstate(invalid="ignore"):
        mean = total / sizes
        within = total[own] / (sizes[assigned] - 1)
        mean[own] = np.inf
        between = mean.min(axis=1, initial=np.inf, where=np.isfinite(mean))
        silhouettes: NDArray[np.float64] = (between - within) / np.maximum(between, within)
    # A point alone, or like all others, is as near to its cluster as to any other.
    return np.nan_to_num(silhouettes, copy=False)


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of every point to every other: float64[points, points]."""
    squares = np.square(points).sum(axis=1)
    distances = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, 0)
    answer: NDArray[np.float64] = np.sqrt(np.maximum(distances, 0))
    return answer
