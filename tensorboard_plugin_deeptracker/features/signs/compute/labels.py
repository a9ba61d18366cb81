"""How many labels of a set are probably wrong, while its validations come in."""

from __future__ import annotations

import math

import numpy as np

from ...histories.compute import Seen, Sums, suspicion_of, weight_of
from ...images.records import ImageSet
from .judge import Course
from .validation import Validation

# Observations before anything is said, and by how much there have to be more until the next time.
FIRST = 8
_MORE = 1.2
# From which suspicion on a label is more probably wrong than right: a label counts four times its
# odds in it.
_WRONG = 0.2
# Standard deviations of a normal distribution that 95 % are within.
_Z = 1.96


class LabelsCourse:
    """The share of labels that are suspicious, validation by validation.

    It is estimated anew at the `FIRST` validation and whenever there are a fifth more.

    Attributes:
        share: Share of the observed images whose label is more probably wrong than right, and the
            ends of its 95 % interval (Wilson): [validations, 3]; NaN before the first estimate.
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

    def add(self, validation: Validation) -> None:
        """Takes in a validation."""
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
        known = ~np.isnan(found)
        self.share.add(np.array(_interval(int((found >= _WRONG).sum()), int(known.sum()))))


def _interval(count: int, of: int) -> tuple[float, float, float]:
    """A share and its interval (Wilson 1927); NaN of nothing."""
    if not of:
        return math.nan, math.nan, math.nan
    share, square = count / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return share, max(0.0, middle - half), min(1.0, middle + half)
