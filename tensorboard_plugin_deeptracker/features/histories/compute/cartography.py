"""How many images there are of each confidence and variability, and how often they were right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scores import ImageScores

# No values between 0 and 1 vary more.
MOST_VARIABILITY = 0.5


@dataclass(frozen=True)
class Cartography:
    """The cells of a grid that hold images, row by row from the lowest confidence on.

    Attributes:
        confidence: Which row of cells, from 0 on: int32[cells].
        variability: Which column: int32[cells].
        images: How many images it holds: int32[cells].
        right: Of their observations, the mean share at which they were right: float32[cells].
    """

    confidence: NDArray[np.int32]
    variability: NDArray[np.int32]
    images: NDArray[np.int32]
    right: NDArray[np.float32]


def cartography(scores: ImageScores, rows: NDArray[np.integer], cells: int) -> Cartography:
    """The grid of some images.

    Args:
        scores: Of all images.
        rows: int[n]: which images; those without scores are left out.
        cells: How many a side; they divide 0 to 1, and 0 to `MOST_VARIABILITY`.
    """
    rows = rows[np.isfinite(scores.confidence[rows])]

    def position(values: NDArray[np.float32], most: float) -> NDArray[np.int64]:
        found: NDArray[np.float32] = values[rows] * (cells / most)
        return np.minimum(found.astype(np.int64), cells - 1)

    across = position(scores.variability, MOST_VARIABILITY)
    place = position(scores.confidence, 1) * cells + across
    images = np.bincount(place, minlength=cells * cells)
    share = scores.right[rows] / np.maximum(scores.observed[rows], 1)
    right = np.bincount(place, weights=share, minlength=cells * cells)
    filled = np.flatnonzero(images)
    down, across = np.divmod(filled, cells)
    return Cartography(
        down.astype(np.int32),
        across.astype(np.int32),
        images[filled].astype(np.int32),
        (right[filled] / images[filled]).astype(np.float32),
    )
