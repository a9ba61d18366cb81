"""What earlier sessions of a run have logged already."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..events import decode, schema, tfrecord
from ..events.session import decode_session

_FILES = f"*{schema.LOG_SUFFIX}"


def next_start(directory: Path) -> float:
    """When a session that begins now is to say it began, in seconds since the epoch.

    Later than all that are there, even if the clock has been set back since: the order of
    the sessions is that of their starts.
    """
    starts = [time.time()]
    for path in directory.glob(_FILES):
        with contextlib.suppress(OSError, decode.DecodeError):
            for read, record in itertools.islice(records(path), 1):
                starts.append(math.nextafter(decode_session(read, record).started, math.inf))
    return max(filter(math.isfinite, starts))


def run_around(directory: Path) -> Path | None:
    """The run in whose `plugins` directory a run's directory lies: nobody looks for it there."""
    for above in (directory, *directory.parents):
        if above.name == "plugins" and any((above.parent / schema.LOG_DIRECTORY).glob(_FILES)):
            return above.parent
    return None


def records(path: Path) -> Iterator[tuple[decode.Read, decode.Skim]]:
    """The whole records of a file, up to the first that is damaged."""
    with path.open("rb", buffering=0) as file:

        def read(offset: int, size: int) -> bytes:
            file.seek(offset)
            return file.read(size)

        at, length = 0, os.fstat(file.fileno()).st_size
        while at + tfrecord.OVERHEAD <= length:
            size = tfrecord.payload_length(read(at, tfrecord.HEADER.size))
            if size is None or at + tfrecord.OVERHEAD + size > length:
                return
            start = at + tfrecord.HEADER.size
            yield read, decode.skim(read, start, start + size)
            at += tfrecord.OVERHEAD + size
