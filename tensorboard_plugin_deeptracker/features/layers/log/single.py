"""The sums of `measures` for float32 on a CPU: in float32 where that is exact enough.

Rows are summed in pieces, of which the sums are added up in float64: what is rounded is
about 1e-7 of a sum of squares. The other sums may cancel, and then that is too much:

- A row's sum is of float64.
- A difference of neighbours is exact (Sterbenz), so that `d . d` is as good as `w . w`.
- Deviations and the orthogonal part are what is left of such sums. Rows with little left,
  or with squares outside of the range of float32, are reported, to be done again in float64
  altogether.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
Double = NDArray[np.float64]

# Elements of a block: what is made of them lies in the cache, and there are few calls.
BLOCK = 1 << 18
# Elements that are added up in float32.
_PIECE = 256
_SHORTEST = 32
# A product of longer vectors may be shared between threads, which would wait for each other.
_LONG = 8192
# What is left of a difference is as exact as this much of what was subtracted from.
_LEFT = 1 / 16
# If it counts only in the sum of many rows.
_LEFT_OF_MANY = 1 / 32
# A square of an element smaller than the first, or a sum larger than the second, is too close to
# the ends of float32.
_SMALL, _LARGE = 1e-30, 1e36
# Where the squares of differences stand in SUMS and UPDATE_SUMS.
_MOVED = 3


def piece(n: int) -> int | None:
    """Into pieces of which length rows are cut; None if there is no good one.

    In a short row the few roundings do not average out.
    """
    if _SHORTEST <= n <= _PIECE:
        return n
    return next((size for size in range(_PIECE, _SHORTEST - 1, -1) if n % size == 0), None)


class SingleReducer:
    """Reduces the rows of float32 matrices; keeps three megabytes of scratch between them."""

    def __init__(self) -> None:
        self._single = np.empty(0, np.float32)
        self._double = np.empty(0)
        self._ones = np.ones(_PIECE, np.float32)
        self._double_ones = np.ones(_LONG)

    def reduce(
        self,
        matrix: Single,
        previous: Single | None,
        means: bool,
        seen: Callable[[int], object],
    ) -> tuple[Double, NDArray[np.intp], Double]:
        """The measures' sums of the rows of a matrix.

        Args:
            matrix: [rows, n], contiguous, with a `piece` of n.
            previous: As it was.
            means: Whether the sums of single rows are wanted in float64, and not only their sum.
            seen: Called with how many elements are done; the last ones are in the cache.

        Returns:
            float64[SUMS (and UPDATE_SUMS), rows]; the rows of which these are not exact enough;
            and float64[TOTALS].
        """
        rows, n = matrix.shape
        size = piece(n)
        assert size is not None
        step = min(rows, max(1, BLOCK // n))
        self._grow(step * n)
        ones, double_ones = self._ones[:size], self._double_ones[: n if n <= _LONG else size]
        shape = rows, n // size
        squares, magnitudes = np.empty(shape, np.float32), np.empty(shape, np.float32)
        sums = np.empty((rows, n // len(double_ones)) if means else shape, "d" if means else "f")
        updates = np.empty((0 if previous is None else 2, *shape), np.float32)
        extremes = []
        for start in range(0, rows, step):
            block = slice(start, min(start + step, rows))
            x = matrix[block].reshape(-1, *shape[1:], size)
            out = self._single[: x.size].reshape(x.shape)
            np.vecdot(x, x, out=squares[block])
            if means:
                double = self._double[: x.size].reshape(len(x), -1, len(double_ones))
                np.copyto(double, x.reshape(double.shape))
                np.vecdot(double, double_ones, out=sums[block])
            else:
                np.vecdot(x, ones, out=sums[block])
            np.abs(x, out=out)
            np.vecdot(out, ones, out=magnitudes[block])
            extremes.append((x.min(), x.max()))
            if previous is not None:
                np.subtract(x, previous[block].reshape(x.shape), out=out)
                np.vecdot(out, x, out=updates[0, block])
                np.vecdot(out, out, out=updates[1, block])
            seen(block.stop * n)
        added = [part.sum(1, dtype=np.float64) for part in (sums, squares, *updates)]
        table, exact = _complete(*added, n=n, least=_LEFT if means else _LEFT_OF_MANY)
        if previous is not None:
            _find_still(exact, table[_MOVED], matrix, previous, step)
        low, high = np.array(extremes).T
        totals = np.array([magnitudes.sum(dtype=np.float64), low.min(), high.max()])
        return table, np.flatnonzero(~exact), totals

    def _grow(self, size: int) -> None:
        if self._single.size < size:
            self._single, self._double = np.empty(size, np.float32), np.empty(size)


def _complete(
    total: Double, squares: Double, *updates: Double, n: int, least: float
) -> tuple[Double, NDArray[np.bool_]]:
    """Adds what follows from the sums, and says of which rows all are exact enough.

    Rows that seem not to have moved count as if they had not.
    """
    deviations = squares - total * total / n
    exact = _in_range(squares, n) & (deviations > least * squares)
    if not updates:
        return np.stack([total, squares, deviations]), exact
    along, moved = updates
    across = moved - along * along / squares
    exact &= ((across > _LEFT * moved) & _in_range(moved, n)) | (moved == 0)
    # Else what was there before is rounded as if it were as large as what is there now.
    exact &= squares - 2 * along + moved > _LEFT * squares
    return np.stack([total, squares, deviations, moved, squares - along, across]), exact


def _find_still(
    exact: NDArray[np.bool_], moved: Double, matrix: Single, previous: Single, step: int
) -> None:
    """Makes sure that rows without squares of differences are rows without differences."""
    still = np.flatnonzero(exact & (moved == 0))
    for start in range(0, len(still), step):
        rows = still[start : start + step]
        exact[rows] = (matrix[rows] == previous[rows]).all(1)


def _in_range(squares: Double, n: int) -> NDArray[np.bool_]:
    return (squares > n * _SMALL) & (squares < _LARGE)
