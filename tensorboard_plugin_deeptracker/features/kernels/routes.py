"""The first layer's filters as what they are: small images."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from ...compute.errors import NotFoundError
from ...http import part
from ...http.answers import LIMIT, Answer
from ...http.params import Params
from ...http.route import Route, RunPart
from ...http.schema import INTEGER, NUMBER, STEPS, STRING, Tensor, array, nullable, obj
from ...index.run import Snapshot
from ..layers.compute import model_of
from ..layers.records import DUMPS, MODEL
from .compute import kernels as read_kernels

# So that numbers written as text can be sent too.
MAX_BYTES = LIMIT // 4


def kernels(snapshot: Snapshot, params: Params, *, max_bytes: int = MAX_BYTES) -> Answer:
    """The weights of the layer that can be looked at, at some dumps.

    Args:
        snapshot: The run.
        params: Of the request.
        max_bytes: Of the weights; with more, fewer dumps are answered.
    """
    model = model_of(snapshot)
    if model.kernels is None:
        raise NotFoundError(
            f"run {snapshot.name!r} has no kernels: they are logged of a first layer that is a"
            " 2-D convolution of grey or RGB images and not too large"
        )
    layer = model.layers[model.kernels]
    rows = part.span(params, "rows", layer.filters)
    size = max(1, len(rows)) * prod(layer.weight_shape[1:]) * 4
    records = snapshot.of(DUMPS)
    dumps = part.sampled(params, len(records), max(1, max_bytes // size))
    values = read_kernels(records[dumps], layer.weight_shape, rows.start, rows.stop)
    return Answer(
        {
            "layer": layer.name,
            "rows": [rows.start, rows.stop],
            "steps": np.ascontiguousarray(snapshot.steps(DUMPS)[dumps]),
            "values": values,
        }
    )


def describe(snapshot: Snapshot, params: Params) -> Mapping[str, Any]:
    """Position of the layer whose filters can be looked at."""
    del params
    model = snapshot.of(MODEL)
    return {"kernels": model.kernels if model else None}


ROUTES = (
    Route(
        "/kernels",
        kernels,
        (part.ROWS, part.COLUMNS, part.MAX_COLUMNS),
        obj(
            {
                "layer": STRING,
                "rows": array(INTEGER, "first filter, and one past the last"),
                "steps": STEPS,
                "values": array(array(array(array(array(NUMBER)))), "as the arrays have them"),
            }
        ),
        {
            "steps": Tensor("int64", ("dumps",)),
            "values": Tensor("float32", ("dumps", "filters", "channels", "height", "width")),
        },
        {"layer": STRING, "rows": array(INTEGER)},
    ),
)
RUN_PART = RunPart(
    describe,
    {"kernels": nullable({"type": "integer", "description": "position of the layer"})},
)
