"""The predictions of an image set: for all images, for a class's as a matrix."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import position_of_step
from ....compute.sent import of_snapshot
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ...images.records import IMAGE_SETS, ImageSet
from ..records import NOT_FINITE_TAG, PREDICTED_TAG, VALIDATIONS
from .anomalies import CORRECT, NOT_EVALUATED, correctness

# Whole bytes of bits: what is read at once is eight validations for each of them.
_BYTES = 8
# What the bits of a prediction take, about.
_SECONDS = 6e-9


def predictions(records: Sequence[Record], images: int) -> NDArray[Any]:
    """Predicted class of every image: int[validations, images]; negative: not evaluated."""
    return columns(records, PREDICTED_TAG, 0, images)


def not_finite_scores(snapshot: Snapshot, image_set: str) -> NDArray[np.int64]:
    """How many images were not evaluated at each validation because a score is not finite.

    Returns:
        int64[validations]; 0 too where the log does not say.
    """
    records = snapshot.of(VALIDATIONS, image_set)
    counts = np.zeros(len(records), np.int64)
    with_some = [i for i, record in enumerate(records) if NOT_FINITE_TAG in record.tensors]
    if with_some:
        counts[with_some] = columns([records[i] for i in with_some], NOT_FINITE_TAG, 0, 1)[:, 0]
    return counts


def validation_at(snapshot: Snapshot, image_set: str, step: int) -> int:
    """Position of the validation at a step; NotFoundError if there is none."""
    return position_of_step("validation", step, snapshot.steps(VALIDATIONS, image_set))


class ClassImages:
    """Whether a class's images were classified correctly; see `compute.pyramid.Matrix`.

    Values are 1, 0 or NaN.

    Args:
        snapshot: The run.
        image_set: Name of one of its image sets.
        images: That image set.
        label: Position of the class.
    """

    def __init__(self, snapshot: Snapshot, image_set: str, images: ImageSet, label: int) -> None:
        self._validations = snapshot.of(VALIDATIONS, image_set)
        self._label = np.int32(label)
        self._first, last = images.first_rows[label : label + 2].tolist()
        self.name: Hashable = "images", image_set, self._first
        self.shape = last - self._first, len(self._validations)

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        return self.name, rows.start, rows.stop, self._validations[columns]

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        result = self.correct(self.predicted(rows, columns))
        values: NDArray[np.float32] = np.array([0, 1, np.nan], np.float32)[result]
        return values

    def predicted(self, rows: slice, columns_: slice) -> NDArray[np.int32]:
        """Class-image index: the predicted classes, negative where not evaluated.

        Returns:
            int32[images, validations].
        """
        first, last = self._first + rows.start, self._first + rows.stop
        predicted = columns(self._validations[columns_], PREDICTED_TAG, first, last)
        return np.ascontiguousarray(predicted.T, dtype=np.int32)

    def correct(self, predicted: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Codes as in `correctness`, element by element."""
        return correctness(predicted, self._label)

    def rows(self, rows: slice) -> tuple[int, int]:
        """First row, and one past the last, of some of the class's images in the image set."""
        return self._first + rows.start, self._first + rows.stop


def result_bits(
    snapshot: Snapshot, image_set: str, images: ImageSet
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Whether each image was right, and whether it was evaluated, a bit a validation.

    Returns:
        Correct, evaluated: uint8[images, ceil(validations / 8)], the first in the highest bit.
    """
    many = len(images.labels) * len(snapshot.of(VALIDATIONS, image_set))
    return of_snapshot(
        _result_bits,
        snapshot,
        (IMAGE_SETS, VALIDATIONS),
        image_set,
        here=lambda: _result_bits(snapshot, image_set),
        seconds=many * _SECONDS,
    )


def _result_bits(snapshot: Snapshot, image_set: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, records = snapshot.of(IMAGE_SETS, image_set), snapshot.of(VALIDATIONS, image_set)
    assert images is not None
    stride = -(-len(records) // 8)
    correct = np.zeros((len(images.labels), stride), np.uint8)
    evaluated = np.zeros_like(correct)
    for first in range(0, stride, _BYTES):
        some = records[8 * first : 8 * (first + _BYTES)]
        found = correctness(predictions(some, len(images.labels)), images.labels)
        here = slice(first, first + _BYTES)
        correct[:, here] = np.packbits(found == CORRECT, axis=0).T
        evaluated[:, here] = np.packbits(found != NOT_EVALUATED, axis=0).T
    return correct, evaluated
