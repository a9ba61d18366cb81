"""Structures and arrays -> serialized `Event` messages, the payloads of the log's records."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import (
    DT_FLOAT,
    DT_INT8,
    DT_INT16,
    DT_INT32,
    DT_INT64,
    DT_STRING,
)

from . import schema

_TYPES = {"f4": DT_FLOAT, "i1": DT_INT8, "i2": DT_INT16, "i4": DT_INT32, "i8": DT_INT64}
_METADATA = SummaryMetadata(
    plugin_data=SummaryMetadata.PluginData(plugin_name=schema.PLUGIN_NAME),
)


def session(session: schema.Session) -> bytes:
    """The record that opens a file."""
    return _event({schema.SESSION_TAG: _json(asdict(session))}, wall_time=session.started)


def model(model: schema.Model) -> bytes:
    """The record of the model's structure."""
    return _event({schema.MODEL_TAG: _json(model.to_json())})


def validation_set(validation_set: schema.ValidationSet) -> bytes:
    """The record of the validation images' labels, class names and ids."""
    ids = validation_set.ids
    return _event(
        {
            schema.CLASSES_TAG: _strings([name.encode() for name in validation_set.class_names]),
            schema.LABELS_TAG: _array(validation_set.labels.astype("<i4")),
            schema.IDS_TAG: _array(ids.astype("<i8"))
            if isinstance(ids, np.ndarray)
            else _strings([name.encode() for name in ids]),
        }
    )


def images(rows: Sequence[int], blobs: Sequence[bytes]) -> bytes:
    """A record of encoded images and the rows of the validation set they belong to."""
    if len(rows) != len(blobs):
        raise ValueError(f"{len(rows)} rows for {len(blobs)} images")
    return _event(
        {
            schema.IMAGE_ROWS_TAG: _array(np.asarray(rows, dtype="<i4")),
            schema.IMAGES_TAG: _strings(blobs),
        }
    )


def dump(
    step: int,
    filters: NDArray[np.float32],
    statistics: NDArray[np.float32],
    wall_time: float | None = None,
    first_non_finite: tuple[str, int] | None = None,
    kernels: NDArray[np.float32] | None = None,
) -> bytes:
    """The record of a dump.

    Args:
        step: Training iteration.
        filters: float32[measures, filters], in the order of `schema.Model`.
        statistics: float32[statistics, nodes], nodes in the order of `Node.walk`.
        wall_time: Seconds since the epoch; now if None.
        first_non_finite: The layer's name and the filter, if this is the session's first dump with
            a weight that is not finite.
        kernels: float32[weight_shape] of the layer `Model.kernels`, if there is one.
    """
    tensors = {
        schema.FILTERS_TAG: _array(filters.astype("<f4", copy=False)),
        schema.STATISTICS_TAG: _array(statistics.astype("<f4", copy=False)),
    }
    if kernels is not None:
        tensors[schema.KERNELS_TAG] = _array(kernels.astype("<f4", copy=False))
    if first_non_finite is not None:
        layer, number = first_non_finite
        tensors[schema.NON_FINITE_TAG] = _json({"layer": layer, "filter": number})
    return _event(tensors, step, wall_time)


def validation(
    step: int, predicted: NDArray[np.integer[Any]], classes: int, wall_time: float | None = None
) -> bytes:
    """The record of a validation.

    Args:
        step: Training iteration.
        predicted: int[images], the class predicted for each row of the validation
            set, -1 where it was not evaluated.
        classes: Number of classes; chooses the smallest integer type that holds them.
        wall_time: Seconds since the epoch; now if None.
    """
    dtype = next(t for t in ("<i1", "<i2", "<i4") if classes - 1 <= np.iinfo(t).max)
    return _event({schema.PREDICTED_TAG: _array(predicted.astype(dtype))}, step, wall_time)


def marker() -> Summary:
    """The summary that tells TensorBoard's loaders that a run has our data.

    It goes into the run's own event file and carries nothing else.
    """
    text = b"The data of this plugin is in the run's plugins/deeptracker directory."
    value = Summary.Value(tag=schema.PLUGIN_NAME, metadata=_METADATA, tensor=_strings([text]))
    return Summary(value=[value])


def _event(tensors: dict[str, TensorProto], step: int = 0, wall_time: float | None = None) -> bytes:
    values = [
        Summary.Value(tag=tag, metadata=_METADATA, tensor=tensor) for tag, tensor in tensors.items()
    ]
    event = Event(
        wall_time=time.time() if wall_time is None else wall_time,
        step=step,
        summary=Summary(value=values),
    )
    payload: bytes = event.SerializeToString()
    return payload


def _array(array: NDArray[Any]) -> TensorProto:
    return TensorProto(
        dtype=_TYPES[array.dtype.str[1:]],
        tensor_shape=_shape(array.shape),
        tensor_content=array.tobytes(),
    )


def _strings(strings: Sequence[bytes]) -> TensorProto:
    return TensorProto(dtype=DT_STRING, tensor_shape=_shape((len(strings),)), string_val=strings)


def _json(data: Any) -> TensorProto:
    return _strings([json.dumps(data, separators=(",", ":")).encode()])


def _shape(shape: Sequence[int]) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
