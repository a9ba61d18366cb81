"""How the classes of an image set fared over its validations, carried on as the log grows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import InvalidQuestionError
from ....compute.growing import Growing
from ....compute.sent import of_snapshot
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import IMAGE_SETS, ImageSet
from ..records import VALIDATIONS
from .anomalies import Flips, ResultBits
from .class_bits import ClassBits
from .results import predictions

# Predictions, or counts of classes, that are worked on at once.
_AT_ONCE = 1 << 20
# What a prediction takes, about, and how many of them are kept in a byte.
_SECONDS, _IN_BYTE = 3e-9, 8
# Classes times validations: counts of as many take half a gigabyte.
_MAX_COUNTS = 1 << 26


@dataclass(frozen=True)
class History:
    """How the classes fared over the validations of a snapshot.

    Attributes:
        wrong: int[validations, classes]: images that were classified wrongly; of the least signed
            type that holds the number of images of a class.
        evaluated: int[validations, classes]: images that were evaluated.
        flips: Every image's flips.
    """

    wrong: NDArray[np.signedinteger[Any]]
    evaluated: NDArray[np.signedinteger[Any]]
    flips: Flips

    @property
    def error_rates(self) -> NDArray[np.float32]:
        """float32[classes, validations], NaN where no image was evaluated."""
        return self.error_rates_of(slice(None))

    def error_rates_of(self, classes: slice | NDArray[np.intp]) -> NDArray[np.float32]:
        """The same of some classes."""
        wrong, evaluated = self.wrong[:, classes], self.evaluated[:, classes]
        return _rate(np.ascontiguousarray(wrong.T), evaluated.T)

    @cached_property
    def overall(self) -> NDArray[np.float32]:
        """Error rate over all images: float32[validations]."""
        return _rate(self.wrong.sum(axis=1), self.evaluated.sum(axis=1))


def history(
    snapshot: Snapshot, image_set: str, images: ImageSet, at_once: int = _AT_ONCE
) -> History:
    """The history of an image set; a new validation costs only itself.

    Args:
        snapshot: The run.
        image_set: Name of one of its image sets.
        images: That image set.
        at_once: Predictions, or counts of classes, that are worked on at once.

    Raises:
        InvalidQuestionError: There are too many counts.
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    records = snapshot.of(VALIDATIONS, image_set)
    if len(images.class_names) * len(records) > _MAX_COUNTS:
        raise InvalidQuestionError(
            f"{len(images.class_names)} classes at {len(records)} validations are too many"
        )

    def extend(known: _Extended | None) -> _Extended:
        collector = known.collector if known else None
        if collector is None or not collector.continues(images, records):
            collector = _Collector(images)
        new = (len(records) - collector.taken) * len(images.labels)
        taken = of_snapshot(
            _collected,
            snapshot,
            (IMAGE_SETS, VALIDATIONS),
            image_set,
            at_once,
            here=lambda: collector.take(records, at_once),
            seconds=new * _SECONDS,
            nbytes=new // _IN_BYTE,
        )
        return _Extended(taken, taken.first(len(records)))

    return snapshot.memo.get(("history", image_set), records, extend).history


def _collected(snapshot: Snapshot, image_set: str, at_once: int) -> _Collector:
    images = snapshot.of(IMAGE_SETS, image_set)
    assert images is not None
    return _Collector(images).take(snapshot.of(VALIDATIONS, image_set), at_once)


class _Collector:
    """Collects the results of validations; earlier histories stay as they are."""

    def __init__(self, images: ImageSet) -> None:
        self._images = images
        self._labels: NDArray[np.signedinteger[Any]] = images.labels
        self._places = ClassBits(images.class_sizes)
        self._records: list[Record] = []
        # Of the type that counts differ in, too.
        largest = int(images.class_sizes.max(initial=0))
        self._wrong = Growing(len(images.class_names), dtype=np.min_scalar_type(-largest - 1))
        # Nothing as long as all images were evaluated.
        self._missing: Growing | None = None
        self._results = ResultBits(self._places)

    @property
    def nbytes(self) -> int:
        """Bytes of all that was collected."""
        missing = self._missing.nbytes if self._missing else 0
        return self._wrong.nbytes + missing + self._results.nbytes

    @property
    def taken(self) -> int:
        """How many validations were taken in."""
        return len(self._records)

    def continues(self, images: ImageSet, records: tuple[Record, ...]) -> bool:
        """Whether what was collected begins as these records do, or the other way round."""
        shared = min(len(records), len(self._records))
        return self._images is images and tuple(self._records[:shared]) == records[:shared]

    def take(self, records: tuple[Record, ...], at_once: int) -> _Collector:
        """Takes in those that are new."""
        images = self._images
        if not self._records:
            self._wrong.reserve(len(records))
            self._results.reserve(len(records))
        step = max(1, at_once // max(1, len(images.class_names), len(images.labels)))
        for first in range(len(self._records), len(records), step):
            self._add(records[first : first + step])
        return self

    def first(self, validations: int) -> History:
        """The history after that many validations."""
        wrong = self._wrong.values[:validations]
        evaluated = np.broadcast_to(self._images.class_sizes.astype(wrong.dtype), wrong.shape)
        if self._missing is not None:
            evaluated = evaluated - self._missing.values[:validations]
        return History(wrong, evaluated, self._results.first(validations))

    def _add(self, records: tuple[Record, ...]) -> None:
        images = self._images
        predicted = predictions(records, len(images.labels))
        # Comparing is quickest among numbers of one type.
        dtype = np.promote_types(predicted.dtype, np.min_scalar_type(-len(images.class_names)))
        self._labels = self._labels.astype(dtype, copy=False)
        correct = self._places.pack(predicted == self._labels)
        evaluated, missing = None, np.zeros((), self._wrong.values.dtype)
        if predicted.min(initial=0) < 0:  # Mostly none is missing.
            known = predicted >= 0
            evaluated = self._places.pack(known)
            missing = self._counted(self._places.pack(~known))
            if self._missing is None:
                self._missing = Growing(len(images.class_names), dtype=missing.dtype)
                self._missing.extend(np.zeros_like(self._wrong.values))
        right = self._counted(correct)
        if self._missing is not None:
            self._missing.extend(np.broadcast_to(missing, right.shape))
        self._wrong.extend(images.class_sizes.astype(right.dtype) - missing - right)
        self._results.add(correct, evaluated)
        self._records.extend(records)

    def _counted(self, bits: NDArray[np.uint8]) -> NDArray[np.signedinteger[Any]]:
        """Counts the images of each class: uint8[n, bytes] -> [n, classes]."""
        return self._places.count_all(bits).astype(self._wrong.values.dtype)


@dataclass(frozen=True)
class _Extended:
    """A history and what it was collected by, whose arrays it shares."""

    collector: _Collector
    history: History

    @property
    def nbytes(self) -> int:
        """Bytes of what was collected."""
        return self.collector.nbytes


def _rate(wrong: NDArray[np.integer], evaluated: NDArray[np.integer]) -> NDArray[np.float32]:
    rate = np.empty(wrong.shape, np.float32)
    with np.errstate(invalid="ignore"):
        # Rounded a little at a time: of many classes, twice as much would lie there at once.
        np.divide(wrong, evaluated, out=rate, dtype=np.float64, casting="unsafe")
    return rate
