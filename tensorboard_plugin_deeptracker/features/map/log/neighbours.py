"""The nearest images of each, exactly: as all distances in float64 would give them.

Products of matrices propose candidates. Where the error of the products leaves it open which of
two is the nearer, their distances are computed one by one; where it leaves it open whether these
are the nearest, there are more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .copies import Groups, group
from .products import OnProcessor, Products

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Distances, and values of candidates, that are in memory at a time.
_DISTANCES = 1 << 22
_VALUES = 1 << 22
# Candidates beyond those that are wanted.
_SPARE = 8


@dataclass(frozen=True)
class Points:
    """Different points, and the images that are at each.

    Attributes:
        features: float32[points, dimensions], all finite.
        groups: Which images are at which of them.
    """

    features: Floats
    groups: Groups


def points_of(features: Floats) -> Points:
    """The points at which images are.

    Args:
        features: float32[images, dimensions], all finite.
    """
    groups = group(features)
    return Points(features[groups.first], groups)


def nearest(
    points: Points,
    count: int,
    among: NDArray[np.bool_] | None = None,
    products: Callable[[Floats, Ints], Products] = OnProcessor,
) -> Ints:
    """The images nearest to each, from the nearest on; of equally near ones the first ones.

    An image is none of its own neighbours, but another one with the same features is.

    Args:
        points: Where the images are.
        count: How many.
        among: bool[images]: which ones are looked for; None: all.
        products: Computes distances of points.

    Returns:
        int64[images, count], -1 where there are no more.
    """
    groups = points.groups
    found = np.full((len(groups.of), count), -1, np.int64)
    members = _members(groups, count + 1, among)
    targets = np.flatnonzero(members[:, 0] >= 0)
    # Of equally near points, that with the first image is the first.
    targets = targets[np.argsort(members[targets, 0], kind="stable")]
    if not len(targets):
        return found
    search = _Search(points.features, targets, count + 1, products(points.features, targets))
    step = max(1, _DISTANCES // len(targets))
    for first in range(0, len(points.features), step):
        rows = slice(first, min(first + step, len(points.features)))
        nearest_points = search.of(rows)
        images = np.flatnonzero((groups.of >= rows.start) & (groups.of < rows.stop))
        own = groups.of[images] - first
        ordered = _images(*nearest_points, members, count + 1)[own]
        found[images] = _without(ordered, images, count)
    return found


class _Search:
    """Looks for the nearest points."""

    def __init__(self, features: Floats, targets: Ints, count: int, products: Products) -> None:
        self._features = features
        self._targets = targets
        self._places = np.zeros(len(features), np.int64)
        self._places[targets] = np.arange(len(targets))
        self._count = min(count, len(targets))
        self._products = products

    def of(self, rows: slice) -> tuple[Ints, NDArray[np.float64]]:
        """The nearest targets of some points, and their squared distances: [rows, count].

        Only what is nearly as far as another is measured: of all else, the products tell the order.
        """
        proposed = self._products.propose(rows, self._count + _SPARE)
        order = np.argsort(proposed.squares, axis=1, kind="stable")
        near = self._targets[np.take_along_axis(proposed.targets, order, axis=1)]
        squares = np.take_along_axis(proposed.squares, order, axis=1)
        is_close = np.diff(squares, axis=1) <= 2 * proposed.errors[:, None]
        is_open = np.zeros(squares.shape, np.bool_)
        is_open[:, 1:] = is_close
        is_open[:, :-1] |= is_close
        squares *= self._products.unit
        row, column = np.nonzero(is_open)
        squares[row, column] = self._measured(rows.start + row, near[row, column])
        near, squares = self._first(near, squares)
        last = squares[:, -1] / self._products.unit + proposed.errors
        for at in np.flatnonzero(~(last < proposed.cutoff - proposed.errors)).tolist():
            # Others might be as near.
            more = self._targets[self._products.within(rows.start + at, float(last[at]))]
            exact = self._measured(np.full(len(more), rows.start + at), more)
            near[at], squares[at] = (found[0] for found in self._first(more[None], exact[None]))
        return near, squares

    def _first(self, near: Ints, squares: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
        """The nearest of some targets; of equally near ones the first."""
        order = np.lexsort((self._places[near], squares), axis=1)[:, : self._count]
        return np.take_along_axis(near, order, axis=1), np.take_along_axis(squares, order, axis=1)

    def _measured(self, points: Ints, targets: Ints) -> NDArray[np.float64]:
        """Squared distances of pairs in float64."""
        squares = np.empty(len(points))
        step = max(1, _VALUES // max(1, self._features.shape[1]))
        for first in range(0, len(points), step):
            some = slice(first, first + step)
            own = self._features[points[some]]
            difference = np.subtract(self._features[targets[some]], own, dtype=np.float64)
            squares[some] = np.einsum("ij,ij->i", difference, difference)
        return squares


def _members(groups: Groups, most: int, among: NDArray[np.bool_] | None) -> Ints:
    """The first images at each point that are looked for: int64[points, up to most], else -1."""
    rows = groups.rows if among is None else groups.rows[among[groups.rows]]
    begins = np.searchsorted(groups.of[rows], np.arange(len(groups.first) + 1))
    most = max(1, min(most, int(np.diff(begins).max(initial=0))))
    places = begins[:-1, None] + np.arange(most)
    there = places < begins[1:, None]
    return np.where(there, np.append(rows, -1)[np.where(there, places, len(rows))], -1)


def _images(near: Ints, squares: NDArray[np.float64], members: Ints, count: int) -> Ints:
    """The images at the nearest points, from the nearest on: int64[points, count], else -1."""
    images = members[near].reshape(len(near), -1)
    distances = np.repeat(squares, members.shape[1], axis=1)
    distances[images < 0] = np.inf
    if members.shape[1] > 1:
        order = np.lexsort((images, distances), axis=1)[:, :count]
        images = np.take_along_axis(images, order, axis=1)
    missing = count - images.shape[1]
    return np.pad(images, ((0, 0), (0, max(0, missing))), constant_values=-1)


def _without(ordered: Ints, own: Ints, count: int) -> Ints:
    """Leaves each image out of its own list, and cuts the lists."""
    itself = ordered == own[:, None]
    itself[~itself.any(axis=1), -1] = True
    others: Ints = ordered[~itself].reshape(len(ordered), -1)
    return others[:, :count]
