"""The hyperparameters of a run, from the summaries of TensorBoard's HParams beside the log."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ..events.schema import LOG_DIRECTORY
from .opening import open_reader
from .run import Snapshot
from .scalars import event_files, payloads
from .source import AnyPath, ReadAhead, RemotePath

Value: TypeAlias = float | str | bool

# A record of many parameters takes some kilobytes.
_LARGEST = 1 << 20
# Bytes that are read at once.
_AT_ONCE = 1 << 20
_TAG = b"_hparams_/session_start_info"


def hparams(snapshot: Snapshot) -> Mapping[str, Value]:
    """The hyperparameters of a run by name, as far as they are written.

    They are in the run's own event files, as Lightning writes them, or in those of a directory
    below, as `add_hparams` of PyTorch's writer does. What is written later replaces what was.

    Args:
        snapshot: The run; none of one that has no directory.
    """
    if snapshot.path is None:
        return {}
    versions = {
        path: version
        for directory in (*_below(snapshot.path), snapshot.path)
        for path, version in event_files(directory).items()
    }

    def extend(known: _Read | None) -> _Read:
        read = known or _Read()
        read.take(versions)
        return read

    return snapshot.memo.get("hparams", tuple(versions.items()), extend).joined


def _below(run: AnyPath) -> list[Path]:
    """Directories in that of a run which are no runs of ours themselves."""
    if isinstance(run, RemotePath):
        return []
    with contextlib.suppress(OSError), os.scandir(run) as entries:
        found = sorted(Path(entry.path) for entry in entries if entry.is_dir())
        return [path for path in found if not (path / LOG_DIRECTORY).exists()]
    return []


@dataclass
class _File:
    """What was read of a file so far."""

    identity: object = None
    end: int = 0
    values: dict[str, Value] = field(default_factory=dict)


class _Read:
    """What was read of a run's files so far."""

    def __init__(self) -> None:
        self._files: dict[AnyPath, _File] = {}
        self.joined: Mapping[str, Value] = {}

    def take(self, paths: Mapping[AnyPath, object]) -> None:
        """Takes in what is new."""
        self._files = {path: _follow(path, self._files.get(path, _File())) for path in paths}
        self.joined = {
            name: value for file in self._files.values() for name, value in file.values.items()
        }


def _follow(path: AnyPath, known: _File) -> _File:
    """Takes in what was appended to a file since the last time."""
    with contextlib.suppress(OSError), open_reader(path) as reader:
        if known.identity != reader.identity or reader.size < known.end:
            known = _File(reader.identity)
        ahead = ReadAhead(reader, _AT_ONCE)
        for end, payload in payloads(ahead, known.end, reader.size, _LARGEST):
            known.end = end
            if _TAG in payload:
                # What is no such event, protobuf and TensorBoard tell by various errors.
                with contextlib.suppress(Exception):
                    known.values.update(_values(payload))
    return known


def _values(payload: bytes) -> dict[str, Value]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams import metadata

    found: dict[str, Value] = {}
    for value in Event.FromString(payload).summary.value:
        if value.tag == metadata.SESSION_START_INFO_TAG:
            content = value.metadata.plugin_data.content
            info = metadata.parse_session_start_info_plugin_data(content)
            for name, one in info.hparams.items():
                kind = one.WhichOneof("kind")
                if kind in ("number_value", "string_value", "bool_value"):
                    found[str(name)] = getattr(one, kind)
    return found
