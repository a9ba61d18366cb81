"""The user's own scalars, from TensorBoard's event files beside the log."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..events import tfrecord
from .opening import open_reader
from .run import Snapshot
from .source import AnyPath, ReadAhead, RemotePath

# A scalar takes some hundred bytes; what takes more are images, histograms and graphs.
_LARGEST = 4 << 10
# Bytes that are read at once.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Scalars:
    """What was logged under a tag.

    Attributes:
        steps: int64[points], ascending, each once.
        values: float64[points].
        times: Seconds since the epoch: float64[points].
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64]


def scalars(snapshot: Snapshot) -> Mapping[str, Scalars]:
    """All scalars of a run by tag, as far as they are written; what is new costs only itself.

    A file replaces what those before it say from its first step of a tag on, as a training does
    that goes on from a checkpoint. What cannot be read is left out.

    Args:
        snapshot: The run; none of one that has no directory.
    """
    path = snapshot.path
    if path is None:
        return {}
    versions = event_files(path)

    def extend(known: _Read | None) -> _Read:
        read = known or _Read()
        read.take(versions)
        return read

    return snapshot.memo.get("scalars", tuple(versions.items()), extend).joined


def event_files(run: AnyPath) -> dict[AnyPath, object]:
    """As TensorBoard tells them, in the order of their names, which begin with their times."""
    if isinstance(run, RemotePath):
        from . import remote

        try:
            return dict(remote.files(run.url, lambda name: "tfevents" in name))
        except OSError:
            return {}
    try:
        with os.scandir(run) as entries:
            found = sorted(
                (Path(entry.path), entry.stat())
                for entry in entries
                if "tfevents" in entry.name and entry.is_file()
            )
    except OSError:
        return {}
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found}


@dataclass
class _Points:
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


@dataclass
class _File:
    """What was read of a file so far."""

    identity: object = None
    end: int = 0
    points: dict[str, _Points] = field(default_factory=dict)
    # Only the first value of a tag says which plugin's it is.
    others: set[str] = field(default_factory=set)


class _Read:
    """What was read of a run's files so far."""

    def __init__(self) -> None:
        self._files: dict[AnyPath, _File] = {}
        self.joined: Mapping[str, Scalars] = {}

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        lengths = (len(p.steps) for file in self._files.values() for p in file.points.values())
        return 130 * sum(lengths)

    def take(self, paths: Mapping[AnyPath, object]) -> None:
        """Takes in what is new."""
        self._files = {path: _follow(path, self._files.get(path, _File())) for path in paths}
        tags = {tag for file in self._files.values() for tag in file.points}
        self.joined = {tag: self._join(tag) for tag in sorted(tags)}

    def _join(self, tag: str) -> Scalars:
        joined: dict[int, tuple[float, float]] = {}
        for file in self._files.values():
            points = file.points.get(tag)
            if points is None:
                continue
            first = min(points.steps)
            joined = {step: point for step, point in joined.items() if step < first}
            joined.update(
                zip(points.steps, zip(points.values, points.times, strict=True), strict=True)
            )
        steps = sorted(joined)
        both = np.array([joined[step] for step in steps], np.float64).reshape(-1, 2)
        return Scalars(np.array(steps, np.int64), both[:, 0].copy(), both[:, 1].copy())


def _follow(path: AnyPath, known: _File) -> _File:
    """Takes in what was appended to a file since the last time."""
    with contextlib.suppress(OSError), open_reader(path) as reader:
        if known.identity != reader.identity or reader.size < known.end:
            known = _File(reader.identity)
        for end, payload in payloads(ReadAhead(reader, _AT_ONCE), known.end, reader.size):
            known.end = end
            # What is no event, protobuf tells by various errors.
            with contextlib.suppress(Exception):
                _take(payload, known)
    return known


def _take(payload: bytes, file: _File) -> None:
    from tensorboard.compat.proto.event_pb2 import Event

    event = Event.FromString(payload)
    for value in event.summary.value:
        number = _number(value, file)
        if number is not None:
            points = file.points.setdefault(value.tag, _Points())
            points.steps.append(event.step)
            points.values.append(number)
            points.times.append(event.wall_time)


def payloads(
    file: ReadAhead, at: int, size: int, largest: int = _LARGEST
) -> Iterator[tuple[int, bytes]]:
    """Ends and payloads of whole records; no payload of one that is too large or damaged."""
    while at + tfrecord.OVERHEAD <= size:
        length = tfrecord.payload_length(file.read(at, tfrecord.HEADER.size))
        if length is None:
            return  # Nobody knows where the next one begins.
        end = at + tfrecord.OVERHEAD + length
        if end > size:
            return  # The rest of it is yet to come.
        payload = b""
        if length <= largest:
            both = file.read(at + tfrecord.HEADER.size, length + tfrecord.FOOTER.size)
            payload, crc = both[:length], tfrecord.FOOTER.unpack(both[length:])[0]
            if tfrecord.masked_crc(payload) != crc:
                payload = b""
        yield end, payload
        at = end


def _number(value: object, file: _File) -> float | None:
    """The number of a summary's value; None if it is something else."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    assert isinstance(value, Summary.Value)
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or value.tag in file.others:
        return None
    plugin = value.metadata.plugin_data.plugin_name
    if plugin != "scalars" and value.tag not in file.points:
        file.others.add(value.tag)
        return None
    # Outside TensorBoard, importing this takes a second: it knows clouds.
    from tensorboard.util import tensor_util

    number = tensor_util.make_ndarray(value.tensor)
    return float(number) if number.shape == () else None
