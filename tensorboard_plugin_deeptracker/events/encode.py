"""Arrays and texts -> serialized `Event` messages, the payloads of the log's records."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import (
    DT_FLOAT,
    DT_HALF,
    DT_INT8,
    DT_INT16,
    DT_INT32,
    DT_INT64,
    DT_STRING,
)

from . import schema

_TYPES = {
    "f2": DT_HALF,
    "f4": DT_FLOAT,
    "i1": DT_INT8,
    "i2": DT_INT16,
    "i4": DT_INT32,
    "i8": DT_INT64,
}
_METADATA = SummaryMetadata(
    plugin_data=SummaryMetadata.PluginData(plugin_name=schema.PLUGIN_NAME),
)


def marker() -> Summary:
    """The summary that tells TensorBoard's loaders that a run has our data.

    It goes into the run's own event file and carries nothing else.
    """
    text = b"The data of this plugin is in the run's plugins/deeptracker directory."
    value = Summary.Value(tag=schema.PLUGIN_NAME, metadata=_METADATA, tensor=strings([text]))
    return Summary(value=[value])


def event(
    tensors: Mapping[str, TensorProto], step: int = 0, wall_time: float | None = None
) -> bytes:
    """A record.

    Args:
        tensors: By tag.
        step: Training iteration; 0 for what belongs to none.
        wall_time: Seconds since the epoch; now if None.
    """
    event = Event(
        wall_time=time.time() if wall_time is None else wall_time,
        step=step,
        summary=Summary(value=[_value(tag, tensor) for tag, tensor in tensors.items()]),
    )
    payload: bytes = event.SerializeToString()
    return payload


def array(values: NDArray[Any]) -> TensorProto:
    """A tensor of numbers: little-endian float16 or float32, or int8 to int64."""
    return TensorProto(
        dtype=_TYPES[values.dtype.str[1:]],
        tensor_shape=_shape(values.shape),
        tensor_content=values.tobytes(),
    )


def strings(values: Sequence[bytes]) -> TensorProto:
    """A tensor of strings of bytes."""
    return TensorProto(dtype=DT_STRING, tensor_shape=_shape((len(values),)), string_val=values)


def json_text(data: Any) -> TensorProto:
    """A tensor with one string, the JSON text of something."""
    return strings([json.dumps(data, separators=(",", ":")).encode()])


def _value(tag: str, tensor: TensorProto) -> Summary.Value:
    value = Summary.Value(tag=tag, metadata=_METADATA, tensor=tensor)
    if tensor.dtype == DT_HALF:
        value.tag = schema.float16_tag(tag)
        value.tensor.dtype = DT_INT16
    return value


def _shape(shape: Sequence[int]) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
