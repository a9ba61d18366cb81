"""Experiments between two checkpoints, as the command line asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from ..causes import IMAGES, LEAST, Draws, NoFlipsError, ablate, put_back
from ..causes.ablation import Mode
from ..causes.patching import Patchable
from ..features.causes.records import Effect
from .errors import CheckpointError
from .mini_sets import mini_sets
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
        left_out: How many mini-sets were not.
    """

    before: Planned
    after: Planned
    class_names: Sequence[str]
    effects: list[Effect]
    left_out: int = 0


@dataclass(frozen=True)
class Tried:
    """What is tried.

    Attributes:
        groups: Filters, by layer, by what they are called; nothing: see `put_back`.
        run: A run whose mini-sets are tried too.
        mini_sets: How many of them at most.
        switch_off: How filters are switched off, see `ablate`; None: they are put back.
        layers: See `put_back`.
        draws: How many groups are drawn by chance at most.
    """

    groups: Mapping[str, Mapping[str, Sequence[int]]]
    run: str | None
    mini_sets: int
    switch_off: Mode | None
    layers: int
    draws: int


def between(wanted: Wanted, tried: Tried) -> Between:
    """Finds out which filters have flipped images between two checkpoints.

    Args:
        wanted: The checkpoints, and what they are evaluated on.
        tried: What is tried.

    Raises:
        CheckpointError: Something is not as it must be.
        ValueError: Likewise, of the groups.
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
    chance = Draws(min(LEAST, tried.draws), tried.draws)
    groups, left_out = dict(tried.groups), 0
    if tried.run is not None:
        steps = before.step, after.step
        of_run = mini_sets(tried.run, Patchable(model).sizes, steps, tried.mini_sets)
        groups, left_out = groups | of_run.groups, of_run.left_out
    if tried.switch_off is not None:
        found = ablate(
            *(model, groups, loader, tried.switch_off), images_at_most=at_most, draws=chance
        )
    else:
        try:
            found = put_back(
                *(model, state, loader, groups or None),
                images_at_most=at_most,
                draws=chance,
                layers=tried.layers,
            )
        except NoFlipsError:
            found = []
    names = getattr(getattr(loader, "dataset", None), "classes", None) or ()
    highest = max((int(each.classes.max(initial=-1)) for each in found), default=-1)
    if len(names) <= highest:
        names = [str(label) for label in range(highest + 1)]
    return Between(before, after, list(names), found, left_out)


def _one(wanted: Wanted, model: nn.Module, name: str) -> Planned:
    files = files_of([name])
    found = make_plan(model, files, wanted.ema, wanted.prefix).checkpoints
    if len(found) != 1:
        raise CheckpointError(
            f"{name} holds {len(found)} checkpoints: name one of them, say {found[-1].name}"
        )
    return found[0]
