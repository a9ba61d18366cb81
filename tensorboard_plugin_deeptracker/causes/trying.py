"""The experiments of a plan, made in the order of what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..features.causes.records import Effect
from .budget import Plan
from .groups import ALL_LAYERS, most_moved, whole_layers
from .patching import Group, States
from .reverting import Reverting
from .trials import has_others


def tried(plan: Plan, reverting: Reverting, states: States) -> Iterator[Effect]:
    """Makes the experiments of a plan, what says most first, until time is over."""
    patchable = reverting.patchable
    moved = {
        name: group
        for name, group in most_moved(patchable, states).items()
        if has_others(group, patchable.sizes, plan.draws.least)
    }
    groups = {name: group for name, group in moved.items() if name == ALL_LAYERS}
    if groups:
        yield from reverting.back(groups, plan.draws)
    if plan.whole and not reverting.study.is_late():
        whole = reverting.back(whole_layers(patchable), plan.draws)
        yield from whole
        alone = _worth_trying(whole, moved, plan.layers)
        if alone and not reverting.study.is_late():
            yield from reverting.back(alone, plan.draws)
            groups |= alone
    if plan.put_in and groups and not reverting.study.is_late():
        yield from reverting.into(groups, plan.draws)


def _worth_trying(whole: list[Effect], moved: Mapping[str, Group], layers: int) -> dict[str, Group]:
    """The most moved filters of the layers that do most as a whole.

    Args:
        whole: What each layer does.
        moved: See `most_moved`.
        layers: Of how many.
    """
    best = sorted(whole, key=lambda each: -int(each.changed.sum()))
    names = [name for each in best if (name := f"{each.name}, {ALL_LAYERS}") in moved]
    return {name: moved[name] for name in names[:layers]}
