"""How often each class is predicted as each other, and how well each is told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...index.run import Snapshot
from ..images.records import ImageSet
from ..validation.compute import predictions
from ..validation.records import VALIDATIONS


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of a validation: what it has beside zeros, by label, then prediction.

    Attributes:
        label: Class of the images: int32[cells].
        predicted: What they are predicted as, which may be beyond the named classes: int32[cells].
        count: How many they are, at least 1: int32[cells].
        images: Images of each class that were evaluated: int32[classes].
        correct: How many of them are predicted as it: int32[classes].
        predicted_as: How many of all images are: int32[classes].
    """

    label: NDArray[np.int32]
    predicted: NDArray[np.int32]
    count: NDArray[np.int32]
    images: NDArray[np.int32]
    correct: NDArray[np.int32]
    predicted_as: NDArray[np.int32]

    @property
    def recall(self) -> NDArray[np.float32]:
        """Share of a class's images that are predicted as it: float32[classes], NaN of none."""
        return _share(self.correct, self.images)

    @property
    def precision(self) -> NDArray[np.float32]:
        """Share of what is predicted as a class that is of it: float32[classes], NaN of none."""
        return _share(self.correct, self.predicted_as)


def count_cells(
    labels: NDArray[np.integer], predicted: NDArray[np.integer], classes: int
) -> Confusion:
    """The confusion matrix of some images.

    Args:
        labels: int[images]: the class of each.
        predicted: int[images]: what each is predicted as; negative: not evaluated.
        classes: How many classes have names.
    """
    known = predicted >= 0
    labels, predicted = labels[known].astype(np.int64), predicted[known].astype(np.int64)
    outputs = max(classes, int(predicted.max(initial=-1)) + 1)
    cells, count = np.unique(labels * outputs + predicted, return_counts=True)
    label, as_class = np.divmod(cells, outputs)

    def total(
        of: NDArray[np.int64], own: NDArray[np.bool_] | slice = slice(None)
    ) -> NDArray[np.int32]:
        sums = np.zeros(outputs, np.int32)
        np.add.at(sums, of[own], count[own].astype(np.int32))
        return sums[:classes]

    return Confusion(
        label.astype(np.int32),
        as_class.astype(np.int32),
        count.astype(np.int32),
        total(label),
        total(label, label == as_class),
        total(as_class),
    )


def confusion_at(snapshot: Snapshot, image_set: str, images: ImageSet, at: int) -> Confusion:
    """The confusion matrix of the validation at a position."""
    (predicted,) = predictions([snapshot.of(VALIDATIONS, image_set)[at]], len(images.labels))
    return count_cells(images.labels, predicted, len(images.class_names))


def _share(part: NDArray[np.int32], whole: NDArray[np.int32]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        share: NDArray[np.float64] = part / whole
    return share.astype(np.float32)
