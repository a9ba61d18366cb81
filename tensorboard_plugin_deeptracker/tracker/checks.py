"""What cannot work is refused."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import numpy as np
import torch
from torch import nn

from ..causes import Causes, check_whole
from ..features.layers.log import refuse_flattened
from ..summary.evaluation import Evaluation
from ..summary.loading import check_loader
from ..summary.options import check_number
from ..writer import SummaryWriter

# Writers that have a tracker.
TRACKED: WeakSet[SummaryWriter] = WeakSet()


def check(writer: Any, model: Any, loader: Any, every: Any, predict: Any) -> None:
    """Refuses what cannot work, before the training begins.

    Raises:
        ValueError: Names the argument, and what would be right.
    """
    if not isinstance(writer, SummaryWriter):
        raise ValueError(
            "writer must be a tensorboard_plugin_deeptracker.SummaryWriter, not"
            f" {type(writer).__name__}; one of torch's can be passed to it, as"
            " SummaryWriter(event_writer=writer)"
        )
    if writer in TRACKED:
        raise ValueError(
            "this writer has a tracker already, and a run is of one model: make a SummaryWriter of"
            " another directory for another one"
        )
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    refuse_flattened(model)
    if loader is not None:
        check_loader(loader)
    check_number(every, "every", optional=True)
    if predict is not None and not callable(predict):
        raise ValueError(
            "predict must be a function that takes the model and a batch's inputs, not"
            f" {type(predict).__name__}"
        )


def check_causes(causes: Any, loader: Any, model: nn.Module) -> None:
    """Refuses experiments that cannot be made.

    Raises:
        ValueError: They are not described by `Causes`, or there are no images to make them on, or
            the model's weights are spread over processes.
    """
    if causes is None:
        return
    if not isinstance(causes, Causes):
        raise ValueError(
            "causes must be tensorboard_plugin_deeptracker.Causes(...), as Causes(budget=0.02),"
            f" not {type(causes).__name__}"
        )
    if loader is None:
        raise ValueError("causes= needs a validation_loader: flips are those of its images")
    check_whole(model)


def check_adaptive(every: Any, budget: Any, steps: Any) -> None:
    """Refuses what is no way to choose when to log.

    Raises:
        ValueError: It is none; says what would be right.
    """
    if not isinstance(every, str):
        for name, given in (("budget", budget), ("steps", steps)):
            if given is not None:
                raise ValueError(f'{name}={given!r} is for every="adaptive", not every={every!r}')
        return
    if every != "adaptive":
        raise ValueError(
            f'every must be a whole number of at least 1, or "adaptive", got {every!r}'
        )
    check_number(budget, "budget", 3, 'the most dumps there are to be, which "adaptive" needs')
    check_number(steps, "steps", optional=True)


def check_autocast(dtype: Any) -> None:
    """Refuses what `torch.autocast` has no use for.

    Raises:
        ValueError: It is none of its types.
    """
    if dtype not in (torch.bfloat16, torch.float16):
        raise ValueError(
            "autocast must be torch.bfloat16 or torch.float16, the type of the training's"
            f" torch.autocast, not {dtype!r}"
        )


def check_on_sign(on_sign: Any) -> None:
    """Refuses what cannot be called.

    Raises:
        ValueError: It cannot.
    """
    if on_sign is not None and on_sign is not False and not callable(on_sign):
        raise ValueError(
            "on_sign must be a function that takes a sign, or False for no signs, not"
            f" {type(on_sign).__name__}"
        )


def check_training_loader(loader: Any) -> None:
    """Refuses what yields no batches.

    Raises:
        ValueError: It does not.
    """
    if loader is not None and not hasattr(loader, "__iter__"):
        raise ValueError(
            "training_loader must be the loader that the training reads its batches from, not a"
            f" {type(loader).__name__}"
        )


def check_order(first: Evaluation, evaluation: Evaluation) -> None:
    """Compares the labels of the images that were evaluated at first, too.

    Raises:
        ValueError: They are others: the images are not the same.
    """
    _, position, found = np.intersect1d(first.ids, evaluation.ids, True, True)
    if (first.labels[position] != evaluation.labels[found]).any():
        raise ValueError(
            "the validation loader yields its images in another order than at first: make it with"
            " shuffle=False"
        )
