"""How many images were learned and forgotten from each validation to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....compute.growing import Growing
from ....compute.sent import of_snapshot
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import IMAGE_SETS, ImageSet
from ...validation.compute import (
    CORRECT,
    NOT_EVALUATED,
    WRONG,
    History,
    correctness,
    history,
    predictions,
)
from ...validation.records import VALIDATIONS

# Predictions, or counts of classes, that are worked on at once.
_AT_ONCE = 1 << 20
# What a prediction takes, about.
_SECONDS = 12e-9


@dataclass(frozen=True)
class Course:
    """How an image set fared.

    Attributes:
        name: Of the image set.
        images: The image set.
        records: Its validations.
        steps: Their iterations: int64[validations].
        history: Errors of classes.
        learned: int32[validations, classes]: images that are right and were wrong at the
            validation before.
        forgotten: int32[validations, classes]: the other way round.
    """

    name: str
    images: ImageSet
    records: tuple[Record, ...]
    steps: NDArray[np.int64]
    history: History
    learned: NDArray[np.int32]
    forgotten: NDArray[np.int32]

    @property
    def evaluated(self) -> NDArray[np.int32]:
        """Evaluated images: int32[validations, classes]."""
        return self.history.evaluated

    @property
    def right(self) -> NDArray[np.int32]:
        """Those that are right: int32[validations, classes]."""
        return self.history.evaluated - self.history.wrong

    def names(self, positions: NDArray[np.integer]) -> list[str]:
        """Names of classes."""
        return [self.images.class_names[i] for i in positions.tolist()]

    def results(self, validation: int) -> NDArray[np.uint8]:
        """What became of each image at a validation: uint8[images], see `correctness`."""
        return correctness(self.predicted(validation), self.images.labels)

    def predicted(self, validation: int) -> NDArray[np.integer]:
        """What each image was predicted as: int[images], negative: not evaluated."""
        (row,) = predictions([self.records[validation]], len(self.images.labels))
        return row  # type: ignore[no-any-return]


def course(snapshot: Snapshot, name: str, images: ImageSet) -> Course | None:
    """The course of an image set; None without a validation. A new one costs only itself.

    Raises:
        InvalidQuestionError: There are too many counts.
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    records = snapshot.of(VALIDATIONS, name)
    if not records or not len(images.labels):
        return None

    def extend(known: _Collector | None) -> _Collector:
        collector = known if known and known.continues(images, records) else _Collector(images)
        new = (len(records) - collector.taken) * len(images.labels)
        return of_snapshot(
            _collect,
            snapshot,
            (IMAGE_SETS, VALIDATIONS),
            name,
            here=lambda: collector.take(records),
            seconds=new * _SECONDS,
        )

    found = snapshot.memo.get(("course", name), records, extend)
    n = len(records)
    return Course(
        name,
        images,
        records,
        snapshot.steps(VALIDATIONS, name),
        history(snapshot, name, images),
        found.learned.values[:n],
        found.forgotten.values[:n],
    )


def _collect(snapshot: Snapshot, name: str) -> _Collector:
    images = snapshot.of(IMAGE_SETS, name)
    assert images is not None
    return _Collector(images).take(snapshot.of(VALIDATIONS, name))


class _Collector:
    """Counts from validation to validation."""

    def __init__(self, images: ImageSet) -> None:
        classes = len(images.class_names)
        self._images = images
        self._records: tuple[Record, ...] = ()
        self._last = np.full(len(images.labels), NOT_EVALUATED, np.uint8)
        self.learned, self.forgotten = Growing(classes), Growing(classes)

    @property
    def nbytes(self) -> int:
        """Bytes of the counts."""
        return self.learned.nbytes + self.forgotten.nbytes

    @property
    def taken(self) -> int:
        """How many validations were taken in."""
        return len(self._records)

    def continues(self, images: ImageSet, records: tuple[Record, ...]) -> bool:
        """Whether these records begin with those that were taken in."""
        return self._images is images and records[: len(self._records)] == self._records

    def take(self, records: tuple[Record, ...]) -> _Collector:
        """Takes in those that are new."""
        images = self._images
        step = max(1, _AT_ONCE // max(1, len(images.class_names), len(images.labels)))
        for first in range(len(self._records), len(records), step):
            some = records[first : first + step]
            now = correctness(predictions(some, len(images.labels)), images.labels)
            before = np.concatenate([self._last[None], now[:-1]])
            self.learned.extend(self._of_classes((before == WRONG) & (now == CORRECT)))
            self.forgotten.extend(self._of_classes((before == CORRECT) & (now == WRONG)))
            self._last = now[-1].copy()
        self._records = records
        return self

    def _of_classes(self, images: NDArray[np.bool_]) -> NDArray[np.int32]:
        """bool[n, images] -> int32[n, classes]; hardly any are True."""
        classes = len(self._images.class_names)
        row, column = np.nonzero(images)
        cells = row * classes + self._images.labels[column]
        counts = np.bincount(cells, minlength=len(images) * classes)
        return counts.reshape(len(images), classes).astype(np.int32)
