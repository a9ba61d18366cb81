"""Which images an experiment is made on: all that have flipped, and some of the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from ..summary.drawing import stratified
from ..summary.loading import identified, of_positions, read_batches

Ints = NDArray[np.int64]


def chosen(labels: Ints, flipped: NDArray[np.bool_], at_most: int) -> Ints:
    """Positions of the images that are evaluated, ascending.

    All that have flipped; if those are too many, of each class in proportion. Then of the others,
    of each class in proportion, as many as there is room for.

    Args:
        labels: int64[images]; negative where an image does not count.
        flipped: bool[images].
        at_most: How many.
    """
    first = _some(np.flatnonzero(flipped & (labels >= 0)), labels, at_most)
    rest = _some(np.flatnonzero(~flipped & (labels >= 0)), labels, at_most - len(first))
    return np.sort(np.concatenate([first, rest]))


def batches_of(loader: Iterable[Any], positions: Ints | None) -> Iterable[Any]:
    """Batches of some images of a loader.

    Args:
        loader: Yields batches.
        positions: int64[n], in the order in which it yields the images; None: all.

    Raises:
        ValueError: It does not say which images it yields, so that some cannot be chosen.
    """
    loader, ids = identified(loader)
    if positions is None:
        return read_batches(loader)
    if ids is None or not isinstance(loader, DataLoader):
        raise ValueError(
            "to evaluate some of the images takes a DataLoader whose sampler says which of its"
            " dataset it yields: pass a loader of these images alone"
        )
    return of_positions(loader, positions)


def _some(positions: Ints, labels: Ints, count: int) -> Ints:
    if len(positions) <= count:
        return positions
    return positions[stratified(labels[positions], count)] if count > 0 else positions[:0]
