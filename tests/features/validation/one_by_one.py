"""What scores say of images, one after the other in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def choices_by_image(scores: NDArray[Any], labels: Ints) -> tuple[Ints, Floats, Floats, Ints]:
    """Predicted, margin, probability, second; see `Choices`."""
    rows = [_of_image(row, label) for row, label in zip(scores.tolist(), labels, strict=True)]
    columns = zip(*rows, strict=True) if rows else [()] * 4
    predicted, margin, probability, second = map(np.array, columns)
    return (
        predicted.astype(np.int64),
        margin.astype(np.float64),
        probability.astype(np.float64),
        second.astype(np.int64),
    )


def _of_image(scores: list[float], label: int) -> tuple[int, float, float, int]:
    nothing = -1, math.nan, math.nan, -1
    if any(math.isnan(score) or score == math.inf for score in scores):
        return nothing
    if all(score == -math.inf for score in scores):
        return nothing
    # Of equals the first.
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    second = order[1] if len(scores) > 1 else -1
    if not 0 <= label < len(scores):
        return order[0], math.nan, math.nan, second
    exponentials = [math.exp(score - scores[order[0]]) for score in scores]
    probability = exponentials[label] / math.fsum(exponentials)
    others = [score for i, score in enumerate(scores) if i != label]
    if not others:
        return order[0], math.nan, probability, second
    margin = scores[label] - max(others)
    return order[0], max(-65504.0, min(margin, 65504.0)), probability, second
