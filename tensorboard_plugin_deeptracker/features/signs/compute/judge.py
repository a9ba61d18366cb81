"""What all rules share: how far a number is outside what the same run did before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float64]

# Dumps that a rule looks back at, at most, and how many it needs before it says anything.
WINDOW = 50
BURN_IN = 8
# The standard deviation of a normal distribution, in median absolute deviations.
_DEVIATIONS = 1.4826
# Stretches with at most so many dumps between them are one sign.
_GAP = 5


def severity(times: float) -> float:
    """0 to 1, of how many times the threshold is reached: one half at the threshold itself."""
    return float(1 - 2.0 ** -max(0.0, min(times, 60.0)))


def median(values: Floats) -> Floats:
    """The median of each column, of what is no NaN; NaN of nothing.

    Args:
        values: float64[rows, columns].
    """
    ordered = np.sort(values, axis=0)
    counts = (~np.isnan(values)).sum(axis=0)
    if not len(values):
        return np.full(values.shape[1], np.nan)
    columns = np.arange(values.shape[1])
    low = ordered[np.maximum(counts - 1, 0) // 2, columns]
    high = ordered[np.minimum(counts // 2, len(values) - 1), columns]
    middle: Floats = np.where(counts > 0, (low + high) / 2, np.nan)
    return middle


def deviation(values: Floats, floor: float) -> Floats:
    """The spread of each column: 1.4826 times its median absolute deviation, at least `floor`."""
    spread = _DEVIATIONS * median(np.abs(values - median(values)))
    return np.where(spread > floor, spread, floor)


def z_of(course: Floats, row: int, floor: float, window: int = WINDOW) -> Floats:
    """How many robust standard deviations a row is above those before it.

    Args:
        course: float64[rows, columns]; later rows are not looked at.
        row: Which.
        floor: The least standard deviation: differences of that size mean nothing.
        window: Rows before it that are looked at, at most.

    Returns:
        float64[columns]; 0 where fewer than `BURN_IN` rows before it have a number, or it has none.
    """
    past = course[max(0, row - window) : row]
    known = (~np.isnan(past)).sum(axis=0)
    z = (course[row] - median(past)) / deviation(past, floor)
    return np.where((known >= BURN_IN) & ~np.isnan(z), z, 0.0)


def held(course: Floats, row: int, rows: int) -> Floats:
    """The least of the last rows: what held at all of them; 0 if there are fewer, or one is NaN."""
    if row + 1 < rows:
        return np.zeros(course.shape[1])
    least: Floats = np.nan_to_num(course[row + 1 - rows : row + 1].min(axis=0), nan=0.0)
    return least


def stretches(
    times: Floats, threshold: float = 1.0, gap: int = _GAP
) -> Iterator[tuple[int, int, float]]:
    """Where a rule holds: first row, last row, and the most that its threshold is reached.

    Args:
        times: How many times the threshold is reached: float64[rows].
        threshold: From which value on it holds.
        gap: Rows between two stretches that still are one.
    """
    rows = np.flatnonzero(times >= threshold)
    if not len(rows):
        return
    breaks = np.flatnonzero(np.diff(rows) > gap + 1)
    for own in np.split(rows, breaks + 1):
        yield int(own[0]), int(own[-1]), float(times[own].max())


class Course:
    """Numbers of some things, a row for each dump; grows in place.

    Args:
        things: How many numbers a row has.
        dtype: Of these.
    """

    def __init__(self, things: int, dtype: DTypeLike = np.float64) -> None:
        self._room: NDArray[Any] = np.empty((32, things), dtype)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def nbytes(self) -> int:
        """Bytes, with the room that is left."""
        return self._room.nbytes

    @property
    def values(self) -> NDArray[Any]:
        """[rows, things]."""
        return self._room[: self._rows]

    def __getstate__(self) -> tuple[NDArray[Any], int]:
        # Without the room that is left.
        return self.values, self._rows

    def __setstate__(self, state: tuple[NDArray[Any], int]) -> None:
        self._room, self._rows = state

    def add(self, row: Floats | float) -> None:
        """Appends a row."""
        if self._rows == len(self._room):
            shape = max(32, 2 * len(self._room)), self._room.shape[1]
            room = np.empty(shape, self._room.dtype)
            room[: self._rows] = self._room
            self._room = room
        self._room[self._rows] = row
        self._rows += 1
