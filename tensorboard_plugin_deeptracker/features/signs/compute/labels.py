"""How many labels of a set are probably wrong, while its validations come in."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...histories.compute import Seen, Sums, suspicion_of, weight_of
from ...images.records import ImageSet
from .judge import Course, Floats, median
from .validation import Validation

# Observations before anything is said, and by how much there have to be more until the next time.
FIRST = 8
_MORE = 1.2
# From which suspicion on a label is more probably wrong than right: a label counts four times its
# odds in it.
_WRONG = 0.2
# Of a class, this share is what a network makes of the class and not of its labels: that most of a
# class's labels are right is what all methods assume (Northcutt et al. 2021, section 2).
MAJORITY = 0.5
# A class of which so many images were right, at the median of the last validations, is learned.
LEARNED, RECENT = 0.4, 9
# Standard deviations of a normal distribution that 95 % are within.
_Z = 1.96


class LabelsCourse:
    """The share of labels that are suspicious, validation by validation.

    It is estimated anew at the `FIRST` validation and whenever there are a fifth more. Who has not
    learned a class, or has forgotten it, suspects every image of it: only those of classes that are
    learned count.

    Attributes:
        share: Of the observed images of classes that are learned, the share whose label is more
            probably wrong than right, and the ends of its 95 % interval (Wilson): [validations, 3];
            NaN before the first estimate, and where no class is learned.
    """

    def __init__(self, images: ImageSet) -> None:
        self.share = Course(3)
        self._images = images
        self._sums = Sums.none(len(images.labels))
        self._next = FIRST

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return self._sums.nbytes + self.share.nbytes

    def add(self, validation: Validation, right: Floats) -> None:
        """Takes in a validation.

        Args:
            validation: What was logged of it.
            right: Share of each class's images that are right at the last `RECENT` validations:
                float64[validations, classes].
        """
        at, labels, predicted = len(self.share), self._images.labels, validation.predicted
        weight = np.array([weight_of(at, predicted, labels)], np.float32)
        seen = Seen.of(predicted[np.newaxis], labels)
        self._sums.observe(at, seen)
        self._sums.score(weight, seen, validation.scores)
        if at + 1 < self._next:
            last = self.share.values[-1] if len(self.share) else np.full(3, np.nan)
            self.share.add(last.copy())
            return
        self._next = max(at + 2, math.ceil(_MORE * (at + 1)))
        found = suspicion_of(self._sums, self._images)
        learned = median(right) >= LEARNED
        known = ~np.isnan(found)
        wrong = found >= _WRONG
        images, suspects = (
            np.bincount(labels[own], minlength=len(learned)) for own in (known, wrong)
        )
        told = learned & (_interval(suspects, images)[2] < MAJORITY)
        self.share.add(_interval(suspects[told].sum(), images[told].sum()))


def _interval(count: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares and their intervals (Wilson 1927): [3, ...]; NaN of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share, square = count / of, _Z * _Z
        middle = (share + square / (2 * of)) / (1 + square / of)
        spread = share * (1 - share) / of + square / (4 * of * of)
        half = _Z / (1 + square / of) * np.sqrt(spread)
    return np.stack([share, np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)])
