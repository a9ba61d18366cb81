"""Scores of a model -> what the log holds of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..records import ALL_SCORES, TOP_SCORES, Scores

_LOWEST = float(np.finfo(np.float16).min)
# The score next below that of the predicted class that float16 tells from it.
_NEXT = -(2.0**-24)


def known_scores(scores: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which images have scores that say something: bool[images].

    Minus infinity says that a class is ruled out; all other scores have to be finite.
    """
    ruled_out = np.isneginf(scores)
    known: NDArray[np.bool_] = (np.isfinite(scores) | ruled_out).all(1) & ~ruled_out.all(1)
    return known


def compact(scores: NDArray[np.floating], labels: NDArray[np.int32]) -> Scores:
    """What is logged of scores.

    Args:
        scores: float[images, classes]; those of an image that says nothing become NaN.
        labels: int32[images].
    """
    known = known_scores(scores)
    with np.errstate(invalid="ignore", over="ignore"):
        below = scores - np.where(known, scores.max(axis=1), 0)[:, None]
    below = np.where(below < 0, np.clip(below, _LOWEST, _NEXT), 0)
    below[~known] = np.nan
    if scores.shape[1] <= ALL_SCORES:
        return Scores(below.astype(np.float16))
    ordered = np.argsort(-below, axis=1, kind="stable")[:, :TOP_SCORES]
    there = labels < scores.shape[1]
    own = below[np.arange(len(below)), np.where(there, labels, 0)]
    return Scores(
        np.take_along_axis(below, ordered, axis=1).astype(np.float16),
        ordered.astype(np.int32),
        np.where(there, own, np.nan).astype(np.float16),
    )
