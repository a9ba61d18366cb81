"""The mini-sets of a run, as groups of filters to try."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..reader.run import open_run

# Filters that are named in what a group is called.
_NAMED = 5


@dataclass(frozen=True)
class MiniSets:
    """Mini-sets of a run.

    Attributes:
        groups: Of each a layer and its filters, by what it is called.
        left_out: How many more there are.
    """

    groups: dict[str, dict[str, list[int]]]
    left_out: int


def mini_sets(
    run: str, layers: Collection[str], between: tuple[int, int], at_most: int
) -> MiniSets:
    """The mini-sets of a run, by what the tab starts with.

    First those that appear at an anomaly iteration between two states, then those that appear
    most often.

    Args:
        run: Its directory or address.
        layers: Those whose filters can be changed.
        between: The iterations of the two states.
        at_most: How many.

    Raises:
        LogError: There is no such run.
        InvalidQuestionError: It has no weights, or no predictions.
        ValueError: It has no mini-set of these layers.
    """
    opened = open_run(run)
    found, names = opened.correlation(), opened.layer_names
    rows = []
    for i, layer in enumerate(found.mini_set_layer.tolist()):
        filters, steps = (
            values[slice(*starts[i : i + 2])]
            for values, starts in (
                (found.mini_set_filters, found.mini_set_filters_start),
                (found.mini_set_steps, found.mini_set_steps_start),
            )
        )
        is_between = bool(((between[0] < steps) & (steps <= between[1])).any())
        if names[layer] in layers:
            order = not is_between, -int(found.mini_set_appearances[i])
            rows.append((order, names[layer], filters.tolist()))
    if not rows:
        raise ValueError(f"{run}: there are no mini-sets of filters that the model has")
    rows.sort(key=lambda row: row[0])
    return MiniSets(
        {_called(layer, filters): {layer: filters} for _, layer, filters in rows[:at_most]},
        max(0, len(rows) - at_most),
    )


def _called(layer: str, filters: list[int]) -> str:
    more = f" and {len(filters) - _NAMED} more" if len(filters) > _NAMED else ""
    return f"{layer}:{','.join(map(str, filters[:_NAMED]))}{more}"
