"""Experiments between two checkpoints, as the command line asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from ..causes import IMAGES, LEAST, Draws, NoFlipsError, put_back
from ..features.causes.records import Effect
from .errors import CheckpointError
from .plan import Planned, make_plan
from .replay import fill
from .running import Wanted, files_of, made


@dataclass(frozen=True)
class Between:
    """What was found between two checkpoints.

    Attributes:
        before: The first.
        after: The second.
        class_names: Of the images.
        effects: What was tried; nothing where no image has flipped.
    """

    before: Planned
    after: Planned
    class_names: Sequence[str]
    effects: list[Effect]


def between(
    wanted: Wanted,
    groups: Mapping[str, Mapping[str, Sequence[int]]] | None,
    layers: int,
    draws: int,
) -> Between:
    """Finds out which filters have flipped images between two checkpoints.

    Args:
        wanted: The checkpoints, and what they are evaluated on.
        groups: Filters to put back, by layer, by what they are called; None: see `put_back`.
        layers: See `put_back`.
        draws: How many groups are drawn by chance at most.

    Raises:
        CheckpointError: Something is not as it must be.
    """
    model, loaders = made(wanted)
    (loader,) = loaders.values()
    before, after = (_one(wanted, model, name) for name in wanted.checkpoints)
    state = before.load()
    fill(model, state)
    # What a checkpoint does not have stays as the model was made, in both.
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    fill(model, after.load())
    at_most = wanted.images_at_most or IMAGES
    try:
        found = put_back(
            *(model, state, loader, groups),
            images_at_most=at_most,
            draws=Draws(min(LEAST, draws), draws),
            layers=layers,
        )
    except NoFlipsError:
        found = []
    names = getattr(getattr(loader, "dataset", None), "classes", None) or ()
    highest = max((int(each.classes.max(initial=-1)) for each in found), default=-1)
    if len(names) <= highest:
        names = [str(label) for label in range(highest + 1)]
    return Between(before, after, list(names), found)


def _one(wanted: Wanted, model: nn.Module, name: str) -> Planned:
    files = files_of([name])
    found = make_plan(model, files, wanted.ema, wanted.prefix).checkpoints
    if len(found) != 1:
        raise CheckpointError(
            f"{name} holds {len(found)} checkpoints: name one of them, say {found[-1].name}"
        )
    return found[0]
