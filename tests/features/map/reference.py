"""The same by brute force, as plainly as it can be written."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]


def squares(a: Floats, b: Floats) -> NDArray[np.float64]:
    """Squared distances of all to all."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    found: NDArray[np.float64] = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    return found


def nearest(points: Floats, count: int, among: NDArray[np.bool_] | None = None) -> Ints:
    """The nearest others of each, equally near ones by number; -1 where there are no more."""
    found = np.full((len(points), count), -1)
    there = np.arange(len(points)) if among is None else np.flatnonzero(among)
    for i, square in enumerate(squares(points, points)):
        others = there[there != i]
        order = others[np.lexsort((others, square[others]))][:count]
        found[i, : len(order)] = order
    return found


def repulsion(places: Floats) -> tuple[Floats, float]:
    """The repulsion of t-SNE, all with all."""
    apart = places[:, None] - places[None]
    near = 1 / (1 + (apart**2).sum(axis=2))
    return (near[:, :, None] ** 2 * apart).sum(axis=1), float(near.sum() - len(places))


def same_neighbours(found: NDArray[Any], features: Floats) -> bool:
    """Whether neighbours are those of features that another computation gave: but for rounding."""
    exact = nearest(features, found.shape[1])
    return bool((found == exact).mean() > 0.98)
