"""The nearest dots of a map, to dots and to other places, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Places that are looked at together: for all of them, few dots can be among the nearest.
_TILE = 24


def nearest_dots(dots: Floats, count: int, queries: Floats | None = None) -> tuple[Ints, Floats]:
    """The dots nearest to each of some places, from the nearest on; of equally near ones the first.

    Args:
        dots: float64[dots, 2], all finite.
        count: How many.
        queries: float64[places, 2]; None: the dots themselves, none of which is its own.

    Returns:
        Their numbers, and their squared distances: [places, up to count].
    """
    own = queries is None
    places = dots if queries is None else queries
    count = max(0, min(count, len(dots) - own))
    found = np.zeros((len(places), count), np.int64)
    squares = np.zeros((len(places), count))
    if not count:
        return found, squares
    for tile in _tiles(places):
        at = places[tile]
        center = (at.min(axis=0) + at.max(axis=0)) / 2
        reach = np.sqrt(((at - center) ** 2).sum(axis=1).max())
        distance = np.hypot(dots[:, 0] - center[0], dots[:, 1] - center[1])
        enough = np.partition(distance, count + own - 1)[count + own - 1]
        # None further away can be among the nearest; the rest is for rounding.
        near = np.flatnonzero(distance <= (enough + 2 * reach) * (1 + 1e-9) + 1e-300)
        square = (at[:, 0, None] - dots[near, 0]) ** 2 + (at[:, 1, None] - dots[near, 1]) ** 2
        if own:
            square[near == tile[:, None]] = np.inf
        order = np.argsort(square, axis=1, kind="stable")[:, :count]
        found[tile] = near[order]
        squares[tile] = np.take_along_axis(square, order, axis=1)
    return found, squares


def _tiles(places: Floats) -> list[Ints]:
    """All places, those that lie together together."""
    tiles: list[Ints] = []
    waiting = [np.arange(len(places))]
    while waiting:
        some = waiting.pop()
        if len(some) <= _TILE:
            tiles.append(some)
            continue
        axis = int(np.ptp(places[some], axis=0).argmax())
        order = np.argsort(places[some, axis], kind="stable")
        middle = len(some) // 2
        waiting += [np.sort(some[order[middle:]]), np.sort(some[order[:middle]])]
    return tiles


def nearest_among(dots: Floats, count: int, among: NDArray[np.bool_]) -> Ints:
    """The dots of some that are nearest to each of all; none is its own.

    Args:
        dots: float64[dots, 2], all finite.
        count: How many.
        among: bool[dots]: which ones are looked for.

    Returns:
        int64[dots, count], -1 where there are no more.
    """
    some = np.flatnonzero(among)
    found, squares = nearest_dots(dots[some], count + 1, dots)
    near = some[found]
    if near.shape[1] > count:
        return without_own(near, squares)[0]
    itself = near == np.arange(len(dots))[:, None]
    near = np.take_along_axis(
        np.where(itself, -1, near), np.argsort(itself, kind="stable", axis=1), axis=1
    )
    return np.pad(near, ((0, 0), (0, count - near.shape[1])), constant_values=-1)


def without_own(near: Ints, squares: Floats) -> tuple[Ints, Floats]:
    """Leaves each dot out of its own nearest ones, or the last of these if it is not among them.

    Args:
        near: int64[dots, any number], from the nearest on.
        squares: float64[dots, any number]: their squared distances.
    """
    if not near.size:
        return near, squares
    others = near != np.arange(len(near))[:, None]
    others[others.all(axis=1), -1] = False
    return near[others].reshape(len(near), -1), squares[others].reshape(len(near), -1)
