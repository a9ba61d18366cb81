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
    return kept(run, "course", _counted)


def _counted(run: Run) -> Course:
    labels, first_rows = run.labels(), run.alignment.first_rows
    filled = np.flatnonzero(np.diff(first_rows))
    shape = len(run.records), len(first_rows) - 1
    right, evaluated = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    evaluated[:] = np.diff(first_rows)
    step = max(1, _AT_ONCE // max(1, len(run.alignment.sets[run.number].labels)))
    for first in range(0, shape[0], step):
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


def _sums(images: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    sums: NDArray[np.int32] = np.add.reduceat(images.view(np.uint8), starts, axis=1, dtype=np.int32)
    return sums


def reached(error: NDArray[np.floating], level: NDArray[np.floating]) -> NDArray[np.int64]:
    """The first validation at which each class's error rate is at most its level.

    Args:
        error: float[validations, classes], NaN where not evaluated.
        level: float[classes].

    Returns:
        int64[classes]: positions; -1: at none.
    """
    with np.errstate(invalid="ignore"):
        there = error <= level
    return np.where(there.any(axis=0), np.argmax(there, axis=0), -1).astype(np.int64)
