"""Aggregates of rectangular blocks of a matrix: what a screen with fewer pixels shows of it.

A mean alone would hide a single extreme value among many, so the lowest and the highest
are kept beside it. Blocks are halved along one axis at a time: that is exact, and the same
whether a level of a pyramid is made from the matrix or from the level below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cells:
    """Aggregates of the finite values of each block, all of shape [rows, columns].

    Attributes:
        total: Their sum: float64.
        count: Their number: int32.
        lowest: Infinity where there is none: float32.
        highest: Minus infinity where there is none: float32.
    """

    total: NDArray[np.float64]
    count: NDArray[np.int32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]

    @property
    def mean(self) -> NDArray[np.float32]:
        """NaN where there is no finite value."""
        with np.errstate(invalid="ignore"):
            mean: NDArray[np.float64] = self.total / self.count
        return mean.astype(np.float32)

    def halved(self, axis: int) -> Cells:
        """Two blocks made one along an axis; the last remains alone if their number is odd."""
        return Cells(
            _pairs(np.add, self.total, axis),
            _pairs(np.add, self.count, axis),
            _pairs(np.minimum, self.lowest, axis),
            _pairs(np.maximum, self.highest, axis),
        )

    def part(self, rows: slice, columns: slice) -> Cells:
        """Some of the blocks."""
        return Cells(*(array[rows, columns] for array in self._arrays()))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.total, self.count, self.lowest, self.highest


def cells(values: NDArray[np.float32]) -> Cells:
    """Each value as a block of its own; float32[rows, columns]."""
    finite = np.isfinite(values)
    return Cells(
        np.where(finite, values, 0).astype(np.float64),
        finite.astype(np.int32),
        np.where(finite, values, np.float32(np.inf)),
        np.where(finite, values, np.float32(-np.inf)),
    )


def joined(parts: Sequence[Cells], axis: int) -> Cells:
    """Blocks side by side."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part._arrays() for part in parts), strict=True)
    return Cells(*(np.concatenate(arrays, axis) for arrays in columns))


def _pairs(combine: np.ufunc, array: NDArray[Any], axis: int) -> NDArray[Any]:
    even, odd = (array[0::2], array[1::2]) if axis == 0 else (array[:, 0::2], array[:, 1::2])
    answer: NDArray[Any] = even.copy()
    paired = answer[: len(odd)] if axis == 0 else answer[:, : odd.shape[1]]
    combine(paired, odd, out=paired)
    return answer
