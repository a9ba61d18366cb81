"""Back from the map: the scores that an image at a place would have, by the dots around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..records import Scores
from .dots import nearest_dots

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Dots that a place takes its scores from; the distance of one of them is how far they reach.
AROUND = 10
_REACH = 2
# Scores that are in memory at a time.
_AT_ONCE = 1 << 21


def scores_at(
    places: Floats | None, dots: Floats, scores: Scores
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The class that is predicted at places, and how far its score is above the second.

    Args:
        places: float64[places, 2]; None: the dots', each without what it knows itself.
        dots: float64[dots, 2], all finite.
        scores: Of the dots, all known.

    Returns:
        int32[places], float32[places]; -1 and NaN where there is no dot.
    """
    return scores_of(*nearest_dots(dots, AROUND, places), scores)


def scores_of(
    near: Ints, squares: Floats, scores: Scores
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The same of places whose nearest dots are known.

    Args:
        near: int64[places, any number], from the nearest on, of which AROUND count.
        squares: float64[places, any number]: their squared distances.
        scores: Of the dots, all known.
    """
    near, squares = near[:, :AROUND], squares[:, :AROUND]
    if not near.shape[1]:
        return np.full(len(near), -1, np.int32), np.full(len(near), np.nan, np.float32)
    reach = squares[:, min(_REACH, near.shape[1]) - 1, None]
    weights = 1 / np.maximum(squares + reach / 4, 1e-30)
    weights /= weights.sum(axis=1, keepdims=True)
    predicted = np.empty(len(near), np.int32)
    margin = np.empty(len(near), np.float32)
    step = max(1, _AT_ONCE // (near.shape[1] * scores.values.shape[1]))
    for first in range(0, len(near), step):
        some = slice(first, first + step)
        mean = _mean if scores.top_classes is None else _mean_of_largest
        predicted[some], margin[some] = mean(near[some], weights[some], scores)
    return predicted, margin


def _mean(
    near: Ints, weights: Floats, scores: Scores
) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
    """The largest of the mean scores, as logits."""
    means = np.einsum("pk,pkc->pc", weights, scores.values.astype(np.float32)[near])
    best = means.argmax(axis=1)
    if means.shape[1] < 2:
        return best, np.full(len(means), np.nan)
    second, first = np.partition(means, -2, axis=1)[:, -2:].T
    return best, first - second


def _mean_of_largest(
    near: Ints, weights: Floats, scores: Scores
) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
    """The same where only the largest are known: all others of an image count as its least."""
    assert scores.top_classes is not None
    values = scores.values.astype(np.float64)[near]
    least = values[:, :, -1:]
    place = np.broadcast_to(np.arange(len(near))[:, None, None], values.shape)
    classes = int(scores.top_classes.max()) + 1
    keys = place.astype(np.int64) * classes + scores.top_classes[near]
    found, of = np.unique(keys, return_inverse=True)
    share = weights[:, :, None] * (values - least)
    above = np.bincount(of.ravel(), share.ravel(), len(found)).astype(np.float64)
    order = np.lexsort((found, -above, found // classes))
    begins = np.searchsorted(found[order] // classes, np.arange(len(near)))
    best = found[order[begins]] % classes
    # Of no place are there fewer classes than one image has.
    second = np.minimum(begins + 1, len(order) - 1)
    return best, above[order[begins]] - above[order[second]]
