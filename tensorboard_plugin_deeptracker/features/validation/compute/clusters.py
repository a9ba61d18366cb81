"""Classes that are learned alike (paper, section 7.1): k-means over error-rate sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

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
    return in_order(
        known, assigned, sequences.mean(axis=1), lambda rows: mean_rate([error_rates[rows]])
    )


def in_order(
    known: NDArray[np.intp],
    assigned: NDArray[np.int64],
    difficulty: NDArray[np.float64],
    mean_of: Callable[[NDArray[np.intp]], NDArray[np.float32]],
) -> list[Cluster]:
    """Clusters from easy to hard, and their classes likewise.

    Args:
        known: Positions of the classes that were clustered: int[known].
        assigned: The cluster of each, from 0 on, none of them empty: int64[known].
        difficulty: Mean error rate of each: float64[known].
        mean_of: Makes the mean of the error rates of some classes; see `mean_rate`.
    """
    members = [np.flatnonzero(assigned == i) for i in range(assigned.max() + 1)]
    members.sort(key=lambda rows: (difficulty[rows].mean(), rows[0]))
    return [
        Cluster(
            known[rows[np.argsort(difficulty[rows], kind="stable")]].tolist(), mean_of(known[rows])
        )
        for rows in members
    ]


def mean_rate(parts: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Mean over classes, those that were evaluated: float32[validations].

    Args:
        parts: float32[classes, validations], one part after the other; at least one.
    """
    total: Any = 0.0
    count: Any = 0
    for rates in parts:
        present = np.isfinite(rates)
        total = total + np.where(present, rates, 0).sum(axis=0, dtype=np.float64)
        count = count + present.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean: NDArray[np.float64] = total / count
    return mean.astype(np.float32)


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
