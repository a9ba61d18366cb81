"""What the log holds of experiments: groups of filters that were put back, and what reverted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...events import encode, schema
from ...events.decode import DecodeError
from ...events.kinds import Series, Tensors, check_tensor
from ..images.records import IMAGE_SETS, VALIDATION, ImageSet, image_set_tag

EFFECTS_TAG = schema.tag("effects")
FILTERS_TAG = schema.tag("effect_filters")
CELLS_TAG = schema.tag("effect_cells")
CHANCE_TAG = schema.tag("effect_chance")

# What was done: the model now with a group's filters as they were before; the model before with
# them as they are now; the outputs of the group's filters replaced.
How = Literal["put_back", "put_in", "zero", "mean", "resample"]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Effect:
    """What a group of filters does to images, beside what as many others of its layers do.

    *Cells* are kinds of images: those of a class that have flipped to wrong, or to right. Where
    outputs are replaced nothing has flipped: cells are images of a class that are right, and could
    become wrong, and those that are wrong.

    Attributes:
        name: What the group is called.
        how: What was done.
        filters: Of each layer, by its name: positions of filters, ascending.
        classes: int64[cells].
        to_right: bool[cells]: whether its images have become right, or could.
        images: int64[cells]: how many there are.
        changed: int64[cells]: how many of them flip back, or become wrong or right.
        chance: int64[draws, cells]: the same of groups of as many filters of the same layers.
        others: How many images had not flipped, of which `others_changed` do.
        others_changed: See there.
    """

    name: str
    how: How
    filters: Mapping[str, Ints]
    classes: Ints
    to_right: NDArray[np.bool_]
    images: Ints
    changed: Ints
    chance: Ints
    others: int
    others_changed: int

    @property
    def size(self) -> int:
        """How many filters there are in the group."""
        return sum(map(len, self.filters.values()))


@dataclass(frozen=True)
class Allotment:
    """What a moment of a training was given of the time that may be spent.

    Attributes:
        flips: How many images had flipped.
        allowed: The seconds that it was given.
        planned: And that what was planned was to take at most; where nothing was, the least that
            could have been.
        groups: How many groups were planned; 0: none, as `allowed` is less than `planned`.
        draws: And how many were to be drawn in the place of each, at most.
    """

    flips: int
    allowed: float
    planned: float
    groups: int
    draws: int


@dataclass(frozen=True, eq=False)
class Experiments:
    """What was tried at an iteration.

    Attributes:
        since: The iteration that was compared with: what is put back is as it was there.
        images: How many images were evaluated.
        seconds: How long it took.
        effects: What was found; nothing where images flipped and time did not suffice to try.
        budget: The share of the training's time that may be spent; None: as much as it takes.
        allotment: What of it was given to this moment, as far as it is known.
    """

    since: int
    images: int
    seconds: float
    effects: tuple[Effect, ...]
    budget: float | None = None
    allotment: Allotment | None = None


def encode_experiments(step: int, found: Experiments, image_set: str = VALIDATION) -> bytes:
    """The record of what was tried at an iteration.

    Args:
        step: The iteration.
        found: What was found.
        image_set: Which images flipped.
    """
    head: dict[str, Any] = {
        "since": found.since,
        "images": found.images,
        "seconds": found.seconds,
        "effects": [
            {
                "name": each.name,
                "how": each.how,
                "layers": {layer: len(filters) for layer, filters in each.filters.items()},
                "cells": len(each.classes),
                "draws": len(each.chance),
                "others": [each.others, each.others_changed],
            }
            for each in found.effects
        ],
    }
    if found.budget is not None:
        head["budget"] = found.budget
    if found.allotment is not None:
        head["allotment"] = asdict(found.allotment)
    arrays = {
        FILTERS_TAG: [own for each in found.effects for own in each.filters.values()],
        CELLS_TAG: [
            np.stack([each.classes, each.to_right, each.images, each.changed], axis=1)
            for each in found.effects
        ],
        CHANCE_TAG: [each.chance for each in found.effects],
    }
    tensors = {EFFECTS_TAG: encode.json_text(head)}
    for tag, parts in arrays.items():
        flat = np.concatenate([np.empty(0, np.int64), *(np.ravel(part) for part in parts)])
        tensors[tag] = encode.array(flat.astype("<i4"))
    return encode.event(
        {image_set_tag(tag, image_set): tensor for tag, tensor in tensors.items()}, step
    )


def decode_experiments(
    head: Mapping[str, Any], filters: Ints, cells: Ints, chance: Ints
) -> Experiments:
    """Reads what `encode_experiments` has written.

    Args:
        head: The JSON object.
        filters: int[n]: positions of filters, of all groups one behind the other.
        cells: int[m]: of all cells class, whether to right, images, changed.
        chance: int[k]: of all effects [draws, cells].

    Raises:
        DecodeError: They do not fit together.
    """
    parts = _Cut(filters), _Cut(cells), _Cut(chance)
    try:
        effects = tuple(_effect(each, *parts) for each in head["effects"])
        budget = None if head.get("budget") is None else float(head["budget"])
        since, images, seconds = int(head["since"]), int(head["images"]), float(head["seconds"])
        given = head.get("allotment")
        return Experiments(
            since, images, seconds, effects, budget, None if given is None else _allotment(given)
        )
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise DecodeError(f"no experiments: {error!r:.200}") from error


def _allotment(given: Any) -> Allotment:
    flips, groups, draws = (int(given[name]) for name in ("flips", "groups", "draws"))
    return Allotment(flips, float(given["allowed"]), float(given["planned"]), groups, draws)


def _effect(head: Any, filters: _Cut, cells: _Cut, chance: _Cut) -> Effect:
    count, draws = int(head["cells"]), int(head["draws"])
    if head["how"] not in get_args(How):
        raise ValueError(f"how={head['how']!r:.40}")
    rows = cells.take(4 * count).reshape(count, 4)
    return Effect(
        name=str(head["name"]),
        how=head["how"],
        filters={str(layer): filters.take(int(own)) for layer, own in head["layers"].items()},
        classes=rows[:, 0],
        to_right=rows[:, 1] != 0,
        images=rows[:, 2],
        changed=rows[:, 3],
        chance=chance.take(draws * count).reshape(draws, count),
        others=int(head["others"][0]),
        others_changed=int(head["others"][1]),
    )


class _Cut:
    """Takes the parts of an array one after the other."""

    def __init__(self, values: Ints) -> None:
        self._values = values.astype(np.int64)
        self._at = 0

    def take(self, count: int) -> Ints:
        if count < 0 or self._at + count > len(self._values):
            raise ValueError(f"{count} numbers at {self._at} of {len(self._values)}")
        self._at += count
        return self._values[self._at - count : self._at]


def _check(tensors: Tensors, images: ImageSet) -> None:
    del images
    if EFFECTS_TAG not in tensors or tensors[EFFECTS_TAG].dtype is not None:
        raise DecodeError(f"{EFFECTS_TAG!r} is no text")
    for tag in (FILTERS_TAG, CELLS_TAG, CHANCE_TAG):
        shape = tensors[tag].shape if tag in tensors else ()
        check_tensor(tensors, tag, "i", shape[:1] or (0,))


EXPERIMENTS = Series(
    "experiments", EFFECTS_TAG, IMAGE_SETS, _check, count="experiments", in_runs=False
)
KINDS = (EXPERIMENTS,)
