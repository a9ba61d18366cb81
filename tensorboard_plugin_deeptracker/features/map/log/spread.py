"""How features are spread: what signs need of them, a few numbers for each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..records import Spread

# Images that the effective rank is of, at most; evenly spread over all.
_RANKED = 1000


def spread_of(
    features: NDArray[np.float32], labels: NDArray[np.integer], classes: int
) -> Spread | None:
    """How features are spread between and within classes; None if there are none.

    Args:
        features: float32[images, dimensions], all finite.
        labels: int[images], from 0 to `classes` - 1.
        classes: How many there are.
    """
    if not len(features):
        return None
    # In units of the largest, so that squares are numbers.
    size = float(np.abs(features).max(initial=0)) or 1.0
    moved = features - features.mean(axis=0, dtype=np.float64)
    moved /= size
    counts = np.bincount(labels, minlength=classes)
    order = np.argsort(labels, kind="stable")
    begins = np.cumsum([0, *counts[:-1]])
    present = np.flatnonzero(counts)
    sums = np.add.reduceat(moved[order], begins[present], axis=0)
    centers = sums / counts[present, None]
    squares = np.einsum("ij,ij->i", moved, moved)
    of_class = np.add.reduceat(squares[order], begins[present])
    of_center = np.einsum("ij,ij->i", centers, centers)
    within = np.full((2, classes), np.nan)
    # What rounding leaves below 0 is 0.
    within[0, present] = np.maximum(of_class / counts[present] - of_center, 0)
    within[1, present] = _nearest_others(centers)
    total = float(squares.mean())
    between = float((of_center * counts[present]).sum() / len(moved))
    unit = size * size
    with np.errstate(over="ignore"):
        return Spread(
            total=total * unit,
            between=between * unit,
            rank=_effective_rank(moved[:: -(-len(moved) // _RANKED)]),
            constant=int((features.max(axis=0) == features.min(axis=0)).sum()),
            dimensions=features.shape[1],
            within=(within[0] * unit).astype(np.float32),
            apart=(within[1] * unit).astype(np.float32),
        )


def _nearest_others(centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distance of each centre to the nearest other one; NaN if there is only one."""
    if len(centers) < 2:
        return np.full(len(centers), np.nan)
    found = np.empty(len(centers))
    for i, center in enumerate(centers):
        away = centers - center
        squares = np.einsum("ij,ij->i", away, away)
        squares[i] = np.inf
        found[i] = squares.min()
    return found


def _effective_rank(moved: NDArray[np.float64]) -> float:
    """Participation ratio of the covariance's eigenvalues: (sum)^2 / sum of squares; 0 of none."""
    moved = moved - moved.mean(axis=0)
    images, dimensions = moved.shape
    product = moved @ moved.T if images < dimensions else moved.T @ moved
    squares = float(np.einsum("ij,ij->", product, product))
    trace = float(np.trace(product))
    return trace * trace / squares if squares > 0 else 0.0
