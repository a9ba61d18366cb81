"""The record of a dump: what was measured of every filter and layer at an iteration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....events import decode, encode, schema
from ....events.decode import DecodeError, Read, Skim
from ....events.kinds import Series, Tensors, check_tensor
from .model import MODEL, Model

FILTERS_TAG = schema.tag("filters")
STATISTICS_TAG = schema.tag("statistics")
KERNELS_TAG = schema.tag("kernels")
NON_FINITE_TAG = schema.tag("first_non_finite")
ABSENT_TAG = schema.tag("absent")

# Rows of a dump's `absent` tensor, in order.
ABSENT = ("weights", "gradients")


def encode_dump(
    step: int,
    filters: NDArray[np.float32],
    statistics: NDArray[np.float32],
    wall_time: float | None = None,
    first_non_finite: tuple[str, int] | None = None,
    kernels: NDArray[np.float32] | None = None,
    absent: NDArray[np.int8] | None = None,
) -> bytes:
    """The record of a dump.

    Args:
        step: Training iteration.
        filters: float32[measures, filters], in the order of `Model`.
        statistics: float32[statistics, nodes], nodes in the order of `Node.walk`.
        wall_time: Seconds since the epoch; now if None.
        first_non_finite: The layer's name and the filter, if this is the session's first dump with
            a weight that is not finite.
        kernels: float32[weight_shape] of the layer `Model.kernels`, if there is one.
        absent: int8[`ABSENT`, layers], 1 where nothing was measured: its values are NaN because
            they are missing, all other NaN are numbers that are none. None: not known.
    """
    tensors = {
        FILTERS_TAG: encode.array(filters.astype("<f4", copy=False)),
        STATISTICS_TAG: encode.array(statistics.astype("<f4", copy=False)),
    }
    if kernels is not None:
        tensors[KERNELS_TAG] = encode.array(kernels.astype("<f4", copy=False))
    if absent is not None:
        tensors[ABSENT_TAG] = encode.array(absent)
    if first_non_finite is not None:
        layer, number = first_non_finite
        tensors[NON_FINITE_TAG] = encode.json_text({"layer": layer, "filter": number})
    return encode.event(tensors, step, wall_time)


def decode_first_non_finite(read: Read, record: Skim) -> tuple[str, int] | None:
    """Layer and filter of the first weight that is not finite, if a dump has that mark.

    Raises:
        DecodeError: The mark cannot be read.
    """
    if NON_FINITE_TAG not in record.tensors:
        return None
    data = decode.json_object(read, record, NON_FINITE_TAG)
    try:
        return str(data["layer"]), int(data["filter"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"not a mark of a filter: {error!r}") from error


def _check(tensors: Tensors, model: Model) -> None:
    check_tensor(tensors, FILTERS_TAG, "f", (len(model.measures), model.filters))
    check_tensor(tensors, STATISTICS_TAG, "f", (len(model.statistics), len(model.nodes)))
    if KERNELS_TAG in tensors:
        shape = () if model.kernels is None else model.layers[model.kernels].weight_shape
        check_tensor(tensors, KERNELS_TAG, "f", shape)
    if ABSENT_TAG in tensors:
        check_tensor(tensors, ABSENT_TAG, "i", (len(ABSENT), len(model.layers)))


DUMPS = Series("a dump", FILTERS_TAG, MODEL, _check, count="dumps", trains=True)
