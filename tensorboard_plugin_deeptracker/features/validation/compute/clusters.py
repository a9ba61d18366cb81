"""Classes that are learned alike (paper, section 7.1): k-means over error-rate sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .k_means import k_means


@dataclass(frozen=True)
class Cluster:
    """Classes with similar error-rate sequences.

    Attributes:
        classes: Positions, from easy to hard.
        error_rate: float32[validations]: mean over the classes; NaN where none was evaluated.
    """

    classes: list[int]
    error_rate: NDArray[np.float32]


def clusters(error_rates: NDArray[np.float32], k: int) -> list[Cluster]:
    """Groups classes by the course of their error rates.

    A missing rate is taken from the validations around it; a class without any is
    in no cluster. There are fewer than k clusters if fewer than k classes differ.

    Args:
        error_rates: float32[classes, validations], NaN where a class was not evaluated.
        k: Number of clusters.

    Returns:
        From easy to hard, by mean error rate.
    """
    known = np.flatnonzero(np.isfinite(error_rates).any(axis=1))
    if not len(known):
        return []
    sequences = complete(error_rates[known])
    k = min(k, len(np.unique(sequences, axis=0)))
    assigned = k_means(sequences.astype(np.float32), k)
    return in_order(error_rates, known, assigned, sequences.mean(axis=1))


def in_order(
    error_rates: NDArray[np.float32],
    known: NDArray[np.intp],
    assigned: NDArray[np.int64],
    difficulty: NDArray[np.float64],
) -> list[Cluster]:
    """Clusters from easy to hard, and their classes likewise.

    Args:
        error_rates: Of all classes; see `clusters`.
        known: Positions of the classes that were clustered: int[known].
        assigned: The cluster of each, from 0 on, none of them empty: int64[known].
        difficulty: Mean error rate of each: float64[known].
    """
    members = [np.flatnonzero(assigned == i) for i in range(assigned.max() + 1)]
    members.sort(key=lambda rows: (difficulty[rows].mean(), rows[0]))
    return [
        Cluster(
            known[rows[np.argsort(difficulty[rows], kind="stable")]].tolist(),
            _mean(error_rates[known[rows]]),
        )
        for rows in members
    ]


def complete(error_rates: NDArray[np.float32]) -> NDArray[np.float64]:
    """Missing rates taken from the validations around them: float64[classes, validations].

    Args:
        error_rates: float32[classes, validations], of each class at least one not NaN.
    """
    return np.stack([fill(sequence.astype(np.float64)) for sequence in error_rates])


def fill(sequence: NDArray[np.float64]) -> NDArray[np.float64]:
    """A sequence whose missing values are taken from those around them; one is not NaN."""
    known = np.flatnonzero(np.isfinite(sequence))
    return np.interp(np.arange(len(sequence)), known, sequence[known])


def _mean(error_rates: NDArray[np.float32]) -> NDArray[np.float32]:
    present = np.isfinite(error_rates)
    total = np.where(present, error_rates, 0).sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = total / present.sum(axis=0)
    return mean.astype(np.float32)
