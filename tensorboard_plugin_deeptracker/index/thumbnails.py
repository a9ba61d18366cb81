"""The logged images of a run."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from ..events import decode, schema
from .reading import Readers, columns
from .record import Record
from .run import Snapshot


class Thumbnails:
    """Finds the record that holds an image; kept with the run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: tuple[Record, ...] | None = None
        self._record_of: NDArray[np.int32] = np.empty(0, np.int32)
        self._place_of: NDArray[np.int32] = np.empty(0, np.int32)

    def read(self, snapshot: Snapshot, row: int, most: int) -> bytes | None:
        """The first `most` bytes of the image of a row of the validation set; None without one.

        Raises:
            DecodeError: Its record does not hold the images that it announces.
            DamagedRecordError: A record of images does not match its checksum.
            OSError: Its file is gone, or another one has taken its place.
        """
        assert snapshot.validation_set is not None
        records = snapshot.images
        with self._lock:
            if self._records != records:
                self._find(records, len(snapshot.validation_set.labels))
            if self._record_of[row] < 0:
                return None
            record = records[self._record_of[row]]
            place = int(self._place_of[row])
        with Readers() as readers:
            read = record.within(readers.of(record.file))
            spans = decode.string_spans(read, record.tensors[schema.IMAGES_TAG])
            at, size = spans[place]
            image: bytes = read(at, min(size, most))
            return image

    def _find(self, records: tuple[Record, ...], images: int) -> None:
        self._record_of = np.full(images, -1, np.int32)
        self._place_of = np.zeros(images, np.int32)
        for i, record in enumerate(records):
            count = record.tensors[schema.IMAGE_ROWS_TAG].shape[0]
            # This compares the record with its checksum.
            rows = columns([record], schema.IMAGE_ROWS_TAG, 0, count)[0]
            places = np.arange(count)
            known = (rows >= 0) & (rows < images)
            self._record_of[rows[known]] = i
            self._place_of[rows[known]] = places[known]
        self._records = records
