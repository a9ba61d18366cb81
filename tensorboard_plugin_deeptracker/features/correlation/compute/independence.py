"""How many anomaly filters a layer would have in a class if the two were independent.

A cell's count grows with the number of the class's anomaly iterations and with the anomaly
filters that the layer has anyway. Both are kept: what chance decides is *which* of all anomaly
iterations are the class's, every choice of as many alike. An iteration comes with all its
anomaly filters, so a filter that moves at several iterations, and filters that move together,
stay what they are. To draw filters one by one instead would take the filters of one iteration
for independent ones, and call nearly everything significant.

So a filter that is one of d of T iterations is in a class of m of them unless all m are among
the others: its chance is hypergeometric, and the expected number of filters the sum of theirs.
How far the number strays from that comes from all choices where these are few, else from
random ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from .false_discovery import false_discovery_rates
from .hypergeometric import Hypergeometric
from .minisets import MiniSet

_SEED = 0
# All choices where there are at most so many, else so many random ones.
CHOICES = 5000
# Iterations of mini-sets times random choices, unless the choices become too few.
_DRAWN = 1 << 25
_FEWEST_CHOICES = 1000
_AT_ONCE = 1 << 20
# What lies outside on either side.
_TAIL = 0.025


@dataclass(frozen=True)
class Expected:
    """What is expected of each cell; arrays are [layers, classes].

    Attributes:
        iterations: How many anomaly iterations there are, of any class.
        mean: Number of anomaly filters: float64.
        low, high: The range of at least 95 % of the choices, both included: int32.
        p: Twice the share of choices with as many filters or more, or with as few or fewer,
            whichever is less, at most 1: float64.
        q: The same, with all cells in mind: float64.
    """

    iterations: int
    mean: NDArray[np.float64]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    p: NDArray[np.float64]
    q: NDArray[np.float64]


def expect(
    layers: Sequence[Sequence[MiniSet]],
    classes: Sequence[NDArray[np.integer]],
    found: NDArray[np.integer],
) -> Expected:
    """What chance makes of the number of anomaly filters in each cell.

    Args:
        layers: All mini-sets of each layer, at least one.
        classes: Anomaly iterations of each class, at least one.
        found: int[layers, classes]: number of anomaly filters.
    """
    shape = len(layers), len(classes)
    sizes = np.array([len(own) for own in classes], np.int64)
    low, high = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    p = np.ones(shape)
    iterations = np.unique(np.concatenate([*classes, np.empty(0, np.int64)]))
    if not layers:
        return Expected(len(iterations), np.zeros(shape), low, high, p, p)
    drawn = _Drawn(layers, iterations)
    mean = drawn.mean(sizes)
    n = len(iterations)
    asked = np.unique(sizes)
    few = asked[[comb(n, size) <= CHOICES for size in asked.tolist()]]
    many = np.setdiff1d(asked, few)
    # A choice of m is the first m of an order.
    counts = {size: drawn.counts(_all_choices(n, size), np.array([1]))[0] for size in few.tolist()}
    if len(many):
        counts |= zip(many.tolist(), drawn.counts(_orders(n, drawn.marks), many), strict=True)
    for size, of_size in counts.items():
        same = np.flatnonzero(sizes == size)
        ordered = np.sort(of_size, axis=0)
        choices = len(ordered)
        low[:, same] = ordered[int(_TAIL * choices)][:, np.newaxis]
        high[:, same] = ordered[choices - 1 - int(_TAIL * choices)][:, np.newaxis]
        # What was found is one of all choices; of random ones it is one more.
        own = int(size in many)
        for layer, column in enumerate(ordered.T):
            here = found[layer, same]
            fewer = np.searchsorted(column, here, "right") + own
            more = choices - np.searchsorted(column, here, "left") + own
            p[layer, same] = np.minimum(1, 2 * np.minimum(fewer, more) / (choices + own))
    return Expected(n, mean, low, high, p, false_discovery_rates(p))


Counts = NDArray[np.int32]


class _Drawn:
    """The anomaly filters of each layer at some of all anomaly iterations."""

    def __init__(self, layers: Sequence[Sequence[MiniSet]], iterations: NDArray[np.integer]):
        sets = [mini_set for own in layers for mini_set in own]
        self._iterations = len(iterations)
        self._layers = len(layers)
        self._first = np.cumsum([0, *map(len, layers)])[:-1]
        self._layer_of = np.repeat(np.arange(len(layers)), [len(own) for own in layers])
        self._filters = np.array([len(mini_set.filters) for mini_set in sets], np.int64)
        times = np.array([len(mini_set.iterations) for mini_set in sets], np.int64)
        self._times = times
        self._starts = np.cumsum([0, *times])[:-1]
        own = np.concatenate([mini_set.iterations for mini_set in sets])
        self._at = np.searchsorted(iterations, own)
        self.marks = len(own)

    def mean(self, sizes: NDArray[np.integer]) -> NDArray[np.float64]:
        """Expected number of filters of each layer at so many iterations: [layers, sizes]."""
        missed = Hypergeometric(self._iterations).none_of(self._times[:, np.newaxis], sizes)
        each = self._filters[:, np.newaxis] * (1 - missed)
        mean: NDArray[np.float64] = np.add.reduceat(each, self._first, axis=0)
        return mean

    def counts(self, places: NDArray[np.int32], sizes: NDArray[np.integer]) -> list[Counts]:
        """Number of filters at the iterations whose place is below a size.

        Args:
            places: int[choices, iterations].
            sizes: Ascending, at least 1.

        Returns:
            Of each size, int32[choices, layers].
        """
        parts = []
        for some in _parts(places, self.marks):
            # Where a mini-set's first iteration is, is where its filters begin to count.
            firsts = np.minimum.reduceat(some[:, self._at], self._starts, axis=1)
            steps = np.searchsorted(sizes, firsts, "right")
            rows = np.arange(len(some))[:, np.newaxis] * self._layers + self._layer_of
            each = np.bincount(
                (rows * (len(sizes) + 1) + steps).reshape(-1),
                np.tile(self._filters, len(some)),
                len(some) * self._layers * (len(sizes) + 1),
            )
            counts = each.reshape(len(some), self._layers, -1)[:, :, :-1].cumsum(axis=2)
            parts.append(counts.astype(np.int32))
        together = np.concatenate(parts)
        return [together[:, :, i] for i in range(len(sizes))]


def _orders(iterations: int, marks: int) -> NDArray[np.int32]:
    """The place of each iteration in random orders."""
    choices = min(CHOICES, max(_FEWEST_CHOICES, _DRAWN // max(1, marks)))
    rng = np.random.default_rng(_SEED)
    order = np.tile(np.arange(iterations, dtype=np.int32), (choices, 1))
    return rng.permuted(order, axis=1)


def _all_choices(iterations: int, size: int) -> NDArray[np.int32]:
    """Every choice of so many: 0 for the iterations in it, 1 for the others."""
    chosen = np.array(list(combinations(range(iterations), size)), np.int64)
    places = np.ones((len(chosen), iterations), np.int32)
    places[np.arange(len(chosen))[:, np.newaxis], chosen] = 0
    return places


def _parts(places: NDArray[np.int32], marks: int) -> list[NDArray[np.int32]]:
    """Some of the choices after the others, so that not all are looked at together."""
    each = max(1, _AT_ONCE // max(1, marks))
    return [places[i : i + each] for i in range(0, len(places), each)]
