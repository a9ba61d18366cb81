"""Training iterations as users have them: ints, whole floats, numpy's and torch's."""

from __future__ import annotations

import contextlib
import operator
from typing import Any

# What a browser, whose numbers are floating-point, tells from its neighbours.
MAX_STEP = 1 << 53


def whole_step(value: Any, name: str = "global_step") -> int:
    """Reads an iteration; what comes back does not change with the tensor that was passed.

    Raises:
        ValueError: It is no whole number from 0 to 2^53; names the argument and the remedy.
    """
    number = value
    # Of a tensor or an array, its only element.
    if hasattr(number, "item") and getattr(number, "size", None) != 0:
        with contextlib.suppress(RuntimeError, TypeError, ValueError):  # It has several.
            number = number.item()
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    try:
        step = operator.index(number)
    except TypeError:
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
