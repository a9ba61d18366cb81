"""Which filters are tried, where nobody says: those that have moved most."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from .patching import GivenGroup, Group, Patchable, States

# The share of the filters that are called most moved.
MOVED = 0.1
ALL_LAYERS = "most moved"


def whole_layers(patchable: Patchable) -> dict[str, Group]:
    """Each layer with all its filters, by its name."""
    return {name: {name: np.arange(size)} for name, size in patchable.sizes.items()}


def most_moved(patchable: Patchable, states: States, share: float = MOVED) -> dict[str, Group]:
    """The filters that have changed most, by what the group is called.

    First those of all layers together, then those of each layer that has some to leave over, from
    the layer on whose most moved has moved most. Filters that have not changed are never among
    them.

    Args:
        patchable: The filters.
        states: Of the model.
        share: How many of the filters.
    """
    changes = {
        name: np.nan_to_num(patchable.change(name, states), nan=0.0) for name in patchable.sizes
    }
    names = list(changes)
    together = np.concatenate([changes[name] for name in names])
    layer = np.repeat(np.arange(len(names)), [len(changes[name]) for name in names])
    index = np.concatenate([np.arange(len(changes[name])) for name in names])
    # Ties go to the earlier layer, then the lower position.
    best = np.argsort(-together, kind="stable")[: math.ceil(share * len(together))]
    best = best[together[best] > 0]
    overall = {
        names[i]: np.sort(index[best[layer[best] == i]]) for i in np.unique(layer[best]).tolist()
    }
    groups: dict[str, Group] = {ALL_LAYERS: overall} if overall else {}
    for name in sorted(names, key=lambda name: -changes[name].max(initial=0)):
        own = changes[name]
        best = np.argsort(-own, kind="stable")[: math.ceil(share * len(own))]
        best = np.sort(best[own[best] > 0])
        if 0 < len(best) < len(own):
            groups[f"{name}, {ALL_LAYERS}"] = {name: best}
    return groups


def checked(patchable: Patchable, groups: Mapping[str, GivenGroup]) -> dict[str, Group]:
    """Groups as a user gives them.

    Raises:
        ValueError: They are none of the model's filters; says what would be right.
    """
    if not isinstance(groups, Mapping) or not groups:
        raise ValueError(
            "groups must be a mapping of what each group is called to its filters, as"
            ' {"mine": {"layer3.1.conv2": [4, 17]}}'
        )
    found: dict[str, Group] = {}
    for name, group in groups.items():
        patchable.check(group)
        found[str(name)] = {layer: np.sort(np.asarray(own)) for layer, own in group.items()}
    return found
