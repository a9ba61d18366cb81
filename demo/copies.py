"""What a trained network is often made into before it is used: smaller copies of it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

# Of the weights of each layer.
_PRUNED = 0.5
_BITS = 4


def copies(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Copies of a model, with what they are called."""
    for name, change in (("pruned", _prune), ("quantised", _round)):
        copy = deepcopy(model)
        with torch.no_grad():
            for module in copy.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    module.weight.copy_(change(module.weight))
        yield name, copy


def _prune(weight: Tensor) -> Tensor:
    """Without the weights of a layer that are smallest (Han et al., 2015)."""
    smallest = weight.abs().flatten().kthvalue(int(_PRUNED * weight.numel())).values
    return torch.where(weight.abs() > smallest, weight, 0)


def _round(weight: Tensor) -> Tensor:
    """Rounded to the levels that so many bits have, for each filter on its own."""
    largest = weight.abs().flatten(1).amax(1).clamp(min=1e-12)
    step = (largest / (2 ** (_BITS - 1) - 1)).view(-1, *[1] * (weight.dim() - 1))
    rounded: Tensor = (weight / step).round() * step
    return rounded
