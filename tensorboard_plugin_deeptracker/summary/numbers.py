"""Numbers as users have them: tensors, arrays or lists."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# What a browser, whose numbers are floating-point, tells from its neighbours.
MAX_STEP = 1 << 53
# A training iteration, as it is counted.
Step = int | float | np.number[Any] | NDArray[Any] | torch.Tensor


def whole_numbers(values: Any, name: str, remedy: str) -> NDArray[np.int64]:
    """Reads a tensor, array or list of whole numbers as int64[n].

    Raises:
        ValueError: It is none; names the argument and the remedy.
    """
    array = _array(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} must be a whole number for each image, got {array.dtype} of shape"
            f" {array.shape}: {remedy}"
        )
    return array.astype(np.int64)


def whole_step(value: Any, name: str = "global_step") -> int:
    """Reads a training iteration: an int, a whole float, or a tensor or array of one number.

    What comes back does not change with the tensor that was passed.

    Raises:
        ValueError: It is none from 0 to 2^53; names the argument and the remedy.
    """
    item = getattr(value, "item", lambda: value)
    try:
        number = item()
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        step = operator.index(number)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{name} must be a whole number, got {value!r:.200}: count iterations, or batches"
        ) from None
    if step < 0:
        raise ValueError(f"{name} must not be below 0, got {step}: count iterations from 0 on")
    if step > MAX_STEP:
        raise ValueError(
            f"{name} must be at most 2^53, got {step}: count iterations, not nanoseconds"
        )
    return step


def _array(values: Any) -> NDArray[Any]:
    if isinstance(values, list | tuple) and values and isinstance(values[0], torch.Tensor):
        values = torch.stack(list(values))
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    try:
        return np.asarray(values)
    except ValueError:  # Lists of different lengths.
        return np.asarray(values, dtype=object)
