"""The scores of every image, from what was kept of its observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...images.records import ImageSet
from .sums import Sums
from .suspicion import suspicion


@dataclass(frozen=True)
class ImageScores:
    """How each image of a set fared over some validations.

    Observations of an image are those that evaluated it; scores divide by these.

    Attributes:
        observations: How many validations there are.
        observed: Observations of the image: int32[images].
        right: At how many it was right: int32[images].
        learned: The first validation at which it was right, -1 for none: int32[images].
        settled: The one from which on it was never wrong again, -1 for none: int32[images].
        flips: Validations at which its result is another than at the one before, where both
            evaluated it: int32[images].
        forgotten: Observations at which it was wrong after it was right at the one before
            (forgetting events, Toneva et al. 2019): int32[images].
        margin: Mean margin, the area under the margin (Pleiss et al. 2020): float32[images], NaN
            without scores.
        confidence: Mean of the label's probability (Swayamdipta et al. 2020): float32[images],
            likewise.
        variability: Its standard deviation: float32[images], likewise.
        suspicion: See `suspicion`: float32[images], NaN without an observation.
    """

    observations: int
    observed: NDArray[np.int32]
    right: NDArray[np.int32]
    learned: NDArray[np.int32]
    settled: NDArray[np.int32]
    flips: NDArray[np.int32]
    forgotten: NDArray[np.int32]
    margin: NDArray[np.float32]
    confidence: NDArray[np.float32]
    variability: NDArray[np.float32]
    suspicion: NDArray[np.float32]


def scores_of(sums: Sums, images: ImageSet, observations: int) -> ImageScores:
    """The scores after some validations; they share the memory of the sums.

    Args:
        sums: What was kept of these.
        images: The image set.
        observations: How many validations there were.
    """
    if sums.scored.any():
        spread = np.sqrt(sums.spread / np.maximum(sums.scored, 1))

        def where_scored(values: NDArray[np.float64]) -> NDArray[np.float32]:
            return np.where(sums.scored > 0, values, np.nan).astype(np.float32)

        margin, confidence, variability = map(where_scored, (sums.margin, sums.probability, spread))
    else:
        # Of a million images, that is something.
        margin = confidence = variability = np.full(len(sums.scored), np.nan, np.float32)
    return ImageScores(
        observations,
        sums.observed,
        sums.right,
        sums.learned,
        sums.settled,
        sums.flips,
        sums.forgotten,
        margin,
        confidence,
        variability,
        suspicion(sums, images),
    )
