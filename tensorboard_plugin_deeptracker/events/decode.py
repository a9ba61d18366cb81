"""Records -> where their tensors lie, without reading the tensors.

A log is opened by skimming: of each record only the few bytes that frame its
tensors are read (protobuf wire format), so that opening costs time by the record,
not by the byte, and a slice of a tensor can later be read straight from the file.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import limits, schema

# Reads up to `size` bytes at `offset`; fewer only at the end of the file.
Read = Callable[[int, int], bytes]

_INT16, _FLOAT16 = np.dtype("<i2"), np.dtype("<f2")
_TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    3: np.dtype("<i4"),
    5: _INT16,
    6: np.dtype("<i1"),
    9: np.dtype("<i8"),
    19: _FLOAT16,
}
_STRING = 7
_DOUBLE = struct.Struct("<d")
_CHUNK = 512


class DecodeError(ValueError):
    """A record's bytes are not the message they should be."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a tensor lies in its file.

    Attributes:
        dtype: Type of the elements; None for strings.
        shape: Sizes of the axes.
        offset: Position of the first byte in the file. For strings, of the
            message that holds them.
        size: Number of bytes.
    """

    dtype: np.dtype[Any] | None
    shape: tuple[int, ...]
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Skim:
    """What skimming a record tells.

    Attributes:
        step: Training iteration; 0 for records that belong to none.
        wall_time: Seconds since the epoch.
        tensors: By tag.
    """

    step: int
    wall_time: float
    tensors: Mapping[str, Tensor]


def skim(read: Read, start: int, end: int) -> Skim:
    """Finds the tensors of the `Event` message in the bytes [start, end) of a file.

    Raises:
        DecodeError: The bytes are no such message.
    """
    buffer = _Buffer(read)
    step, wall_time = 0, 0.0
    tensors: dict[str, Tensor] = {}
    for number, value, at in _fields(buffer, start, end):
        if number == 1:
            if value != _DOUBLE.size:
                raise DecodeError(f"a wall time of {value} bytes")
            wall_time = _DOUBLE.unpack(buffer.take(at, value))[0]
        elif number == 2:
            step = value if value < 1 << 63 else value - (1 << 64)
        elif number == 5:
            for inner, size, begin in _fields(buffer, at, at + value):
                if inner == 1:
                    tag, tensor = _summary_value(buffer, begin, begin + size)
                    tensors[tag] = tensor
                    if len(tensors) > limits.TENSORS:
                        raise DecodeError(f"more than {limits.TENSORS} tensors in one record")
    return Skim(step, wall_time, tensors)


def array(read: Read, tensor: Tensor) -> NDArray[Any]:
    """Reads a whole numeric tensor.

    Raises:
        DecodeError: The tensor holds strings, or the file ends within it.
    """
    if tensor.dtype is None:
        raise DecodeError("expected numbers, found strings")
    data = read(tensor.offset, tensor.size)
    if len(data) != tensor.size:
        raise DecodeError("the file ends within a tensor")
    return np.frombuffer(data, tensor.dtype).reshape(tensor.shape)


def string_spans(read: Read, tensor: Tensor) -> list[tuple[int, int]]:
    """Offset and length, in the file, of every string of a tensor.

    Raises:
        DecodeError: The tensor holds numbers, or not as many strings as its shape says.
    """
    if tensor.dtype is not None:
        raise DecodeError("expected strings, found numbers")
    end, count = tensor.offset + tensor.size, prod(tensor.shape)
    if count > limits.STRINGS:
        raise DecodeError(f"{count} strings in one tensor are more than {limits.STRINGS}")
    found = (
        (at, value)
        for number, value, at in _fields(_Buffer(read), tensor.offset, end)
        if number == 8
    )
    spans = list(islice(found, count + 1))
    if len(spans) != count:
        more = "more" if len(spans) > count else len(spans)
        raise DecodeError(f"expected {count} strings, found {more}")
    return spans


def strings(read: Read, tensor: Tensor) -> list[bytes]:
    """Reads all strings of a tensor; see `string_spans`."""
    data = read(tensor.offset, tensor.size)
    spans = string_spans(read, tensor)
    return [data[at - tensor.offset : at - tensor.offset + size] for at, size in spans]


def json_object(read: Read, record: Skim, tag: str) -> dict[str, Any]:
    """Reads the JSON object that a tensor holds as text.

    Raises:
        DecodeError: There is none.
    """
    tensor = record.tensors.get(tag)
    if tensor is not None and tensor.size > limits.JSON_BYTES:
        raise DecodeError(f"{tag!r} has {tensor.size} bytes, more than {limits.JSON_BYTES}")
    try:
        (text,) = strings(read, record.tensors[tag])
        data = json.loads(text)
    except (KeyError, ValueError, RecursionError) as error:
        raise DecodeError(f"no JSON under {tag!r}: {error!r:.200}") from error
    if not isinstance(data, dict):
        raise DecodeError(f"no JSON object under {tag!r}")
    return data


def _summary_value(buffer: _Buffer, start: int, end: int) -> tuple[str, Tensor]:
    tag, tensor = None, None
    for number, value, at in _fields(buffer, start, end):
        if number == 1:
            tag = buffer.take(at, min(value, 256)).decode(errors="replace")
        elif number == 8:
            tensor = _tensor(buffer, at, at + value)
    if tag is None or tensor is None:
        raise DecodeError("a summary value lacks its tag or its tensor")
    if tensor.dtype == _INT16 and (of_float16 := schema.tag_of_float16(tag)):
        return of_float16, replace(tensor, dtype=_FLOAT16)
    return tag, tensor


def _tensor(buffer: _Buffer, start: int, end: int) -> Tensor:
    dtype_number, content = 0, None
    shape: tuple[int, ...] = ()
    for number, value, at in _fields(buffer, start, end):
        if number == 1:
            dtype_number = value
        elif number == 2:
            shape = _shape(buffer, at, at + value)
        elif number == 4:
            content = (at, value)
        elif number == 8:
            break  # Strings are found when somebody asks for them.
    if prod(max(axis, 1) for axis in shape) > limits.ELEMENTS:
        raise DecodeError("a tensor of impossible shape")
    if dtype_number == _STRING:
        return Tensor(None, shape, start, end - start)
    dtype = _TYPES.get(dtype_number)
    if dtype is None:
        raise DecodeError(f"a tensor of unknown type {dtype_number}")
    offset, size = content or (end, 0)
    if size != prod(shape) * dtype.itemsize:
        raise DecodeError(f"a tensor of shape {shape} and type {dtype} has {size} bytes")
    return Tensor(dtype, shape, offset, size)


def _shape(buffer: _Buffer, start: int, end: int) -> tuple[int, ...]:
    sizes = []
    for number, value, at in _fields(buffer, start, end):
        if number == 2:
            dims = _fields(buffer, at, at + value)
            sizes.append(next((size for field, size, _ in dims if field == 1), 0))
            if len(sizes) > limits.AXES:
                raise DecodeError("a tensor of impossible shape")
    return tuple(sizes)


class _Buffer:
    """Serves small reads from a chunk of the file, so that a record costs few reads."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._start = 0
        self._data = b""

    def take(self, at: int, size: int) -> bytes:
        """Reads `size` bytes at `at`.

        Raises:
            DecodeError: The file ends before them.
        """
        begin = at - self._start
        if begin < 0 or begin + size > len(self._data):
            self._start, self._data = at, self._read(at, max(size, _CHUNK))
            begin = 0
            if len(self._data) < size:
                raise DecodeError("the file ends within a record")
        return self._data[begin : begin + size]

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """Reads a variable-length integer; returns it and the position behind it."""
        begin = at - self._start
        if 0 <= begin < len(self._data) and at < end and self._data[begin] < 0x80:
            return self._data[begin], at + 1  # Nearly all are.
        value = 0
        for i, byte in enumerate(self.take(at, min(10, end - at))):
            value |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                return value, at + i + 1
        raise DecodeError("a number without an end")


def _fields(buffer: _Buffer, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yields (field number, value, position) of a protobuf message in [start, end).

    The value is the number itself for varints and the length for all else; the
    position is that of the field's content.
    """
    at = start
    while at < end:
        key, at = buffer.varint(at, end)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, after = buffer.varint(at, end)
            yield number, value, at
            at = after
            continue
        if kind == 2:
            size, at = buffer.varint(at, end)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise DecodeError(f"unknown wire type {kind}")
        if at + size > end:
            raise DecodeError("a field is longer than the message it is in")
        yield number, size, at
        at += size
