"""The first layer's filters as what they are: small images."""

from __future__ import annotations

from math import prod

import numpy as np

from ..index import queries
from ..index.run import Snapshot
from . import lookup, window
from .answers import LIMIT, Answer
from .errors import HttpError
from .params import Params

# Of what is sent at most, so that numbers written as text fit too.
_SHARE = 0.25


def kernels(snapshot: Snapshot, params: Params) -> Answer:
    """The weights of the layer that can be looked at, at some dumps."""
    model = lookup.model(snapshot)
    if model.kernels is None:
        raise HttpError(
            404,
            f"run {snapshot.name!r} has no kernels: they are logged of a first layer that is a"
            " 2-D convolution of grey or RGB images and not too large",
        )
    layer = model.layers[model.kernels]
    rows = window.span(params, "rows", layer.filters)
    size = max(1, len(rows)) * prod(layer.weight_shape[1:]) * 4
    dumps = window.sampled(params, len(snapshot.dumps), max(1, int(_SHARE * LIMIT) // size))
    values = queries.kernels(snapshot.dumps[dumps], layer.weight_shape, rows.start, rows.stop)
    return Answer(
        {
            "layer": layer.name,
            "rows": [rows.start, rows.stop],
            "steps": np.ascontiguousarray(snapshot.dump_steps[dumps]),
            "values": values,
        }
    )
