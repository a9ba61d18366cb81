"""Which filters move when which classes flip (paper, section 7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...http import schema
from ...http.answers import LIMIT, Answer
from ...http.params import COUNT, Parameter, Params, whole
from ...http.route import Route
from ...http.schema import INTEGER, NUMBER, STEPS, STRING, Tensor, array, obj
from ...index.run import Snapshot
from ..images.compute import image_set_of
from ..images.records import ImageSet
from ..images.routes import IMAGE_SET
from ..layers.compute import measure_at, model_of, some_filters
from ..layers.records import Model
from ..layers.routes import MEASURE, TOP_K
from ..validation.records import VALIDATIONS
from ..validation.routes import MIN_SCORE, WINDOW
from .compute import Correlation, LayerSets, Options, expected, related, significance

_MAX_SHUFFLES = 10_000
# Of the values of an answer: the rest is for what is not values.
MAX_BYTES = LIMIT * 9 // 10

MIN_APPEARANCES = Parameter(
    "min_appearances", COUNT, "mini-sets that appear less often are left out", "1"
)
_PARAMETERS = (WINDOW, MIN_SCORE, TOP_K, MEASURE, MIN_APPEARANCES, IMAGE_SET)
SHUFFLES = Parameter("shuffles", whole(1, _MAX_SHUFFLES), "how many shuffles", "99")
MAX_COLUMNS = Parameter("columns", COUNT, "largest number of columns", "4")


def correlation(snapshot: Snapshot, params: Params) -> Answer:
    """Which filters move when which classes flip."""
    model, images, options = _question(snapshot, params)
    found = related(snapshot, model, images, options)
    layers = [layer.name for layer in model.layers]
    steps = snapshot.steps(VALIDATIONS, options.image_set)
    return _correlation(found, layers, images.class_names, steps)


def expected_filters(snapshot: Snapshot, params: Params) -> Answer:
    """How many filters of a layer chance alone would make anomaly filters of a class."""
    model, images, options = _question(snapshot, params)
    found = related(snapshot, model, images, options)
    chance = expected(snapshot, model, images, options)
    arrays = {
        "layer": _int32([own.layer for own in found.layers]),
        "class": _int32(list(found.classes)),
        "filters": found.filters.astype(np.int32),
        "expected": chance.mean.astype(np.float32),
        "low": chance.low,
        "high": chance.high,
        "p": chance.p.astype(np.float32),
        "q": chance.q.astype(np.float32),
    }

    def json() -> Mapping[str, Any]:
        values = {name: each.tolist() for name, each in arrays.items() if each.ndim == 2}
        return {
            "iterations": chance.iterations,
            "cells": [
                {"layer": model.layers[own.layer].name, "class": images.class_names[c]}
                | {name: each[row][column] for name, each in values.items()}
                for row, own in enumerate(found.layers)
                for column, c in enumerate(found.classes)
            ],
        }

    return Answer({"iterations": chance.iterations, **arrays}, json)


def mini_set_surprise(snapshot: Snapshot, params: Params) -> Answer:
    """How surprising it is what a mini-set appears with."""
    shuffles = params.integer("shuffles")
    model, images, options = _question(snapshot, params)
    found = related(snapshot, model, images, options)
    outcome = significance(snapshot, model, images, options, shuffles)
    best = np.array(list(found.classes), np.int32)[outcome.best]
    arrays = {
        "classes": outcome.classes,
        "classes_p": outcome.classes_p.astype(np.float32),
        "best": best,
        "times": outcome.times,
        "times_p": outcome.times_p.astype(np.float32),
        "times_any_p": outcome.times_any_p.astype(np.float32),
        "classes_q": outcome.classes_q.astype(np.float32),
        "times_q": outcome.times_q.astype(np.float32),
    }
    counts = {"shuffles": shuffles, "iterations": outcome.iterations}

    def json() -> Mapping[str, Any]:
        columns = {name: values.tolist() for name, values in arrays.items()}
        columns["best"] = [images.class_names[c] for c in columns["best"]]
        rows = [
            {"layer": model.layers[layer].name, "filter": position}
            | {name: values[i] for name, values in columns.items()}
            for i, (layer, position) in enumerate(_filters(found, first=True))
        ]
        return {**counts, "mini_sets": rows}

    return Answer({**counts, **arrays}, json)


def mini_set_filters(snapshot: Snapshot, params: Params, *, max_bytes: int = MAX_BYTES) -> Answer:
    """How the filters of the mini-sets vary over the dumps.

    Args:
        snapshot: The run.
        params: Of the request.
        max_bytes: Of the values; with more, a column stands for more dumps.
    """
    model, images, options = _question(snapshot, params)
    found = related(snapshot, model, images, options)
    of_layers = _filters(found)
    layer, position = np.array(of_layers, np.int64).reshape(-1, 2).T
    chosen: NDArray[np.int64] = model.first_filters[layer] + position
    most = max(1, max_bytes // (4 * max(1, len(chosen))))
    columns = min(most, params.integer("columns"))
    steps, values = some_filters(snapshot, model, chosen, options.measure, columns)
    measure = params.text("measure")

    def json() -> Mapping[str, Any]:
        rows = [
            {"layer": model.layers[i].name, "filter": j, "values": own}
            for (i, j), own in zip(of_layers, values, strict=True)
        ]
        return {"measure": measure, "steps": steps, "filters": rows}

    return Answer({"measure": measure, "steps": steps, "values": values}, json)


def _question(snapshot: Snapshot, params: Params) -> tuple[Model, ImageSet, Options]:
    """What `_PARAMETERS` ask for."""
    image_set = params.text("image_set")
    images = image_set_of(snapshot, image_set)
    model = model_of(snapshot)
    options = Options(
        image_set=image_set,
        window=params.integer("window"),
        min_score=params.fraction("min_score"),
        top_k=params.integer("top_k"),
        measure=measure_at(model, params.text("measure")),
        min_appearances=params.integer("min_appearances"),
    )
    measure_at(model, "change")  # Only filters that changed count, whatever the measure.
    return model, images, options


def _correlation(
    found: Correlation, layers: Sequence[str], names: Sequence[str], steps: NDArray[np.int64]
) -> Answer:
    sets = [(own.layer, i) for own in found.layers for i in range(len(own.mini_sets))]
    mini_sets = [mini_set for own in found.layers for mini_set in own.mini_sets]
    filters, filters_start = _ragged([mini_set.filters for mini_set in mini_sets])
    at, at_start = _ragged([mini_set.iterations for mini_set in mini_sets])
    of_classes, of_classes_start = _ragged(list(found.classes.values()))
    arrays = {
        "layer": _int32([own.layer for own in found.layers]),
        "class": _int32(list(found.classes)),
        "class_steps": steps[of_classes],
        "class_steps_start": of_classes_start,
        "filters": found.filters.astype(np.int32),
        "mini_set_layer": _int32([layer for layer, _ in sets]),
        "mini_set_appearances": _int32([n for own in found.layers for n in own.appearances]),
        "mini_set_filters": filters.astype(np.int32),
        "mini_set_filters_start": filters_start,
        "mini_set_steps": steps[at],
        "mini_set_steps_start": at_start,
    }

    def json() -> Mapping[str, Any]:
        cells = []
        for own, counts in zip(found.layers, found.filters.tolist(), strict=True):
            marks = _marks(own, steps)
            for (c, iterations), count in zip(found.classes.items(), counts, strict=True):
                if count:
                    here = [mark for j in iterations.tolist() for mark in marks.get(j, ())]
                    cell = {"layer": layers[own.layer], "class": names[c], "filters": count}
                    cells.append({**cell, "marks": here})
        return {
            "layers": [
                {
                    "layer": layers[own.layer],
                    "mini_sets": [
                        {"filters": mini_set.filters, "appearances": count}
                        for mini_set, count in zip(own.mini_sets, own.appearances, strict=True)
                    ],
                }
                for own in found.layers
            ],
            "classes": [
                {"class": names[c], "steps": steps[iterations]}
                for c, iterations in found.classes.items()
            ],
            "cells": cells,
        }

    return Answer(arrays, json)


def _marks(own: LayerSets, steps: NDArray[np.int64]) -> dict[int, list[dict[str, int]]]:
    """The marks of each iteration; classes that share an iteration share its marks."""
    marks: dict[int, list[dict[str, int]]] = {}
    for i, mini_set in enumerate(own.mini_sets):
        for j in mini_set.iterations.tolist():
            marks.setdefault(j, []).append({"mini_set": i, "step": int(steps[j])})
    return marks


def _ragged(
    rows: Sequence[NDArray[np.integer]],
) -> tuple[NDArray[np.integer], NDArray[np.int32]]:
    """All rows in one array, and where each begins and the last ends."""
    flat = np.concatenate([*rows, np.empty(0, np.int64)])
    return flat.astype(np.int64), np.cumsum([0, *map(len, rows)], dtype=np.int32)


def _int32(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, np.int32)


def _filters(found: Correlation, first: bool = False) -> list[tuple[int, int]]:
    """Layer and position in it of all filters of the mini-sets, or of the first of each."""
    return [
        (own.layer, position)
        for own in found.layers
        for mini_set in own.mini_sets
        for position in mini_set.filters[: 1 if first else None].tolist()
    ]


_MARK = obj({"mini_set": INTEGER, "step": schema.STEP})
_PER_SET = ("mini-sets",)
_CELLS = ("layers", "classes")

ROUTES = (
    Route(
        "/correlation",
        correlation,
        _PARAMETERS,
        obj(
            {
                "layers": array(
                    obj(
                        {
                            "layer": STRING,
                            "mini_sets": array(
                                obj({"filters": array(INTEGER), "appearances": INTEGER})
                            ),
                        }
                    )
                ),
                "classes": array(obj({"class": STRING, "steps": STEPS})),
                "cells": array(
                    obj(
                        {
                            "layer": STRING,
                            "class": STRING,
                            "filters": INTEGER,
                            "marks": array(_MARK),
                        }
                    )
                ),
            }
        ),
        {
            "layer": Tensor("int32", ("layers",), "positions in the run's layers"),
            "class": Tensor("int32", ("classes",), "positions in the run's classes"),
            "class_steps": Tensor("int64", ("steps of all classes",)),
            "class_steps_start": Tensor("int32", ("classes + 1",)),
            "filters": Tensor("int32", _CELLS, "number of anomaly filters"),
            "mini_set_layer": Tensor("int32", _PER_SET, "positions in the run's layers"),
            "mini_set_appearances": Tensor("int32", _PER_SET),
            "mini_set_filters": Tensor("int32", ("filters",), "positions in the layer"),
            "mini_set_filters_start": Tensor("int32", ("mini-sets + 1",)),
            "mini_set_steps": Tensor("int64", ("steps of all mini-sets",)),
            "mini_set_steps_start": Tensor("int32", ("mini-sets + 1",)),
        },
    ),
    Route(
        "/expected_filters",
        expected_filters,
        _PARAMETERS,
        obj(
            {
                "iterations": INTEGER,
                "cells": array(
                    obj(
                        {
                            "layer": STRING,
                            "class": STRING,
                            "filters": INTEGER,
                            "expected": NUMBER,
                            "low": INTEGER,
                            "high": INTEGER,
                            "p": NUMBER,
                            "q": NUMBER,
                        }
                    )
                ),
            }
        ),
        {
            "layer": Tensor("int32", ("layers",), "positions in the run's layers"),
            "class": Tensor("int32", ("classes",), "positions in the run's classes"),
            "filters": Tensor("int32", _CELLS, "number of anomaly filters"),
            "expected": Tensor("float32", _CELLS, "their mean by chance"),
            "low": Tensor("int32", _CELLS, "of the range of 95 % by chance"),
            "high": Tensor("int32", _CELLS, "of the range"),
            "p": Tensor("float32", _CELLS),
            "q": Tensor("float32", _CELLS, "`p` corrected for all cells"),
        },
        {"iterations": INTEGER},
    ),
    Route(
        "/mini_set_surprise",
        mini_set_surprise,
        (*_PARAMETERS, SHUFFLES),
        obj(
            {
                "shuffles": INTEGER,
                "iterations": INTEGER,
                "mini_sets": array(
                    obj(
                        {
                            "layer": STRING,
                            "filter": INTEGER,
                            "classes": INTEGER,
                            "classes_p": NUMBER,
                            "best": STRING,
                            "times": INTEGER,
                            "times_p": NUMBER,
                            "times_any_p": NUMBER,
                            "classes_q": NUMBER,
                            "times_q": NUMBER,
                        }
                    )
                ),
            }
        ),
        {
            "classes": Tensor("int32", _PER_SET, "how many it appears with"),
            "classes_p": Tensor("float32", _PER_SET),
            "best": Tensor("int32", _PER_SET, "position of the class it appears with most often"),
            "times": Tensor("int32", _PER_SET),
            "times_p": Tensor("float32", _PER_SET),
            "times_any_p": Tensor("float32", _PER_SET),
            "classes_q": Tensor("float32", _PER_SET, "`classes_p` corrected for all mini-sets"),
            "times_q": Tensor("float32", _PER_SET, "`times_any_p` corrected for all mini-sets"),
        },
        {"shuffles": INTEGER, "iterations": INTEGER},
    ),
    Route(
        "/mini_set_filters",
        mini_set_filters,
        (*_PARAMETERS, MAX_COLUMNS),
        obj(
            {
                "measure": STRING,
                "steps": STEPS,
                "filters": array(
                    obj({"layer": STRING, "filter": INTEGER, "values": array(NUMBER)})
                ),
            }
        ),
        {
            "steps": Tensor("int64", ("columns",)),
            "values": Tensor("float32", ("filters", "columns")),
        },
        {"measure": STRING},
    ),
)
