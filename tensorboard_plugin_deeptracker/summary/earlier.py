"""What earlier sessions of a run have logged already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..events import decode, schema, tfrecord
from .validation import same_validation_set


def logged_images(directory: Path, validation_set: schema.ValidationSet) -> set[int]:
    """Rows of a validation set whose images are in a run's log.

    Files that cannot be read, and what lies behind damage in one, count as not there.

    Args:
        directory: Where the run's log files are.
        validation_set: Sessions with another one have no part in it.
    """
    rows: set[int] = set()
    for path in directory.glob(f"*{schema.LOG_SUFFIX}"):
        found: set[int] = set()
        same = False
        try:
            for read, record in _records(path):
                if schema.CLASSES_TAG in record.tensors:
                    same = same_validation_set(decode.validation_set(read, record), validation_set)
                elif schema.IMAGES_TAG in record.tensors:
                    tensor = record.tensors[schema.IMAGE_ROWS_TAG]
                    found.update(decode.array(read, tensor).tolist())
        except (OSError, decode.DecodeError, KeyError):
            pass
        if same:
            rows |= found
    return rows


def _records(path: Path) -> Iterator[tuple[decode.Read, decode.Skim]]:
    """The whole records of a file, up to the first that is damaged."""
    with path.open("rb", buffering=0) as file:

        def read(offset: int, size: int) -> bytes:
            return os.pread(file.fileno(), size, offset)

        at, length = 0, os.fstat(file.fileno()).st_size
        while at + tfrecord.OVERHEAD <= length:
            size = tfrecord.payload_length(read(at, tfrecord.HEADER.size))
            if size is None or at + tfrecord.OVERHEAD + size > length:
                return
            start = at + tfrecord.HEADER.size
            yield read, decode.skim(read, start, start + size)
            at += tfrecord.OVERHEAD + size
