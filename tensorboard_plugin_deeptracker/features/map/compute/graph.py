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


class Attraction:
    """Computes the forces of a graph. Memory for all pairs is kept: having it anew takes longer.

    Args:
        graph: What attracts what.
        dots: How many there are.
    """

    def __init__(self, graph: Graph, dots: int) -> None:
        self._from, self._to = graph.ends
        self._weights = graph.weights.astype(np.float32)
        # Pairs come by their first end; so many of them later, by their second.
        self._by_second = np.argsort(self._to, kind="stable")
        self._sums = [_begins(self._from), _begins(self._to[self._by_second])]
        pairs = len(self._weights)
        self._apart, self._other = np.empty((2, pairs), np.complex64)
        self._square, self._part = np.empty((2, pairs), np.float32)
        self._dots, self._found = np.empty((2, dots), np.complex64)

    def forces(self, at: Floats) -> Floats:
        """The sum of p_ij w_ij (y_i - y_j) for each dot i: float64[2, dots], to float32's digits.

        Args:
            at: float64[2, dots].
        """
        if not len(self._weights):
            return np.zeros_like(at)
        apart, other, square, part = self._apart, self._other, self._square, self._part
        # A complex number is a place: half as many steps.
        self._dots.real, self._dots.imag = at
        # "clip": or numpy would copy what it takes, once more. All are there.
        self._dots.take(self._from, out=apart, mode="clip")
        self._dots.take(self._to, out=other, mode="clip")
        np.subtract(apart, other, out=apart)
        np.square(apart.real, out=square)
        np.square(apart.imag, out=part)
        np.add(square, part, out=square)
        np.add(square, 1, out=square)
        np.divide(self._weights, square, out=square)
        np.multiply(apart, square, out=apart)
        apart.take(self._by_second, out=other, mode="clip")
        found = self._found
        found[:] = 0
        (first, at_first), (second, at_second) = self._sums
        found[first] = np.add.reduceat(apart, at_first)
        found[second] -= np.add.reduceat(other, at_second)
        return np.stack([found.real, found.imag]).astype(np.float64)


def _begins(ends: Ints) -> tuple[Ints, Ints]:
    """The different ones of ends in ascending order, and where each begins."""
    begins = np.flatnonzero(np.diff(ends, prepend=-1))
    return ends[begins], begins


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
