"""The logged thumbnails of an image set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....events import decode
from ....index.reading import Readers, columns
from ....index.record import Record
from ....index.run import Snapshot
from ..records import THUMBNAIL_ROWS_TAG, THUMBNAILS, THUMBNAILS_TAG


@dataclass(frozen=True)
class _Rows:
    """Where the thumbnail of each row is: int32[images] each.

    Attributes:
        record: Position of its record; -1: there is none.
        place: Position in that record.
    """

    record: NDArray[np.int32]
    place: NDArray[np.int32]


def read_thumbnail(
    snapshot: Snapshot, image_set: str, images: int, row: int, max_bytes: int
) -> bytes | None:
    """The first bytes of the thumbnail of an image; None without one.

    Args:
        snapshot: The run.
        image_set: Which of its image sets.
        images: How many images that has.
        row: Which image.
        max_bytes: How many bytes at most.

    Raises:
        DecodeError: Its record does not hold the thumbnails that it announces.
        DamagedRecordError: A record of thumbnails does not match its checksum.
        OSError: Its file is gone, or another one has taken its place.
    """
    records = snapshot.of(THUMBNAILS, image_set)
    rows = snapshot.memo.get(("thumbnails", image_set), records, lambda _: _find(records, images))
    if rows.record[row] < 0:
        return None
    record = records[rows.record[row]]
    with Readers() as readers:
        read = record.within(readers.of(record.file))
        spans = decode.string_spans(read, record.tensors[THUMBNAILS_TAG])
        at, size = spans[int(rows.place[row])]
        thumbnail: bytes = read(at, min(size, max_bytes))
        return thumbnail


def first_thumbnails(
    snapshot: Snapshot, image_set: str, rows: NDArray[np.integer], max_bytes: int
) -> dict[int, bytes]:
    """Those of some rows that are in the first record of thumbnails; finding them costs little.

    Args:
        snapshot: The run.
        image_set: Which of its image sets.
        rows: Which rows are wanted.
        max_bytes: How many bytes of each at most.

    Raises:
        DecodeError, DamagedRecordError, OSError: See `read_thumbnail`.
    """
    for record in snapshot.of(THUMBNAILS, image_set)[:1]:
        count = record.tensors[THUMBNAIL_ROWS_TAG].shape[0]
        there = columns([record], THUMBNAIL_ROWS_TAG, 0, count)[0]
        with Readers() as readers:
            read = record.within(readers.of(record.file))
            spans = decode.string_spans(read, record.tensors[THUMBNAILS_TAG])
            wanted = np.flatnonzero(np.isin(there, rows)).tolist()
            return {int(there[i]): read(spans[i][0], min(spans[i][1], max_bytes)) for i in wanted}
    return {}


def rows_of_first_thumbnails(snapshot: Snapshot, image_set: str) -> NDArray[np.integer]:
    """The rows of the images that are in the first record of thumbnails.

    Raises:
        DamagedRecordError, OSError: See `read_thumbnail`.
    """
    for record in snapshot.of(THUMBNAILS, image_set)[:1]:
        count = record.tensors[THUMBNAIL_ROWS_TAG].shape[0]
        rows: NDArray[np.integer] = columns([record], THUMBNAIL_ROWS_TAG, 0, count)[0]
        return rows
    return np.empty(0, np.int32)


def count_thumbnails(snapshot: Snapshot, image_set: str) -> int:
    """How many thumbnails were logged; an image may have several."""
    records = snapshot.of(THUMBNAILS, image_set)
    return sum(record.tensors[THUMBNAILS_TAG].shape[0] for record in records)


def _find(records: tuple[Record, ...], images: int) -> _Rows:
    found = _Rows(np.full(images, -1, np.int32), np.zeros(images, np.int32))
    for i, record in enumerate(records):
        count = record.tensors[THUMBNAIL_ROWS_TAG].shape[0]
        # This compares the record with its checksum.
        rows = columns([record], THUMBNAIL_ROWS_TAG, 0, count)[0]
        places = np.arange(count)
        known = (rows >= 0) & (rows < images)
        found.record[rows[known]] = i
        found.place[rows[known]] = places[known]
    return found
