"""How the classes of some runs fared over their validations, on the images that all have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .results import Run, kept

# Predictions that are worked on at once.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Course:
    """Counts of the images of each class over a run's validations: int32[validations, classes].

    Attributes:
        right: Those that were right.
        evaluated: Those that were evaluated.
    """

    right: NDArray[np.int32]
    evaluated: NDArray[np.int32]

    @property
    def error(self) -> NDArray[np.float32]:
        """Error rates: float32[validations, classes], NaN where no image was evaluated."""
        with np.errstate(invalid="ignore"):
            rate: NDArray[np.float64] = (self.evaluated - self.right) / self.evaluated
        return rate.astype(np.float32)

    def overall(self) -> Course:
        """Of all classes together: a single column."""
        return Course(
            self.right.sum(axis=1, keepdims=True), self.evaluated.sum(axis=1, keepdims=True)
        )


def course(run: Run) -> Course:
    """How the classes of a run fared, up to the validation that counts.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    found, until = kept(run, "course", _counted), len(run.records)
    return Course(found.right[:until], found.evaluated[:until])


def _counted(run: Run, known: Course | None, taken: int) -> Course:
    labels, first_rows = run.labels(), run.alignment.first_rows
    filled = np.flatnonzero(np.diff(first_rows))
    shape = len(run.records), len(first_rows) - 1
    right, evaluated = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    evaluated[:] = np.diff(first_rows)
    if known:
        right[:taken], evaluated[:taken] = known.right, known.evaluated
    step = max(1, _AT_ONCE // max(1, len(run.alignment.sets[run.number].labels)))
    for first in range(taken, shape[0], step):
        predicted = run.predicted(slice(first, first + step))
        # Comparing is quickest among numbers of one type.
        if labels.max(initial=0) <= np.iinfo(predicted.dtype).max:
            labels = labels.astype(predicted.dtype)
        here = slice(first, first + len(predicted))
        right[here, filled] = _sums(predicted == labels, first_rows[filled])
        missing = predicted < 0
        if missing.any():  # Mostly none is.
            evaluated[here, filled] -= _sums(missing, first_rows[filled])
    return Course(right, evaluated)


def _sums(images: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.integer]:
    # Adding is quickest in the type that the images have, where that holds the sums.
    most = np.diff(starts, append=images.shape[1]).max(initial=0)
    dtype = np.uint8 if most <= np.iinfo(np.uint8).max else np.int32
    sums: NDArray[np.integer] = np.add.reduceat(images.view(np.uint8), starts, axis=1, dtype=dtype)
    return sums


def reached(error: NDArray[np.floating], level: NDArray[np.floating]) -> NDArray[np.int64]:
    """The first validation from which on each class's error rate is at most its level.

    On the average of those that follow: a network that knows nothing predicts one class for all
    images, and has that class right for a moment; and one that has learned a class may miss it
    once.

    Args:
        error: float[validations, classes], NaN where not evaluated.
        level: float[classes].

    Returns:
        int64[classes]: positions; -1: at none.
    """
    known = np.isfinite(error)
    values = np.where(known, error, 0).astype(np.float64)
    rest = np.cumsum(values[::-1], axis=0)[::-1]
    count = np.cumsum(known[::-1], axis=0)[::-1]
    # As exact as single precision, which the rates have.
    most = level.astype(np.float64) + 1e-6
    there = known & (values <= most) & (rest <= most * count)
    return np.where(there.any(axis=0), np.argmax(there, axis=0), -1).astype(np.int64)
