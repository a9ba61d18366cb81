"""Which dots of a map attract each other, and how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The weight of two images that are predicted as different classes: regions become clean. With
# less, more predictions are kept and fewer neighbours.
ACROSS = 0.25
# The nearest images with low margins that each is drawn to, and how much: borders become true.
BORDERS = 5
BORDER = 1.0


@dataclass(frozen=True)
class Graph:
    """Pairs of dots that attract each other; the weights of all sum to 1, each counted both ways.

    Attributes:
        ends: int64[2, pairs], each pair once, in ascending order.
        weights: float64[pairs].
    """

    ends: Ints
    weights: Floats

    def attraction(self, places: Floats) -> Floats:
        """The sum of p_ij w_ij (y_i - y_j) for each dot i: float64[dots, 2]."""
        a, b = self.ends
        found = np.empty_like(places)
        x, y = places.T
        dx, dy = x[a] - x[b], y[a] - y[b]
        pull = self.weights / (1 + dx * dx + dy * dy)
        for axis, difference in enumerate((dx, dy)):
            force = pull * difference
            ahead = np.bincount(a, force, len(places))
            found[:, axis] = ahead - np.bincount(b, force, len(places))
        return found


def graph_of(neighbours: Ints, predicted: Ints | None, border: Ints | None) -> Graph:
    """The graph of images that are alike.

    Args:
        neighbours: int64[dots, 15]; negative: none.
        predicted: int64[dots]: the class predicted, negative: not known; None: of all.
        border: int64[dots, 15]: the nearest with low margins; None: not known.
    """
    dots = len(neighbours)
    parts = [_edges(neighbours, np.ones(neighbours.shape))]
    if border is not None:
        parts.append(_edges(border[:, :BORDERS], np.full((dots, BORDERS), BORDER)))
    from_, to, weights = (np.concatenate(each) for each in zip(*parts, strict=True))
    if predicted is not None:
        across = (predicted[from_] != predicted[to]) & (len(parts[0][0]) > np.arange(len(from_)))
        weights = np.where(across, ACROSS * weights, weights)
    low, high = np.minimum(from_, to), np.maximum(from_, to)
    keys, pair = np.unique(low * dots + high, return_inverse=True)
    together = np.bincount(pair, weights, len(keys))
    ends = np.stack(np.divmod(keys, max(1, dots)))
    return Graph(ends, together / max(2 * together.sum(), 1e-300))


def _edges(near: Ints, weights: Floats) -> tuple[Ints, Ints, Floats]:
    there = near >= 0
    from_ = np.broadcast_to(np.arange(len(near))[:, None], near.shape)
    return from_[there], near[there], weights[there]
