"""Scores of a model -> the class that it predicts for each image, where they say one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# The class of an image that was not evaluated.
NOT_EVALUATED = -1


@dataclass(frozen=True)
class Predicted:
    """What scores say.

    Attributes:
        classes: int64[n]: the class with the largest score; `NOT_EVALUATED` where a score is not
            finite.
        outputs: How many classes the model tells apart.
        not_finite: How many images have a score that is not finite.
    """

    classes: NDArray[np.int64]
    outputs: int
    not_finite: int


def predicted_of_scores(scores: Any, name: str = "scores") -> Predicted:
    """The class of each image by the largest of its scores.

    An image whose scores are not all finite is not evaluated: the largest of them would be an
    accident, and mostly class 0. Only minus infinity is taken for what it says, that a class is
    ruled out, if another one is not.

    Args:
        scores: Logits or probabilities [n, classes]; or [n, 1] or [n] of a model of two classes,
            whose logit is above 0 for class 1. A tensor or array.
        name: What messages call it.

    Raises:
        ValueError: They have another shape or type; says what to pass.
    """
    values = score_rows(scores, name)
    lowest, highest = values.aminmax(dim=1)  # NaN where there is one.
    bad = ~highest.isfinite() | lowest.isnan()
    classes = values.argmax(1).masked_fill(bad, NOT_EVALUATED)
    return Predicted(classes.cpu().numpy(), values.shape[1], int(bad.sum()))


def score_rows(scores: Any, name: str = "scores") -> torch.Tensor:
    """Scores as one for each class: float[n, classes], with at least two.

    Args:
        scores: See `predicted_of_scores`.
        name: See there.

    Raises:
        ValueError: See there.
    """
    values = scores.detach() if isinstance(scores, torch.Tensor) else _tensor(scores, name)
    if not values.is_floating_point() or values.ndim not in (1, 2) or 0 in values.shape[1:]:
        raise ValueError(_refusal(name, str(values.dtype).removeprefix("torch."), values.shape))
    if values.ndim == 2 and values.shape[1] > 1:
        return values
    # One logit is that of class 1 against that of class 0, which is none; infinite, it is no score.
    logit = values.reshape(-1)
    logit = logit.masked_fill(logit.isinf(), torch.nan)
    return torch.stack([torch.zeros_like(logit), logit], dim=1)


def are_probabilities(scores: torch.Tensor) -> bool:
    """Whether scores [n, classes] are probabilities already, to which no softmax is to be added."""
    sums = scores.sum(dim=1, dtype=torch.float32)
    return len(scores) > 1 and bool(((sums - 1).abs() < 1e-2).all() and (scores >= 0).all())


def _tensor(scores: Any, name: str) -> torch.Tensor:
    array = np.asarray(scores)
    try:
        return torch.from_numpy(array)
    except TypeError:
        what = type(scores).__name__ if array.dtype == object else str(array.dtype)
        raise ValueError(_refusal(name, what, array.shape)) from None


def _refusal(name: str, dtype: str, shape: Sequence[int]) -> str:
    if len(shape) > 2:
        remedy = (
            "one prediction is needed for each image; reduce the other axes first, as in"
            " scores.mean(dim=(2, 3))"
        )
    elif len(shape) == 1 and "int" in dtype:
        remedy = "if these are classes already, pass them as such"
    else:
        remedy = "pass the model's scores, such as output.logits"
    return (
        f"{name} must be floats of shape [n, classes], or one logit for each image of two classes,"
        f" got {dtype} of shape {tuple(shape)}: {remedy}"
    )
