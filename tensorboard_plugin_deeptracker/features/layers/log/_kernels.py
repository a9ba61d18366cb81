"""Loops that numba compiles when this module is imported; see `compiled`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

_Function = TypeVar("_Function", bound=Callable[..., Any])

Single = NDArray[np.float32]
Double = NDArray[np.float64]


def _compiled(*signatures: str) -> Callable[[_Function], _Function]:
    """Compiles at once, and keeps what it compiled on disk where it may write.

    Sums may be added up in any order, several elements at a time; nothing else of IEEE 754's is
    given up: what is not a number stays so.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"contract", "nsz", "reassoc"},
    }

    def decorate(function: _Function) -> _Function:
        try:
            answer: _Function = njit(list(signatures), cache=True, **options)(function)
        except RuntimeError:  # There is no folder to keep it in.
            answer = njit(list(signatures), **options)(function)
        return answer

    return decorate


_ROWS = "Tuple((f8, i4, i4))(f4[:, ::1], i4[:, ::1], {}, b1, f8, f8[:, ::1], u8[::1], f4[::1])"


@_compiled(_ROWS.format("none"), _ROWS.format("f4[:, ::1]"))
def reduce_rows(
    matrix: Single,
    bits: NDArray[np.int32],
    previous: Single | None,
    replace: bool,
    cancelled: float,
    table: Double,
    positions: NDArray[np.uint64],
    sample: Single,
) -> tuple[float, int, int]:
    """Reduces the rows of a matrix, alone and against what they were.

    Args:
        matrix: [rows, n].
        bits: The same memory as int32.
        previous: The matrix as it was. Without, what is only about that is not compiled.
        replace: Whether the rows are to be what they were from now on.
        cancelled: A difference so much smaller than what was subtracted from is summed from the
            elements.
        table: float64[SUMS (and UPDATE_SUMS), rows]; gets the sums.
        positions: Of some elements, ascending, row by row.
        sample: Gets these elements.

    Returns:
        The sum of all magnitudes, the least and the largest key of an element (see `of_key`).
    """
    rows, n = matrix.shape
    # Numbers without a sign are no indices from the end, for which each would be looked at.
    elements, taken, count = matrix.reshape(matrix.size), np.uint64(0), np.uint64(len(positions))
    magnitudes, least, most = 0.0, np.int32(0x7FFFFFFF), np.int32(-0x80000000)
    for i in range(rows):
        total, squares, magnitude, along, moved, dot = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            x = np.float64(matrix[i, j])
            total += x
            squares += x * x
            magnitude += abs(x)
            key = bits[i, j] ^ ((bits[i, j] >> np.int32(31)) & np.int32(0x7FFFFFFF))
            least, most = min(least, key), max(most, key)
            if previous is not None:
                before = np.float64(previous[i, j])
                along += (x - before) * x
                moved += (x - before) * (x - before)
                dot += x * before
        magnitudes += magnitude
        mean, deviations = total / n, squares - total * total / n
        if deviations < cancelled * squares:
            deviations = 0.0
            for j in range(n):
                x = np.float64(matrix[i, j]) - mean
                deviations += x * x
        table[0, i], table[1, i], table[2, i] = total, squares, deviations
        if previous is not None:
            factor, across = dot / squares, moved - along * along / squares
            if across < cancelled * moved:
                across = 0.0
                for j in range(n):
                    x = np.float64(previous[i, j]) - factor * np.float64(matrix[i, j])
                    across += x * x
            table[3, i], table[4, i], table[5, i] = moved, dot, across
            if replace:
                for j in range(n):
                    previous[i, j] = matrix[i, j]
        end = np.uint64((i + 1) * n)
        while taken < count and positions[taken] < end:
            sample[taken] = elements[positions[taken]]
            taken += np.uint64(1)
    return magnitudes, least, most


def of_key(key: int) -> float:
    """The number that a key stands for; keys are in the order of the numbers.

    What is not a number comes before all or behind all.
    """
    bits = np.int32(key) ^ ((np.int32(key) >> np.int32(31)) & np.int32(0x7FFFFFFF))
    return float(bits.view(np.float32))


@_compiled("void(f4[::1], u8[::1], f4[::1])")
def gather(values: Single, positions: NDArray[np.uint64], out: Single) -> None:
    """Copies the values at some positions, which must not be out of range, to `out`."""
    for i in range(len(positions)):
        out[i] = values[positions[i]]


@_compiled("void(f4[::1], f4, f4, u2[::1], i4[:, ::1])")
def count_buckets(
    values: Single, low: float, scale: float, buckets: NDArray[np.uint16], counts: NDArray[np.int32]
) -> None:
    """Puts values in buckets, and counts these.

    Args:
        values: In any order.
        low: Where the first bucket ends; what is below is in it, too.
        scale: Buckets in a unit.
        buckets: Gets the bucket of each value.
        counts: int32[4, buckets], zeros; in its rows are counted every fourth values each, as one
            counter would wait for itself.
    """
    last = np.float32(counts.shape[1] - 1)
    for i in range(len(values)):
        # Chosen without a jump, several at once; what is not a number goes to the first.
        place = (values[i] - low) * scale
        place = place if place > np.float32(0) else np.float32(0)
        place = place if place < last else last
        buckets[i] = np.uint16(np.int32(place))
    for i in range(len(values)):
        counts[i & 3, buckets[i]] += 1
