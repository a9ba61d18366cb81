"""What is computed from a run, kept with it, and carried on from snapshot to snapshot."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..analysis.anomalies import NOT_EVALUATED, WRONG, FlipFinder, Flips, correctness
from ..analysis.anomaly_filters import dumps_of_validations, moved, top
from ..analysis.clusters import Cluster, clusters
from ..analysis.growing import Growing
from ..events.schema import FILTERS_TAG, Model, ValidationSet
from ..index.queries import predictions
from ..index.reading import columns
from ..index.record import Record
from ..index.run import Snapshot
from .errors import bad_request

_CHUNK = 32
# Predictions, or counts of classes, that are worked on at once.
_AT_ONCE = 1 << 20
# Classes times validations: counts of as many take half a gigabyte.
_MOST_COUNTS = 1 << 26
_RANKED = 256
_RANKINGS = 4096
_CLUSTERINGS = 8


@dataclass(frozen=True)
class Course:
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


class CourseKeeper:
    """Computes the course; a new validation costs only itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._validation_set: ValidationSet | None = None
        self._records: list[Record] = []
        self._wrong = Growing(0)
        self._evaluated = Growing(0)
        self._finder = FlipFinder(np.empty(0, np.int32), 0)
        self._last: tuple[Snapshot, Course] | None = None

    def at(self, snapshot: Snapshot) -> Course:
        """The course of a snapshot that has a validation set.

        Raises:
            HttpError: There are too many counts.
            DamagedRecordError, OSError: See `columns`.
        """
        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                self._last = snapshot, self._compute(snapshot)
            return self._last[1]

    def _compute(self, snapshot: Snapshot) -> Course:
        validation_set, records = snapshot.validation_set, snapshot.validations
        assert validation_set is not None
        shared = min(len(records), len(self._records))
        classes = len(validation_set.class_names)
        if classes * len(records) > _MOST_COUNTS:
            raise bad_request(f"{classes} classes at {len(records)} validations are too many")
        known = tuple(self._records[:shared])
        if self._validation_set is not validation_set or known != records[:shared]:
            self._validation_set, self._records = validation_set, []
            self._wrong, self._evaluated = Growing(classes), Growing(classes)
            self._finder = FlipFinder(validation_set.labels, classes)
        at_once = max(1, _AT_ONCE // max(1, classes, len(validation_set.labels)))
        for first in range(len(self._records), len(records), at_once):
            self._add(records[first : first + at_once], validation_set, snapshot.class_rows)
        n = len(records)
        return Course(self._wrong.values[:n], self._evaluated.values[:n], self._finder.first(n))

    def _add(
        self, records: tuple[Record, ...], images: ValidationSet, class_rows: NDArray[np.int64]
    ) -> None:
        correct = correctness(predictions(records, len(images.labels)), images.labels)
        self._wrong.extend(_per_class(correct == WRONG, class_rows))
        missing = _per_class(correct == NOT_EVALUATED, class_rows)
        self._evaluated.extend(np.diff(class_rows).astype(np.int32) - missing)
        self._finder.add(correct)
        self._records.extend(records)


class Rankings:
    """The filters that moved most before a validation; kept by the dumps they come from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, tuple[Record, ...]], NDArray[np.int64]] = OrderedDict()

    def anomaly_filters(
        self, snapshot: Snapshot, model: Model, validations: Sequence[int], measure: int, k: int
    ) -> dict[int, NDArray[np.int64]]:
        """The k filters with the largest values, of those that changed, per validation.

        Returns:
            Positions among the filters of all layers, largest first: int64[<= k].

        Raises:
            DamagedRecordError, OSError: See `columns`.
        """
        slices = dumps_of_validations(snapshot.dump_steps, snapshot.validation_steps)
        return {
            j: self._top(model, snapshot.dumps[slices[j]], measure, k)
            for j in validations
            if slices[j].start < slices[j].stop
        }

    def _top(
        self, model: Model, records: tuple[Record, ...], measure: int, k: int
    ) -> NDArray[np.int64]:
        # A little more than is asked for, so that a slider moves without reading.
        wanted = max(k, _RANKED)
        key = (measure, records)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        # Fewer than were wanted at the time are all that there are.
        if kept is None or _RANKED <= len(kept) < k:
            kept = _rank(model, records, measure, wanted)
            if wanted == _RANKED:
                with self._lock:
                    self._kept[key] = kept
                    if len(self._kept) > _RANKINGS:
                        self._kept.popitem(last=False)
        return kept[:k]


class Clusterings:
    """The latest clusterings of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, tuple[Record, ...]], list[Cluster]] = OrderedDict()

    def at(self, snapshot: Snapshot, k: int) -> list[Cluster]:
        """The clusters of the classes' error rates; see `analysis.clusters`."""
        key = (k, snapshot.validations)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = clusters(course(snapshot).error_rates, k)
                if len(self._kept) > _CLUSTERINGS:
                    self._kept.popitem(last=False)
            return self._kept[key]


def course(snapshot: Snapshot) -> Course:
    """The course of a snapshot that has a validation set."""
    return snapshot.memo.get(CourseKeeper).at(snapshot)


def _rank(model: Model, records: tuple[Record, ...], measure: int, k: int) -> NDArray[np.int64]:
    change = _largest(model, records, model.measures.index("change"))
    values = change
    if model.measures[measure] != "change":
        values = _largest(model, records, measure)
    return top(values, moved(change), k)


def _largest(model: Model, records: tuple[Record, ...], measure: int) -> NDArray[np.float32]:
    """The largest value of each filter over some dumps; missing ones do not count."""
    answer = np.full(model.filters, np.nan, np.float32)
    start = measure * model.filters
    for first in range(0, len(records), _CHUNK):
        chunk = records[first : first + _CHUNK]
        values = columns(chunk, FILTERS_TAG, start, start + model.filters)
        answer = np.fmax(answer, np.fmax.reduce(values, axis=0))
    return answer


def _per_class(images: NDArray[np.bool_], class_rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Counts the images of each class: bool[n, images] -> int32[n, classes]."""
    counts = np.zeros((len(images), len(class_rows) - 1), np.int32)
    # A class without images has no row to begin at.
    filled = np.flatnonzero(np.diff(class_rows))
    if images.any():  # Mostly none is missing.
        counts[:, filled] = np.add.reduceat(images, class_rows[filled], axis=1, dtype=np.int32)
    return counts


def _rate(wrong: NDArray[np.integer], evaluated: NDArray[np.integer]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        rate: NDArray[np.float64] = wrong / evaluated
    return rate.astype(np.float32)
