"""Numbers as users have them: tensors, arrays or lists."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

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


def whole_step(global_step: Any) -> int:
    """Reads a training iteration: an int, a whole float, or a tensor or array of one number.

    Raises:
        ValueError: It is none.
    """
    value = getattr(global_step, "item", lambda: global_step)
    try:
        number = value()
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        return operator.index(number)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"global_step must be a whole number, got {global_step!r}") from None


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
