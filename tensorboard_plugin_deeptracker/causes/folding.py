"""Convolutions that do the batch normalisation behind them: a scale in the weight, and a bias.

The normalisation's own pass over the outputs is saved. As the numbers are taken from the tensors
at each call, whatever changes these changes the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .calls import Call, Forward, followers

# A weight takes as long to scale as so many outputs take to normalise.
_OF_WEIGHT = 4


def folded(calls: Sequence[Call], images: float) -> dict[nn.Module, Forward]:
    """Forward methods of convolutions, and of the normalisations that then have nothing to do.

    What else a model does with what such a convolution returns is not known here.

    Args:
        calls: Of a forward pass in eval mode.
        images: How many times as many images are to be worked on at once.
    """
    counts = Counter(call.module for call in calls)
    outputs = {
        call.module: call.output
        for call in calls
        if type(call.module) is nn.Conv2d and isinstance(call.output, Tensor)
    }
    forwards: dict[nn.Module, Forward] = {}
    for conv, norm in followers(
        [*calls], {conv: out.shape[1] for conv, out in outputs.items()}
    ).items():
        if (
            isinstance(conv, nn.Conv2d)
            and type(norm) is nn.BatchNorm2d
            and norm.running_var is not None
            and not norm.training
            and all(counts[each] == 1 and not _is_watched(each) for each in (conv, norm))
            and _OF_WEIGHT * conv.weight.numel() <= images * outputs[conv].numel()
        ):
            forwards[conv] = _both(conv, norm)
            forwards[norm] = _nothing
    return forwards


def _both(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Forward:
    def forward(x: Tensor) -> Tensor:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = torch.rsqrt(norm.running_var + norm.eps)
        if norm.weight is not None:
            scale = scale * norm.weight
        mean = norm.running_mean if conv.bias is None else norm.running_mean - conv.bias
        bias = -mean * scale if norm.bias is None else norm.bias - mean * scale
        found: Tensor = conv._conv_forward(x, conv.weight * scale[:, None, None, None], bias)
        return found

    return forward


def _nothing(x: Tensor) -> Tensor:
    return x


def _is_watched(module: nn.Module) -> bool:
    """Whether others get to see what a module returns, or have it return something else."""
    state: dict[str, Any] = vars(module)
    return bool("forward" in state or module._forward_hooks or module._forward_pre_hooks)
