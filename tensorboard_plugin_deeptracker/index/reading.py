"""Slices of the tensors of many records -> arrays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..events.decode import Tensor
from .record import OpenableFile, Record
from .source import Reader

# Records whose data are asked for at once from a remote file.
_TOGETHER = 16


class Readers(ExitStack):
    """Opens each file once, and closes all of them at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: dict[OpenableFile, Reader] = {}

    def of(self, file: OpenableFile) -> Reader:
        """The opened file.

        Raises:
            OSError: It is gone, or another one has taken its place.
        """
        if file not in self._opened:
            self._opened[file] = self.enter_context(file.open())
        return self._opened[file]


def columns(records: Sequence[Record], tag: str, start: int, stop: int) -> NDArray[Any]:
    """The elements [start, stop) of a tensor, counted over all its axes, of each record.

    Records whose checksum nobody has compared yet are compared with it first.

    Returns:
        [records, stop - start], of the type of the tensors.

    Raises:
        DamagedRecordError: A record does not match its checksum.
        OSError: A file is gone, or another one has taken its place.
    """
    types = {record.tensors[tag].dtype for record in records}
    dtype = np.result_type(*(t for t in types if t is not None)) if types else np.dtype("<f4")
    out = np.empty((len(records), stop - start), dtype)
    if not out.size:
        return out
    width = (stop - start) * dtype.itemsize
    flat = out.reshape(-1).view(np.uint8)
    with Readers() as readers:
        for i, record in enumerate(records):
            if not i % _TOGETHER or record.file is not records[i - 1].file:
                own = (r for r in records[i : i + _TOGETHER] if r.file is record.file)
                readers.of(record.file).prefetch(_span(r, tag, start, stop) for r in own)
            reader, tensor = readers.of(record.file), record.tensors[tag]
            if tensor.dtype == dtype:
                at = tensor.offset + start * dtype.itemsize
                record.read_into(reader, at, flat[i * width : (i + 1) * width])
            else:
                out[i] = _slice(reader, record, tensor, start, stop)
    return out


def _span(record: Record, tag: str, start: int, stop: int) -> tuple[int, int]:
    """Offset and size of what will be read of a record."""
    tensor = record.tensors[tag]
    if record.intact is None or tensor.dtype is None:
        return record.span
    size = tensor.dtype.itemsize
    return record.offset + tensor.offset + start * size, (stop - start) * size


def _slice(reader: Reader, record: Record, tensor: Tensor, start: int, stop: int) -> NDArray[Any]:
    assert tensor.dtype is not None
    values = np.empty(stop - start, tensor.dtype)
    at = tensor.offset + start * tensor.dtype.itemsize
    record.read_into(reader, at, values.view(np.uint8))
    return values
