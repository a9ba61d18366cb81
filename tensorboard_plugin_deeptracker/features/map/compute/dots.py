"""The nearest dots of a map, to dots and to other places, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Places that are looked at together, at most: for all of them, few dots can be among the nearest.
_TILE = 8
# Tiles that are made of one, and looked at at once.
_PARTS = 8


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
    if not count or not len(places):
        return found, squares
    at, to = np.ascontiguousarray(places.T), np.ascontiguousarray(dots.T)
    # Dots among which the nearest of some places are: of fewer and fewer places.
    waiting = [(_tiles(at), np.arange(len(dots)))]
    while waiting:
        tiles, among = waiting.pop()
        near = _near(at[:, tiles], to[:, among], count + own)
        if tiles.shape[1] > _TILE:
            waiting += [
                (tile.reshape(_PARTS, -1), among[those[those >= 0]])
                for tile, those in zip(tiles, near, strict=True)
            ]
            continue
        square = _squares(at[:, tiles, None], to[:, among][:, near[:, None]])
        square[(near < 0)[:, None].repeat(tiles.shape[1], axis=1)] = np.inf
        near = among[near].repeat(tiles.shape[1], axis=0)
        rows, square = tiles.ravel(), square.reshape(near.shape)
        if own:
            square[near == rows[:, None]] = np.inf
        order = _least(square, count)
        found[rows] = np.take_along_axis(near, order, axis=1)
        squares[rows] = np.take_along_axis(square, order, axis=1)
    return found, squares


def _tiles(at: Floats) -> Ints:
    """All places, those that lie together together, some more than once: int64[tiles, any number].

    Each tile can be cut into _PARTS, and these again, down to _TILE places.
    """
    places = at.shape[1]
    halvings = max(0, int(np.ceil(np.log2(places / _TILE))))
    size = -(-places // 2**halvings)
    # The last ones come again: that is right, too.
    tiles = np.minimum(np.arange(size << halvings), places - 1)[None]
    for _ in range(halvings):
        x, y = at[:, tiles]
        along = np.where((np.ptp(x, axis=1) >= np.ptp(y, axis=1))[:, None], x, y)
        order = np.argsort(along, axis=1, kind="stable")
        tiles = np.take_along_axis(tiles, order, axis=1).reshape(2 * len(tiles), -1)
    cuts = int(np.log2(_PARTS))
    found: Ints = tiles.reshape(1 << (halvings - 1) % cuts + 1 if halvings else 1, -1)
    return found


def _near(at: Floats, dots: Floats, count: int) -> Ints:
    """The dots among which the nearest to places of tiles are.

    Args:
        at: float64[2, tiles, places].
        dots: float64[2, dots].
        count: How many nearest.

    Returns:
        int64[tiles, any number], ascending, then -1.
    """
    center = (at.min(axis=2) + at.max(axis=2))[:, :, None] / 2
    reach = np.sqrt(_squares(at, center).max(axis=1))
    distance = np.sqrt(_squares(dots[:, None], center))
    enough = np.partition(distance, count - 1, axis=1)[:, count - 1]
    # None further away can be among the nearest; the rest is for rounding.
    tile, those = np.nonzero(distance <= ((enough + 2 * reach) * (1 + 1e-9) + 1e-300)[:, None])
    begins = np.searchsorted(tile, np.arange(at.shape[1] + 1))
    near = np.full((at.shape[1], int(np.diff(begins).max())), -1)
    near[tile, np.arange(len(tile)) - begins[tile]] = those
    return near


def _squares(a: Floats, b: Floats) -> Floats:
    """Squared distances: of [2, ...] and [2, ...]."""
    x, y = a[0] - b[0], a[1] - b[1]
    found: Floats = x * x + y * y
    return found


def _least(values: Floats, count: int) -> Ints:
    """The places of the least values in each row, in their order; of equal ones the first."""
    if values.shape[1] <= count:
        return np.argsort(values, axis=1, kind="stable")
    # To sort values is much faster than to sort their places.
    last, beyond = np.sort(values, axis=1)[:, count - 1 : count + 1].T
    found = np.empty((len(values), count), np.int64)
    clear = last < beyond
    some = values[clear]
    least = np.nonzero(some <= last[clear, None])[1].reshape(-1, count)
    order = np.argsort(np.take_along_axis(some, least, axis=1), axis=1, kind="stable")
    found[clear] = np.take_along_axis(least, order, axis=1)
    found[~clear] = np.argsort(values[~clear], axis=1, kind="stable")[:, :count]
    return found


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
