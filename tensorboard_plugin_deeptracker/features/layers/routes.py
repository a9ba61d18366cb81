"""The paper's indexes of layers and filters: I_ls, I_lf and I_if (section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from ...compute.pyramid import TILE, Matrix, Pyramid, Scaled
from ...http import part, schema
from ...http.answers import MAX_BYTES, Answer, check_size
from ...http.params import COUNT, STEP, TEXT, Parameter, Params, choice
from ...http.route import Route, RunPart
from ...http.schema import (
    INTEGER,
    NUMBER,
    STEPS,
    STRING,
    Schema,
    Tensor,
    array,
    component,
    nullable,
    obj,
)
from ...index.run import Snapshot
from .compute import (
    LayerFilters,
    Normalize,
    dump_at,
    dump_filters,
    layer_at,
    layer_filters,
    measure_at,
    model_of,
    node_at,
    node_statistics,
    statistic_at,
    top,
)
from .records import DUMPS, MODEL

_INSTEAD = "ask for a part with rows and columns, or for less with max_rows and max_columns"

# What a box plot shows.
_QUARTILES = ("min", "q1", "median", "q3", "max")

LAYER = Parameter("layer", TEXT, "dotted name of a layer", "stem")
NODE = Parameter("layer", TEXT, "dotted name of a node of the hierarchy; empty: the model", "stem")
STATISTIC = Parameter("stat", TEXT, "one of the run's `statistics`", "weight_mean")
MEASURE = Parameter("measure", TEXT, "one of the run's `measures`", "change")
NORMALIZE = Parameter(
    "normalize",
    choice(*get_args(Normalize)),
    "what values are divided by: nothing, or the largest magnitude of the filter over all dumps,"
    " or of the dump over the layer's filters",
    "none",
)
DISTRIBUTED = Parameter("of", choice("weight", "gradient"), "what the statistics are of", "weight")
DUMP_STEP = Parameter("step", STEP, "iteration of a dump", "1")
TOP_K = Parameter("top_k", COUNT, "how many filters at most", "3")


def layer_stat(snapshot: Snapshot, params: Params) -> Answer:
    """The layer-stat index."""
    name, stat = params.text("layer"), params.text("stat")
    model = model_of(snapshot)
    node, statistic = node_at(model, name), statistic_at(model, stat)
    values = node_statistics(snapshot, model, statistic, node, node + 1)[0]
    return Answer({"layer": name, "stat": stat, "steps": snapshot.steps(DUMPS), "values": values})


def layer_stats(snapshot: Snapshot, params: Params) -> Answer:
    """The layer-stat index for all nodes at once."""
    stat = params.text("stat")
    model = model_of(snapshot)
    statistic = statistic_at(model, stat)
    values = node_statistics(snapshot, model, statistic, 0, len(model.nodes))
    nodes = [node.name for node in model.nodes]
    return Answer({"stat": stat, "nodes": nodes, "steps": snapshot.steps(DUMPS), "values": values})


def layer_distributions(snapshot: Snapshot, params: Params) -> Answer:
    """The five statistics of box plots, for all nodes at once."""
    of = params.choice("of")
    model = model_of(snapshot)
    values = {
        name: node_statistics(
            snapshot, model, statistic_at(model, f"{of}_{name}"), 0, len(model.nodes)
        )
        for name in _QUARTILES
    }
    nodes = [node.name for node in model.nodes]
    return Answer({"of": of, "nodes": nodes, "steps": snapshot.steps(DUMPS), **values})


def layer_filter(
    snapshot: Snapshot,
    params: Params,
    *,
    tile: tuple[int, int] = TILE,
    max_values: int = part.MAX_VALUES,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """The layer-filter index.

    Args:
        snapshot: The run.
        params: Of the request.
        tile: See `Pyramid`.
        max_values: See `part.part`.
        max_bytes: See `check_size`.
    """
    name, measure = params.text("layer"), params.text("measure")
    normalize: Normalize = params.choice("normalize")
    model = model_of(snapshot)
    layer, position = layer_at(model, name), measure_at(model, measure)
    fields: dict[str, Any] = {"layer": name, "measure": measure, "normalize": normalize}
    matrix = LayerFilters(snapshot, model, layer, position)
    if not part.asked(params):
        check_size(*matrix.shape, 4, _INSTEAD, max_bytes)
        values = layer_filters(snapshot, model, layer, position, normalize)
        return Answer({**fields, "steps": snapshot.steps(DUMPS), "values": values})
    blocks = part.part(params, matrix.shape, max_values)
    pyramid = Pyramid(snapshot.memo, tile)
    scaled: Matrix = matrix
    if normalize != "none":
        axis = 1 if normalize == "filter" else 0
        scaled = Scaled(matrix, axis, pyramid.largest(matrix, axis))
    fields.update(part.place(blocks, snapshot.steps(DUMPS)))
    if blocks.exact:
        return Answer({**fields, "values": scaled.read(blocks.covered(0), blocks.covered(1))})
    return Answer({**fields, **part.aggregates(pyramid, scaled, blocks)})


def iteration_filter(snapshot: Snapshot, params: Params) -> Answer:
    """The iteration-filter index."""
    step = params.integer("step")
    measure, k = params.text("measure"), params.integer("top_k")
    model = model_of(snapshot)
    position = measure_at(model, measure)
    record = snapshot.of(DUMPS)[dump_at(snapshot, step)]
    values = dump_filters(record, model, position)
    chosen = top(values, np.ones(len(values), np.bool_), k)
    layer = np.searchsorted(model.first_filters, chosen, side="right") - 1
    arrays = {
        "layer": layer.astype(np.int32),
        "filter": (chosen - model.first_filters[layer]).astype(np.int32),
        "value": values[chosen],
    }

    def json() -> Mapping[str, Any]:
        rows = zip(layer.tolist(), arrays["filter"].tolist(), arrays["value"], strict=True)
        filters = [
            {"layer": model.layers[i].name, "filter": j, "value": value} for i, j, value in rows
        ]
        return {"step": step, "measure": measure, "filters": filters}

    return Answer({"step": step, "measure": measure, **arrays}, json)


def describe(snapshot: Snapshot, params: Params) -> Mapping[str, Any]:
    """The model's structure, and the iterations of the dumps."""
    del params
    model = snapshot.of(MODEL)
    described = model.to_json() if model else {}
    return {
        "steps": {"dumps": snapshot.steps(DUMPS).tolist()},
        "layers": described.get("layers", []),
        "modules": described.get("modules"),
        "edges": described.get("edges", []),
        "notes": described.get("notes", []),
        "measures": described.get("measures", []),
        "statistics": described.get("statistics", []),
    }


_FIELDS_OF_RUN: Mapping[str, Schema] = {
    "steps": {"dumps": STEPS},
    "layers": array(
        obj(
            {
                "name": STRING,
                "type": STRING,
                "filters": INTEGER,
                "weight_shape": array(INTEGER),
            }
        ),
        "in forward order",
    ),
    "modules": nullable(component("Module")),
    "edges": array(array(INTEGER), "positions of two layers: data flows from the first"),
    "notes": array(STRING, "what is not logged of the model, and why"),
    "measures": array(STRING, "of filters"),
    "statistics": array(STRING, "of nodes of the hierarchy"),
}
_MODULE = obj(
    {"name": STRING, "type": STRING},
    {
        "children": array(component("Module"), "in forward order"),
        "layer": {"type": "integer", "description": "position in the layers"},
    },
)
_DUMP_STEPS = Tensor("int64", ("dumps",))

ROUTES = (
    Route(
        "/layer_stat",
        layer_stat,
        (NODE, STATISTIC),
        obj({"layer": STRING, "stat": STRING, "steps": STEPS, "values": array(NUMBER)}),
        {"steps": _DUMP_STEPS, "values": Tensor("float32", ("dumps",))},
        {"layer": STRING, "stat": STRING},
    ),
    Route(
        "/layer_stats",
        layer_stats,
        (STATISTIC,),
        obj(
            {
                "stat": STRING,
                "nodes": array(STRING, "names, depth first"),
                "steps": STEPS,
                "values": array(array(NUMBER), "a row a node"),
            }
        ),
        {"steps": _DUMP_STEPS, "values": Tensor("float32", ("nodes", "dumps"))},
        {"stat": STRING, "nodes": array(STRING)},
    ),
    Route(
        "/layer_distributions",
        layer_distributions,
        (DISTRIBUTED,),
        obj(
            {
                "of": STRING,
                "nodes": array(STRING, "names, depth first"),
                "steps": STEPS,
                **{name: array(array(NUMBER), "a row a node") for name in _QUARTILES},
            }
        ),
        {
            "steps": _DUMP_STEPS,
            **{name: Tensor("float32", ("nodes", "dumps")) for name in _QUARTILES},
        },
        {"of": STRING, "nodes": array(STRING)},
    ),
    Route(
        "/layer_filter",
        layer_filter,
        (LAYER, MEASURE, NORMALIZE, *part.PARAMETERS),
        obj(
            {"layer": STRING, "measure": STRING, "normalize": STRING, "steps": STEPS},
            {"values": array(array(NUMBER), "a row a filter"), **part.JSON_FIELDS},
        ),
        {
            "steps": _DUMP_STEPS,
            "values": Tensor("float32", ("filters", "dumps")),
            **part.AGGREGATES,
        },
        {"layer": STRING, "measure": STRING, "normalize": STRING, **part.FIELDS},
        frozenset({"values", *part.OPTIONAL}),
    ),
    Route(
        "/iteration_filter",
        iteration_filter,
        (DUMP_STEP, MEASURE, TOP_K),
        obj(
            {
                "step": schema.STEP,
                "measure": STRING,
                "filters": array(
                    obj({"layer": STRING, "filter": INTEGER, "value": NUMBER}), "largest first"
                ),
            }
        ),
        {
            "layer": Tensor("int32", ("filters",), "positions in the run's layers"),
            "filter": Tensor("int32", ("filters",), "positions in the layer"),
            "value": Tensor("float32", ("filters",)),
        },
        {"step": schema.STEP, "measure": STRING},
    ),
)
RUN_PART = RunPart(describe, _FIELDS_OF_RUN, {"Module": _MODULE})
