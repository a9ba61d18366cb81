"""What is kept of an image set's validations: a few numbers for each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...histories.compute import Scores
from ...images.records import ImageSet
from .chained import Chained
from .judge import Course, median
from .labels import RECENT, LabelsCourse
from .validation import Validation

# The least probability of a label: the loss of one that the network rules out is a number.
_LEAST = 1e-4
# The best accuracy so far is the median of so many.
_USUAL = 5


class ImagesCourse:
    """What the images of a set did, validation by validation.

    Args:
        images: The image set.
        trained: Whether it is trained on.

    Attributes:
        images: The image set.
        steps: Of the validations.
        right: Share of each class's evaluated images that are right: [validations, classes]; NaN
            where none was evaluated.
        informedness: That, less the share of the other classes' images that are predicted as it
            (Youden's J): a class that all are predicted as is not learned. NaN as in `right`.
        confused: The largest share of each class's images that is predicted as one other class.
        confused_as: Which one.
        accuracy: Share of all evaluated images that are right: [validations, 1].
        lost: Of the images that were right at the validation before and evaluated at both, the
            share that is wrong: [validations, 1].
        same_accuracy: Accuracy, changed from validation to validation as that of the images that
            both have; where these are less than half of either, it stays: [validations, 1].
        same_loss: The same of the loss.
        behind: How far `same_accuracy` is below its best so far, a median of a few.
        losses: Mean of -log(probability of the label) of each class; NaN without scores.
        loss: The same of all images: [validations, 1].
        not_finite: Images whose scores are not finite: [validations, 1].
        labels: How many labels are probably wrong; None: nobody asks.
    """

    def __init__(self, images: ImageSet, trained: bool = False) -> None:
        classes = len(images.class_names)
        self.images = images
        self.steps: list[int] = []
        self.right, self.losses = Course(classes), Course(classes, np.float32)
        self.informedness = Course(classes)
        self.confused, self.confused_as = Course(classes), Course(classes, np.int32)
        self.accuracy, self.lost, self.loss = Course(1), Course(1), Course(1)
        self.same_accuracy, self.same_loss, self.behind = Course(1), Course(1), Course(1)
        self._accuracy, self._loss, self._best = Chained(), Chained(), -np.inf
        self.not_finite = Course(1)
        self.labels = LabelsCourse(images) if trained else None
        self._before: NDArray[np.bool_] | None = None
        self._known_before: NDArray[np.bool_] | None = None

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        courses = (each for each in vars(self).values() if isinstance(each, Course))
        own = self.labels.nbytes if self.labels else 0
        return own + sum(each.nbytes for each in courses) + 18 * len(self.images.labels)

    def add(self, validation: Validation) -> None:
        """Takes in a validation."""
        labels, classes = self.images.labels, len(self.images.class_names)
        predicted = validation.predicted
        known = predicted >= 0
        right = (predicted == labels) & known
        self.steps.append(validation.step)
        counts = np.bincount(labels[known], minlength=classes).astype(np.float64)
        own = np.bincount(labels[right], minlength=classes)
        self.right.add(_over(own, counts))
        named = known & (predicted < classes)
        total = float(counts.sum())
        others = np.bincount(predicted[named], minlength=classes) - own
        self.informedness.add(self.right.values[-1] - np.nan_to_num(_over(others, total - counts)))
        self._confuse(labels[named & ~right], predicted[named & ~right], counts)
        self.accuracy.add(float(right.sum()) / total if total else np.nan)
        self._forget(right, known)
        self.same_accuracy.add(self._accuracy.next(np.where(known, right, np.nan)))
        usual = float(median(self.same_accuracy.values[-_USUAL:])[0])
        self._best = np.fmax(self._best, usual)
        self.behind.add(max(0.0, self._best - self.same_accuracy.values[-1, 0]))
        self._lose(validation.scores, known, classes)
        self.not_finite.add(validation.not_finite)
        if self.labels is not None:
            self.labels.add(validation, self.right.values[-RECENT:])

    def _confuse(
        self,
        labels: NDArray[np.integer],
        predicted: NDArray[np.integer],
        counts: NDArray[np.float64],
    ) -> None:
        classes = len(counts)
        most, other = np.zeros(classes), np.full(classes, -1.0)
        # Of many classes most pairs never occur; few fit into 32 bits, which are sorted faster.
        kind = np.int32 if classes <= 1 << 15 else np.int64
        pairs = np.sort(labels.astype(kind) * kind(classes) + predicted.astype(kind))
        if len(pairs):
            first = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
            times = np.diff(first, append=len(pairs))
            label, taken_for = np.divmod(pairs[first].astype(np.int64), classes)
            begins = np.flatnonzero(np.concatenate([[True], label[1:] != label[:-1]]))
            # The most frequent other class, the first of those that are.
            best = np.maximum.reduceat(times * classes + (classes - 1 - taken_for), begins)
            own = label[begins]
            most[own], other[own] = best // classes, classes - 1 - best % classes
        self.confused.add(_over(most, counts))
        self.confused_as.add(other)

    def _forget(self, right: NDArray[np.bool_], known: NDArray[np.bool_]) -> None:
        lost = np.nan
        if self._before is not None and self._known_before is not None:
            were = self._before & known
            lost = float((were & ~right).sum() / were.sum()) if were.any() else np.nan
        self.lost.add(lost)
        self._before, self._known_before = right, known

    def _lose(self, scores: Scores | None, known: NDArray[np.bool_], classes: int) -> None:
        if scores is None:
            self.losses.add(np.full(classes, np.nan))
            self.loss.add(np.nan)
            self.same_loss.add(self._loss.level)
            return
        probability = scores.probability[0].astype(np.float64)
        fine = np.isfinite(probability) & known
        loss = -np.log(np.maximum(np.where(fine, probability, 1), _LEAST))
        labels = self.images.labels
        counts = np.bincount(labels[fine], minlength=classes)
        self.losses.add(_over(np.bincount(labels, loss * fine, classes), counts))
        self.loss.add(float(loss[fine].mean()) if fine.any() else np.nan)
        self.same_loss.add(self._loss.next(np.where(fine, loss, np.nan)))


def _over(sums: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.float64]:
    """Quotients; NaN where there is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(counts > 0, sums / counts, np.nan)
