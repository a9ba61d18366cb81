"""More about the mini-sets of a correlation, asked with the same parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.correlation import Correlation
from ..analysis.surprise import surprise as test
from ..index.queries import some_filters
from ..index.run import Snapshot
from . import lookup
from .answers import LIMIT, Answer
from .correlated import correlated
from .params import Params

MOST_SHUFFLES = 10_000
# Of the largest answer: the rest is for what is not values.
_SHARE = 0.9


def surprise(snapshot: Snapshot, params: Params) -> Answer:
    """How surprising it is what a mini-set appears with."""
    shuffles = params.integer("shuffles")
    found = correlated(snapshot, params)
    layers = [layer.name for layer in lookup.model(snapshot).layers]
    names = lookup.validation_set(snapshot).class_names
    mini_sets = [mini_set for own in found.layers for mini_set in own.mini_sets]
    outcome = test(
        [mini_set.iterations for mini_set in mini_sets], list(found.classes.values()), shuffles
    )
    best = np.array(list(found.classes), np.int32)[outcome.best]
    arrays = {
        "classes": outcome.classes,
        "classes_p": outcome.classes_p.astype(np.float32),
        "best": best,
        "times": outcome.times,
        "times_p": outcome.times_p.astype(np.float32),
        "times_any_p": outcome.times_any_p.astype(np.float32),
    }
    counts = {"shuffles": shuffles, "iterations": outcome.iterations}

    def json() -> Mapping[str, Any]:
        columns = {name: values.tolist() for name, values in arrays.items()}
        columns["best"] = [names[c] for c in columns["best"]]
        rows = [
            {"layer": layers[layer], "filter": position}
            | {name: values[i] for name, values in columns.items()}
            for i, (layer, position) in enumerate(_filters(found, first=True))
        ]
        return {**counts, "mini_sets": rows}

    return Answer({**counts, **arrays}, json)


def filters(snapshot: Snapshot, params: Params) -> Answer:
    """How the filters of the mini-sets vary over the dumps."""
    found = correlated(snapshot, params)
    model, measure = lookup.model(snapshot), params.text("measure")
    of_layers = _filters(found)
    layer, position = np.array(of_layers, np.int64).reshape(-1, 2).T
    chosen: NDArray[np.int64] = snapshot.layer_filters[layer] + position
    most = max(1, int(_SHARE * LIMIT) // (4 * max(1, len(chosen))))
    columns = min(most, params.integer("columns"))
    steps, values = some_filters(
        snapshot, model, chosen, lookup.measure(snapshot, measure), columns
    )

    def json() -> Mapping[str, Any]:
        rows = [
            {"layer": model.layers[i].name, "filter": j, "values": own}
            for (i, j), own in zip(of_layers, values, strict=True)
        ]
        return {"measure": measure, "steps": steps, "filters": rows}

    return Answer({"measure": measure, "steps": steps, "values": values}, json)


def _filters(found: Correlation, first: bool = False) -> list[tuple[int, int]]:
    """Layer and position in it of all filters of the mini-sets, or of the first of each."""
    return [
        (own.layer, position)
        for own in found.layers
        for mini_set in own.mini_sets
        for position in mini_set.filters[: 1 if first else None].tolist()
    ]
