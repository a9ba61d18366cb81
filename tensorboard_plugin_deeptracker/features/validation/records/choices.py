"""Scores of a model -> what they say of each image, in a few bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOT_EVALUATED = -1
# The largest float16: a margin beyond it, as where all other classes are ruled out, is logged as
# this, so that a mean over validations is a number.
HIGHEST_MARGIN = 65504.0
# Scores that are worked on at once, so that memory has a bound.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Choices:
    """What scores say of each image.

    Attributes:
        predicted: int64[images]: the class with the largest score, of equals the first; -1 where
            the image was not evaluated, because a score is not finite.
        margin: float16[images]: the score of the label minus the largest other one; NaN where
            there is none, because the image was not evaluated or the model has no score of its
            label. At most `HIGHEST_MARGIN` either way.
        probability: float16[images]: softmax of the label's score; NaN like `margin`.
        second: int64[images]: the class with the second largest score, of equals the first; -1
            where the image was not evaluated or there is no other class.
    """

    predicted: NDArray[np.int64]
    margin: NDArray[np.float16]
    probability: NDArray[np.float16]
    second: NDArray[np.int64]

    def among(self, images: int, rows: NDArray[np.int64]) -> Choices:
        """The same of more images, of which these are some; the others were not evaluated.

        Args:
            images: How many there are.
            rows: For each image of these, which of them it is; negative: none.
        """
        found = rows >= 0
        answer = _not_evaluated(images)
        for all_, mine in zip(vars(answer).values(), vars(self).values(), strict=True):
            all_[rows[found]] = mine[found]
        return answer


# What is kept of the scores of an image until all of an evaluation are known, in this order;
# it can be computed where the scores are, on a device too.
KEPT = ("predicted", "second", "margin", "probability")


def _not_evaluated(images: int) -> Choices:
    return Choices(
        np.full(images, NOT_EVALUATED, np.int64),
        np.full(images, np.nan, np.float16),
        np.full(images, np.nan, np.float16),
        np.full(images, NOT_EVALUATED, np.int64),
    )


def choices_of(scores: NDArray[Any], labels: NDArray[np.integer[Any]]) -> Choices:
    """What scores say of each image.

    Of an image with a score that is NaN or infinite, nothing is known. Only minus infinity is taken
    for what it says, that a class is ruled out, if another one is not.

    Args:
        scores: Logits, float[images, classes], of any precision.
        labels: int[images]; what is no class of the scores is a label that they do not know.
    """
    return choices_from(kept_on_host(scores, labels))


def kept_on_host(scores: NDArray[Any], labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """What is kept of scores: float64[images, KEPT]; see `choices_of`."""
    kept = np.empty((len(scores), len(KEPT)))
    rows = max(1, _AT_ONCE // scores.shape[1])
    for first in range(0, len(scores), rows):
        some = slice(first, first + rows)
        kept[some] = _kept(scores[some], labels[some])
    return kept


def choices_from(kept: NDArray[np.floating[Any]]) -> Choices:
    """What scores say of each image, of what was kept of them: float[images, KEPT]."""
    predicted, second, margin, probability = kept.T
    return Choices(
        predicted.astype(np.int64),
        np.clip(margin, -HIGHEST_MARGIN, HIGHEST_MARGIN).astype(np.float16),
        probability.astype(np.float16),
        second.astype(np.int64),
    )


def _kept(scores: NDArray[Any], labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    # Half types do not hold a sum; of larger ones, single precision is what float16 needs.
    scores = scores.astype(np.float32) if scores.dtype.itemsize < 4 else scores
    images, classes = np.arange(len(scores)), scores.shape[1]
    highest = scores.max(axis=1)  # NaN where there is one.
    evaluated = np.isfinite(highest)
    if not evaluated.all():
        scores = np.where(evaluated[:, None], scores, 0)
        highest = np.where(evaluated, highest, 0)
    predicted = scores.argmax(axis=1)
    others = scores.copy()
    others[images, predicted] = -np.inf
    second = others.argmax(axis=1)
    # If all others are ruled out, the first of them is as good as any.
    second[second == predicted] = 1 if classes > 1 else NOT_EVALUATED

    known = evaluated & (labels >= 0) & (labels < classes)
    own = np.where(known, labels, 0)
    rival = np.where(predicted == own, second, predicted)
    with np.errstate(over="ignore", under="ignore"):
        shares = np.exp(scores - highest[:, None])
        probability = shares[images, own] / shares.sum(axis=1, dtype=np.float64)
        margin = scores[images, own].astype(np.float64) - scores[images, rival]
    return np.stack(
        [
            np.where(evaluated, predicted, NOT_EVALUATED),
            np.where(evaluated, second, NOT_EVALUATED),
            np.where(known & (rival >= 0), margin, np.nan),
            np.where(known, probability, np.nan),
        ],
        axis=1,
    )
