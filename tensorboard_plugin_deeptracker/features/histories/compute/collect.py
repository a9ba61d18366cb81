"""Goes through the validations of an image set once, and then only through those that are new."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ....compute.sent import of_snapshot
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import IMAGE_SETS, ImageSet
from ...validation.records import (
    MARGIN_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
    VALIDATIONS,
)
from .scores import ImageScores, scores_of
from .sums import Scores, Seen, Sums

# Images that are worked on at once, so that what is kept of them stays near the processor, and yet
# threads do not wait for each other between short steps; and validations that are read at once.
_IMAGES = 1 << 15
_VALIDATIONS = 8
_THREADS = 4
# What an image at a validation takes, about.
_SECONDS = 24e-9
# Steeper than in proportion: see docs/images.md for what other weights find.
_STEEP = 4


def image_scores(
    snapshot: Snapshot, image_set: str, images: ImageSet, validations: slice = slice(None)
) -> ImageScores:
    """The scores of all images of a set; a new validation costs only itself.

    Args:
        snapshot: The run.
        image_set: Name of one of its image sets.
        images: That image set.
        validations: Which of its validations count.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    records = snapshot.of(VALIDATIONS, image_set)[validations]

    def extend(known: _Collected | None) -> _Collected:
        begun = known if known and known.goes_on(images, records) else _nothing(images)
        new = (len(records) - len(begun.records)) * len(images.labels)
        return of_snapshot(
            _collect,
            snapshot,
            (IMAGE_SETS, VALIDATIONS),
            image_set,
            validations,
            here=lambda: begun.with_more(records),
            seconds=new * _SECONDS,
            nbytes=begun.nbytes,
        )

    # Of spans of validations, only what was made last is kept.
    key = "image scores", image_set, validations == slice(None)
    return snapshot.memo.get(key, records, extend).scores


def _collect(snapshot: Snapshot, image_set: str, validations: slice) -> _Collected:
    images = snapshot.of(IMAGE_SETS, image_set)
    assert images is not None
    return _nothing(images).with_more(snapshot.of(VALIDATIONS, image_set)[validations])


def _nothing(images: ImageSet) -> _Collected:
    return _Collected(images, (), Sums.none(len(images.labels)))


def weight_of(at: int, predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> float:
    """How much a validation says of labels: more, the later it is in the training.

    But what the network knows by heart says nothing any more, so that a validation with nearly
    all images right counts little.

    Args:
        at: Its position among the validations.
        predicted: int[images], negative where not evaluated.
        labels: int[images].
    """
    observed = max(1, int(np.count_nonzero(predicted >= 0)))
    wrong = 1 - int(np.count_nonzero(predicted == labels)) / observed
    return float(((at + 1) * (wrong + 1 / observed)) ** _STEEP)


@dataclass(frozen=True)
class _Collected:
    """What was collected of some validations; it does not change any more."""

    images: ImageSet
    records: tuple[Record, ...]
    sums: Sums

    @cached_property
    def scores(self) -> ImageScores:
        return scores_of(self.sums, self.images, len(self.records))

    @property
    def nbytes(self) -> int:
        """Bytes of the sums, and of the scores that are not among these."""
        return self.sums.nbytes + 4 * self.sums.lead.nbytes

    def goes_on(self, images: ImageSet, records: tuple[Record, ...]) -> bool:
        """Whether these are the records that were taken in, and maybe more behind them."""
        return self.images is images and records[: len(self.records)] == self.records

    def with_more(self, records: tuple[Record, ...]) -> _Collected:
        """With those that are new."""
        taken, total = len(self.records), len(self.images.labels)
        # Nobody has seen those of nothing.
        sums = self.sums.copy() if self.records else self.sums
        weights = np.array(
            [self._weight(i, records[i]) for i in range(taken, len(records))], np.float32
        )

        def work(start: int) -> None:
            rows = slice(start, min(start + _IMAGES, total))
            for first in range(taken, len(records), _VALIDATIONS):
                some = slice(first, first + _VALIDATIONS)
                own = weights[first - taken :][:_VALIDATIONS]
                self._add(sums.part(rows), first, records[some], own, rows)

        starts = range(0, total, _IMAGES)
        if len(starts) <= 1:
            for start in starts:
                work(start)
        else:
            # Nearly all of it is arithmetic on arrays, which several threads do at once.
            with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
                list(pool.map(work, starts))
        found = _Collected(self.images, records, sums)
        assert found.scores  # Made here, where others wait for it.
        return found

    def _weight(self, at: int, record: Record) -> float:
        """See `weight_of`."""
        (predicted,) = columns([record], PREDICTED_TAG, 0, len(self.images.labels))
        return weight_of(at, predicted, self._labels(predicted))

    def _labels(
        self, predicted: NDArray[np.integer], rows: slice = slice(None)
    ) -> NDArray[np.integer]:
        """Of some images, for comparing: that is quickest among numbers of one type."""
        labels = self._few_bytes[rows]
        return labels.astype(np.promote_types(predicted.dtype, labels.dtype), copy=False)

    @cached_property
    def _few_bytes(self) -> NDArray[np.integer]:
        """The labels, of the least type."""
        labels = self.images.labels
        return labels.astype(np.min_scalar_type(-labels.max(initial=1)))

    def _add(
        self,
        sums: Sums,
        first: int,
        records: Sequence[Record],
        weights: NDArray[np.float32],
        rows: slice,
    ) -> None:
        """Takes in some images at some validations."""
        predicted = columns(records, PREDICTED_TAG, rows.start, rows.stop)
        seen = Seen.of(predicted, self._labels(predicted, rows))
        sums.observe(first, seen)
        scored = [MARGIN_TAG in record.tensors for record in records]
        start = 0
        for has_scores, same in groupby(scored):
            some = slice(start, start := start + len(list(same)))
            scores = _read(records[some], rows) if has_scores else None
            sums.score(weights[some], seen.part(some), scores)


def _read(records: Sequence[Record], rows: slice) -> Scores:
    tags = MARGIN_TAG, PROBABILITY_TAG, SECOND_TAG
    return Scores(*(columns(records, tag, rows.start, rows.stop) for tag in tags))
