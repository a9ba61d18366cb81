"""How the classes of an image set fared over its validations, carried on as the log grows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import InvalidQuestionError
from ....compute.growing import Growing
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import ImageSet
from ..records import VALIDATIONS
from .anomalies import NOT_EVALUATED, WRONG, FlipFinder, Flips, correctness
from .results import predictions

# Predictions, or counts of classes, that are worked on at once.
_AT_ONCE = 1 << 20
# Classes times validations: counts of as many take half a gigabyte.
_MAX_COUNTS = 1 << 26


@dataclass(frozen=True)
class History:
    """How the classes fared over the validations of a snapshot.

    Attributes:
        wrong: int32[validations, classes]: images that were classified wrongly.
        evaluated: int32[validations, classes]: images that were evaluated.
        flips: Every image's flips.
    """

    wrong: NDArray[np.int32]
    evaluated: NDArray[np.int32]
    flips: Flips

    @cached_property
    def error_rates(self) -> NDArray[np.float32]:
        """float32[classes, validations], NaN where no image was evaluated."""
        return np.ascontiguousarray(_rate(self.wrong, self.evaluated).T)

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
        collector.take(records, at_once)
        return _Extended(collector, collector.first(len(records)))

    return snapshot.memo.get(("history", image_set), records, extend).history


class _Collector:
    """Collects the results of validations; earlier histories stay as they are."""

    def __init__(self, images: ImageSet) -> None:
        classes = len(images.class_names)
        self._images = images
        self._records: list[Record] = []
        self._wrong = Growing(classes)
        self._evaluated = Growing(classes)
        self._finder = FlipFinder(images.labels, classes)

    @property
    def nbytes(self) -> int:
        """Bytes of all that was collected."""
        return self._wrong.nbytes + self._evaluated.nbytes + self._finder.nbytes

    def continues(self, images: ImageSet, records: tuple[Record, ...]) -> bool:
        """Whether what was collected begins as these records do, or the other way round."""
        shared = min(len(records), len(self._records))
        return self._images is images and tuple(self._records[:shared]) == records[:shared]

    def take(self, records: tuple[Record, ...], at_once: int) -> None:
        """Takes in those that are new."""
        images = self._images
        step = max(1, at_once // max(1, len(images.class_names), len(images.labels)))
        for first in range(len(self._records), len(records), step):
            self._add(records[first : first + step])

    def first(self, validations: int) -> History:
        """The history after that many validations."""
        return History(
            self._wrong.values[:validations],
            self._evaluated.values[:validations],
            self._finder.first(validations),
        )

    def _add(self, records: tuple[Record, ...]) -> None:
        images = self._images
        correct = correctness(predictions(records, len(images.labels)), images.labels)
        self._wrong.extend(_per_class(correct == WRONG, images.first_rows))
        missing = _per_class(correct == NOT_EVALUATED, images.first_rows)
        self._evaluated.extend(images.class_sizes.astype(np.int32) - missing)
        self._finder.add(correct)
        self._records.extend(records)


@dataclass(frozen=True)
class _Extended:
    """A history and what it was collected by, whose arrays it shares."""

    collector: _Collector
    history: History

    @property
    def nbytes(self) -> int:
        """Bytes; the error rates are made from the counts later, and are as many as these."""
        return self.collector.nbytes + self.history.wrong.nbytes


def _per_class(images: NDArray[np.bool_], first_rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Counts the images of each class: bool[n, images] -> int32[n, classes]."""
    counts = np.zeros((len(images), len(first_rows) - 1), np.int32)
    # A class without images has no row to begin at.
    filled = np.flatnonzero(np.diff(first_rows))
    if images.any():  # Mostly none is missing.
        counts[:, filled] = np.add.reduceat(images, first_rows[filled], axis=1, dtype=np.int32)
    return counts


def _rate(wrong: NDArray[np.integer], evaluated: NDArray[np.integer]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        rate: NDArray[np.float64] = wrong / evaluated
    return rate.astype(np.float32)
