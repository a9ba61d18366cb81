"""Many runs at a validation of each: which images how many of them have right, and since when."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...validation.compute import CORRECT, NOT_EVALUATED
from .results import Run, by_name, kept, results

# Validations that are read at once.
_AT_ONCE = 16


@dataclass(frozen=True)
class Many:
    """Many runs at a validation of each.

    Attributes:
        correct: Codes as in `validation.compute`: uint8[runs, images].
        differing: The share of the images that both of two runs evaluated and predict as different
            classes: float64[runs, runs]; NaN where they evaluated none.
        lost: The share of these that the first of the two has right and the second wrong:
            float64[runs, runs].
        together: How many images both of two runs evaluated: int64[runs, runs].
    """

    correct: NDArray[np.uint8]
    differing: NDArray[np.float64]
    lost: NDArray[np.float64]
    together: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.int32]:
        """How many runs have each image right: int32[images]."""
        count: NDArray[np.int32] = (self.correct == CORRECT).sum(axis=0, dtype=np.int32)
        return count

    @property
    def evaluated(self) -> NDArray[np.int32]:
        """How many runs evaluated each image: int32[images]."""
        count: NDArray[np.int32] = (self.correct != NOT_EVALUATED).sum(axis=0, dtype=np.int32)
        return count

    def errors(self, labels: NDArray[np.int32], classes: int) -> NDArray[np.float64]:
        """Error rate of each class in each run: float64[runs, classes], NaN where not evaluated."""
        rates = []
        for own in self.correct:
            known = own != NOT_EVALUATED
            total = np.bincount(labels[known], minlength=classes)
            right = np.bincount(labels[own == CORRECT], minlength=classes)
            with np.errstate(invalid="ignore"):
                rates.append((total - right) / total)
        return np.stack(rates)


def many(runs: Sequence[Run]) -> Many:
    """Compares many runs at the last validation of each.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    raw = [run.predicted(slice(-1, None))[0] for run in runs]
    correct = np.stack([results(run, each) for run, each in zip(runs, raw, strict=True)])
    predicted = np.stack(by_name(runs, raw))
    known, right = correct != NOT_EVALUATED, correct == CORRECT
    complete = bool(known.all())
    size = len(runs)
    together, differing, lost = (np.zeros((size, size)) for _ in range(3))
    for i in range(size):
        # Against all others at once; what is not evaluated is the same, -1, nowhere else.
        both = known[i] & known if not complete else known
        together[i] = both.sum(axis=1)
        other = predicted[i] != predicted
        differing[i] = (other if complete else other & both).sum(axis=1)
        lost[i] = (right[i] & ~right & both).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return Many(correct, differing / together, lost / together, together.astype(np.int64))


def learned(run: Run) -> NDArray[np.int32]:
    """The first validation at which each image is right: int32[images], -1 at none.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    found = kept(run, "learned", _learned)
    return np.where(found < len(run.records), found, np.int32(-1))


def _learned(run: Run, known: NDArray[np.int32] | None, taken: int) -> NDArray[np.int32]:
    labels = run.labels()
    first = np.full(len(labels), -1, np.int32) if known is None else known.copy()
    left = np.flatnonzero(first < 0)
    for start in range(taken, len(run.records), _AT_ONCE):
        predicted = run.predicted(slice(start, start + _AT_ONCE))
        if labels.max(initial=0) <= np.iinfo(predicted.dtype).max:
            labels = labels.astype(predicted.dtype)
        # Most are right early on: later only the others are looked at.
        right = predicted[:, left] == labels[left]
        there = right.any(axis=0)
        first[left[there]] = start + np.argmax(right[:, there], axis=0)
        left = left[~there]
    return first


@dataclass(frozen=True)
class When:
    """When something came about in several runs, on their axis.

    Attributes:
        runs: In how many it did: int32[things].
        median, low, high: Of these: float64[things], NaN for none.
    """

    runs: NDArray[np.int32]
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def when(places: Sequence[NDArray[np.float64]], first: Sequence[NDArray[np.integer]]) -> When:
    """The median and the range, over runs.

    Args:
        places: Where the validations of each run are on the axis.
        first: The validation of each run at which it came about: int[things], -1 at none.
    """
    at = np.stack(
        [
            np.where(own < 0, np.nan, where[np.maximum(own, 0)])
            for where, own in zip(places, first, strict=True)
        ]
    )
    with warnings.catch_warnings():
        # Of what came about nowhere.
        warnings.simplefilter("ignore", RuntimeWarning)
        ends = np.nanmin(at, axis=0), np.nanmax(at, axis=0)
        return When(np.isfinite(at).sum(axis=0, dtype=np.int32), _median(at), *ends)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of those that are not NaN, over the first axis; numpy's own goes column by column."""
    ordered = np.sort(values, axis=0)  # NaN last.
    known = np.isfinite(values).sum(axis=0)
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    columns = np.arange(values.shape[1])
    high = np.minimum(high, len(values) - 1)
    median: NDArray[np.float64] = (ordered[low, columns] + ordered[high, columns]) / 2
    return median
