"""Clusters of so many classes that comparing all of them, again and again, would take minutes.

Clusters are found in a sample, with the course of the error rates in blocks of validations; then
every class goes to the cluster that it is nearest to. What a suggestion for their number needs is
computed of the sample alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .clusters import fill
from .k_means import Cloud, k_means, refine
from .separation import silhouettes

# Up to as many classes are all compared with each other.
MAX_COMPARED = 3000
# Classes that clusters are found in, at least and for each cluster, and the length that their
# sequences are shortened to.
SAMPLE, SAMPLE_PER_CLUSTER = 1000, 10
BLOCKS = 32
_STARTS = 3
# Of the centers to the means of all classes; behind those of a sample they hardly move.
_MOVES = 3
_SEED = 0


def shortened(error_rates: NDArray[np.float32]) -> NDArray[np.float32]:
    """The course of error rates in blocks of validations, that far apart as the sequences are.

    Args:
        error_rates: float32[classes, validations], NaN where a class was not evaluated.

    Returns:
        float32[classes, blocks]; NaN for classes without any rate.
    """
    starts, sizes = _blocks(error_rates.shape[1])
    known = np.isfinite(error_rates)
    total = np.add.reduceat(np.where(known, error_rates, 0), starts, axis=1)
    with np.errstate(invalid="ignore"):
        means = total / np.add.reduceat(known, starts, axis=1, dtype=np.int32)
    gaps = np.isnan(means)
    for row in np.flatnonzero(gaps.any(axis=1) & ~gaps.all(axis=1)):
        means[row] = fill(means[row])
    points: NDArray[np.float32] = (means * np.sqrt(sizes)).astype(np.float32)
    return points


def difficulties(points: NDArray[np.float32], validations: int) -> NDArray[np.float64]:
    """Mean error rate of each class: float64[classes].

    Args:
        points: See `shortened`.
        validations: How many they were made from.
    """
    mean: NDArray[np.float64] = points @ np.sqrt(_blocks(validations)[1]) / validations
    return mean


def assign(points: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The cluster of each of many classes.

    Args:
        points: float32[classes, blocks], all finite; see `shortened`.
        k: Number of clusters.

    Returns:
        int64[classes], from 0 on; fewer than k clusters if fewer than k classes differ.
    """
    chosen = _sample(points, k)
    own, found = _clusters_in(chosen, k)
    centers = np.stack([chosen[own == i].mean(axis=0) for i in range(found)])
    return refine(Cloud(points), centers, _MOVES)[0]


def separation_of(points: NDArray[np.float32], k: int) -> float:
    """How far apart k clusters of many classes lie; see `separation`."""
    if not len(points):
        return np.nan
    chosen = _sample(points, k)
    own, found = _clusters_in(chosen, k)
    return float(silhouettes(chosen.astype(float), own).mean()) if found > 1 else np.nan


def _blocks(validations: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """First validation of each block, and how many it has."""
    ends = np.unique(np.linspace(0, validations, BLOCKS + 1).astype(np.intp))
    return ends[:-1], np.diff(ends).astype(np.float64)


def _sample(points: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Some of the classes; if they are too much alike for k clusters, with others that differ."""
    size = max(SAMPLE, SAMPLE_PER_CLUSTER * k)
    if len(points) <= size:
        return points
    chosen = points[np.random.default_rng(_SEED).choice(len(points), size, replace=False)]
    if len(np.unique(chosen, axis=0)) < k:
        different = np.unique(points, axis=0)
        chosen = np.concatenate([chosen, different[:: -(-len(different) // size)]])
    return chosen


def _clusters_in(points: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], int]:
    """The cluster of each point, and how many there are."""
    found = min(k, len(np.unique(points, axis=0)))
    return k_means(points, found, _STARTS), found
