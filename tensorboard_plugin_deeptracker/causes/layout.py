"""Images whose channels lie side by side in memory, as a CPU's convolutions are faster with.

The numbers are the same; convolutions add them up in another order, so that scores differ in their
last bits.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map


def is_faster(model: nn.Module) -> bool:
    """Whether a model has convolutions that are faster with channels side by side."""
    return torch.backends.mkldnn.is_available() and any(
        isinstance(module, nn.Conv2d)
        and module.weight.device.type == "cpu"
        and module.weight.dtype is torch.float32
        for module in model.modules()
    )


def channels_last(inputs: Any) -> Any:
    """The same inputs, with the channels of images side by side."""
    return tree_map(
        lambda x: (
            x.contiguous(memory_format=torch.channels_last)
            if isinstance(x, Tensor) and x.ndim == 4
            else x
        ),
        inputs,
    )


def are_close(scores: Any, others: Tensor) -> bool:
    """Whether scores differ by no more than the order in which numbers are added up."""
    if not isinstance(scores, Tensor) or scores.dtype != others.dtype:
        return False
    if not others.is_floating_point():
        return torch.equal(scores, others)
    tolerance = 1e-4 * others.nan_to_num(0.0, 0.0, 0.0).abs().max().item()
    return scores.shape == others.shape and torch.allclose(
        scores, others, rtol=0, atol=tolerance, equal_nan=True
    )
