"""What a training loop tells of a batch: which images they are, and their labels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .collecting import MIXED

# How far apart the shares of the classes beside the label are, where one is of another image.
_TOLERANCE = 1e-3


def read_ids(ids: Any, count: int) -> Tensor:
    """Which images a batch has: int64[count].

    Raises:
        ValueError: They are none, or not as many as there are outputs.
    """
    try:
        names = ids.detach() if isinstance(ids, Tensor) else torch.as_tensor(ids)
    except (TypeError, ValueError, RuntimeError):
        names = torch.empty(0)
    whole = not names.is_floating_point() and not names.is_complex() and names.dtype != torch.bool
    if names.ndim != 1 or not whole:
        raise ValueError(
            "ids must be a whole number for each image, as WithIds(dataset) gives them, got"
            f" {type(ids).__name__} of shape {tuple(getattr(ids, 'shape', ()))}"
        )
    if len(names) != count:
        raise ValueError(f"{len(names)} ids for {count} outputs: there must be one for each image")
    return names.long()


def read_labels(labels: Any, count: int) -> Tensor:
    """The class of each image of a batch: int64[count]; `MIXED` where it is one of several images.

    Soft labels are those of label smoothing, where all other classes have the same share; if they
    have not, images were mixed.

    Raises:
        ValueError: They are none, or not as many as there are outputs.
    """
    try:
        values = labels.detach() if isinstance(labels, Tensor) else torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError):
        values = torch.empty((0, 0, 0))
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in (1, 2) or values.is_complex():
        raise ValueError(
            "labels must be a class number for each image, got"
            f" {type(labels).__name__} of shape {tuple(getattr(labels, 'shape', ()))}"
        )
    if len(values) != count:
        raise ValueError(f"{len(values)} labels for {count} outputs: there must be one for each")
    if values.ndim == 1:
        return values.long()
    share, label = values.max(dim=1)
    others = values.float().scatter(1, label[:, None], torch.nan)
    spread = others.nan_to_num(-torch.inf).amax(1) - others.nan_to_num(torch.inf).amin(1)
    # Of two classes, only the share tells.
    mixed = (spread > _TOLERANCE) | (share < 0.5 + 0.4 * float(values.shape[1] == 2))
    return label.masked_fill(mixed, MIXED)


def refuse_mixed(labels: Tensor) -> None:
    """Refuses a first batch of mixed images, before a training is long under way.

    Raises:
        ValueError: There is one.
    """
    if bool((labels == MIXED).any()):
        raise ValueError(
            "these images are mixed (mixup, CutMix): what the model gives for a mixture says"
            " nothing of either image. Observe only batches that are not mixed; or evaluate the"
            " training images as they are, as Tracker does with a validation loader of them"
        )
