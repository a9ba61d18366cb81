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
    values = scores.detach() if isinstance(scores, torch.Tensor) else _tensor(scores, name)
    if not values.is_floating_point() or values.ndim not in (1, 2) or 0 in values.shape[1:]:
        raise ValueError(_refusal(name, str(values.dtype).removeprefix("torch."), values.shape))
    if values.ndim == 1 or values.shape[1] == 1:
        # One logit is that of class 1 against that of class 0, which is none.
        logit = values.reshape(-1)
        bad = ~logit.isfinite()
        classes, outputs = (logit > 0).long(), 2
    else:
        lowest, highest = values.aminmax(dim=1)  # NaN where there is one.
        bad = ~highest.isfinite() | lowest.isnan()
        classes, outputs = values.argmax(1), values.shape[1]
    classes = classes.masked_fill(bad, NOT_EVALUATED)
    return Predicted(classes.cpu().numpy(), outputs, int(bad.sum()))


def _tensor(scores: Any, name: str) -> torch.Tensor:
    array = np.asarray(scores)
    try:
        return torch.from_numpy(array)
    except TypeError:
        raise ValueError(_refusal(name, str(array.dtype), array.shape)) from None


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
