"""What numbers a model is given."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

# Numbers of an example that are looked at, at most.
_MOST = 1 << 20


def inputs_of(example: Any) -> tuple[float, float] | None:
    """Mean and standard deviation of the floats of an example; None if it has none, or no numbers.

    Args:
        example: What the model is called with.
    """
    found = [
        each.detach().reshape(-1)[:_MOST]
        for each in tree_leaves(example)
        if isinstance(each, Tensor) and each.is_floating_point() and each.numel()
    ]
    if not found:
        return None
    values = torch.cat([each.double().cpu() for each in found])
    mean, deviation = float(values.mean()), float(values.std(correction=0))
    return (mean, deviation) if math.isfinite(mean) and math.isfinite(deviation) else None
