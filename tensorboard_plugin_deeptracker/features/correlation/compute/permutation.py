"""How surprising it is that a mini-set appears with so many classes, or so often with one.

With a hundred anomaly filters at every anomaly iteration, some sharing is chance. A
permutation test tells how much: it shuffles which anomaly filters belong to which
anomaly iteration. That leaves the mini-sets and the classes' iterations as they are, so all
that chance decides is *which* iterations a mini-set has, not how many. So a mini-set
with m of them is compared with the first m iterations of each shuffle.

How often it meets one class is hypergeometric, so that needs no shuffles. Nor are these always
enough for how often it meets any class, when many mini-sets are tested: a p-value is never more
than what the classes' chances sum to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .false_discovery import false_discovery_rates
from .hypergeometric import Hypergeometric

_SEED = 0


@dataclass(frozen=True)
class PermutationTest:
    """The test's outcome for each mini-set.

    A p-value of shuffles is (1 + those that reach what was found) / (1 + shuffles).

    Attributes:
        iterations: How many anomaly iterations there are, to be shuffled.
        classes: Classes that the mini-set appears with: int32[mini-sets].
        classes_p: p-value of appearing with so many: float64[mini-sets].
        best: The class it appears with most often, as a position in `iterations_of`: of
            several the one with the fewest iterations, then the first: int32[mini-sets].
        times: How often it appears with that class: int32[mini-sets].
        times_p: p-value of appearing so often with that class, exact: float64[mini-sets].
        times_any_p: p-value of appearing so often with any class: float64[mini-sets].
        classes_q: `classes_p` with all mini-sets in mind: float64[mini-sets].
        times_q: `times_any_p` likewise, so that it is about all mini-sets and all classes.
    """

    iterations: int
    classes: NDArray[np.int32]
    classes_p: NDArray[np.float64]
    best: NDArray[np.int32]
    times: NDArray[np.int32]
    times_p: NDArray[np.float64]
    times_any_p: NDArray[np.float64]
    classes_q: NDArray[np.float64]
    times_q: NDArray[np.float64]


def permutation_test(
    mini_sets: Sequence[NDArray[np.integer]],
    iterations_of: Sequence[NDArray[np.integer]],
    shuffles: int,
) -> PermutationTest:
    """Tests all mini-sets with the same shuffles.

    Args:
        mini_sets: Iterations of each mini-set: at least one, all of them of some class.
        iterations_of: Anomaly iterations of each class, at least one.
        shuffles: How many shuffles.
    """
    distinct = np.unique(np.concatenate([*iterations_of, np.empty(0, np.int64)]))
    active = _membership(iterations_of, distinct).T
    sizes = np.array([len(own) for own in mini_sets], np.int64)
    # float32 counts exactly far beyond any number of iterations, and its product is fast.
    together = (_membership(mini_sets, distinct) @ active).astype(np.int32)
    # The last of lexsort's keys counts most.
    rarity = np.broadcast_to(active.sum(axis=0), together.shape)
    best = np.lexsort((rarity, -together))[:, 0] if together.size else np.zeros(0, np.int64)
    found = (together > 0).sum(axis=1)
    times = np.take_along_axis(together, best[:, np.newaxis], 1)[:, 0]

    # Classes with the same iterations fare the same: they are looked at once.
    columns, counts = np.unique(active, axis=1, return_counts=True)
    columns = columns.astype(np.int16 if len(distinct) < 2**15 else np.int32)
    reached = np.zeros((2, len(mini_sets)), np.int64)
    rng = np.random.default_rng(_SEED)
    for _ in range(shuffles if len(mini_sets) else 0):
        order = rng.permutation(len(distinct))
        # Row m - 1: how often each class is among the first m iterations.
        first = np.cumsum(columns[order], axis=0, dtype=columns.dtype)
        reached[0] += ((first > 0) @ counts)[sizes - 1] >= found
        reached[1] += first.max(axis=1)[sizes - 1] >= times
    p = (1 + reached) / (1 + shuffles)
    chances = Hypergeometric(len(distinct))
    class_sizes = active.sum(axis=0).astype(np.int64)
    times_p = chances.at_least(times, class_sizes[best], sizes)
    times_any_p = np.minimum(p[1], _any(chances, times, sizes, columns))
    return PermutationTest(
        len(distinct),
        found.astype(np.int32),
        p[0],
        best.astype(np.int32),
        times.astype(np.int32),
        times_p,
        times_any_p,
        false_discovery_rates(p[0]),
        false_discovery_rates(times_any_p),
    )


def _any(
    chances: Hypergeometric,
    times: NDArray[np.integer],
    sizes: NDArray[np.integer],
    columns: NDArray[np.integer],
) -> NDArray[np.float64]:
    """At most the chance of so many iterations in any of the columns: float64[mini-sets]."""
    widths, counts = np.unique(columns.sum(axis=0, dtype=np.int64), return_counts=True)
    asked, of_asked = np.unique(np.stack([times, sizes]), axis=1, return_inverse=True)
    each = chances.at_least(asked[0][:, np.newaxis], widths, asked[1][:, np.newaxis])
    total: NDArray[np.float64] = np.minimum(1, each @ counts)
    return total[of_asked.reshape(-1)]


def _membership(
    sets: Sequence[NDArray[np.integer]], distinct: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Which of the distinct values each set has: 0 or 1, float32[sets, values]."""
    found = np.zeros((len(sets), len(distinct)), np.float32)
    for i, own in enumerate(sets):
        found[i, np.searchsorted(distinct, own)] = 1
    return found
