"""What has to be known of a model before its filters are changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ..summary.calling import can_be_followed, device_of
from ..summary.distributed import is_sharded
from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import inputs_and_labels
from .calls import followers, record
from .patching import Patchable


def check_whole(model: nn.Module) -> None:
    """Makes sure that one process can evaluate the model, while the others wait.

    Raises:
        ValueError: Its weights are spread over processes.
    """
    name = next((name for name, each in model.named_parameters() if is_sharded(each)), None)
    if name is not None:
        raise ValueError(
            f"filters cannot be put back in a model whose weights are spread over processes, as"
            f" {name!r} is (FSDP2): one process alone cannot evaluate it. Train without causes=,"
            " save two checkpoints and ask `deeptracker causes`"
        )


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
    device = device_of(model)
    inputs, _ = inputs_and_labels(next(iter(batches)))
    inputs = tree_map(lambda x: x[:2].to(device) if isinstance(x, Tensor) else x, inputs)
    calls, _ = record(model, lambda: (predict or predict_scores)(model, inputs))
    patchable.follow(followers(calls, patchable.channels()))
    return patchable
