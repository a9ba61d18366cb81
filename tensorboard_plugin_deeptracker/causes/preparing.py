"""What has to be known of a model before its filters are changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import inputs_and_labels
from .calls import can_be_followed, followers, record
from .patching import Patchable


def patchable_of(model: nn.Module, batches: Iterable[Any], predict: Predict | None) -> Patchable:
    """The filters of a model, each with its channel of the normalisation that follows.

    Args:
        model: In eval mode, without gradients.
        batches: Those of a loader, of which the first is looked at.
        predict: See `Tracker`.
    """
    patchable = Patchable(model)
    if not can_be_followed(model):
        return patchable
    device = next((each.device for each in model.parameters()), torch.device("cpu"))
    inputs, _ = inputs_and_labels(next(iter(batches)))
    inputs = tree_map(lambda x: x[:2].to(device) if isinstance(x, Tensor) else x, inputs)
    calls, _ = record(model, lambda: (predict or predict_scores)(model, inputs))
    patchable.follow(followers(calls, patchable.channels()))
    return patchable
