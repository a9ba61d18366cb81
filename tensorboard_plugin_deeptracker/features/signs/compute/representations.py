"""What is kept of representations: a few numbers for each record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...images.records import ImageSet
from ...map.records import NEIGHBOURS, Representations
from .judge import Course


class FeaturesCourse:
    """How the features of a set's images lie, record by record.

    Attributes:
        images: The image set.
        steps: Of the records.
        overlap: Mean over images of the share of their neighbours that were neighbours at the
            record before: [records, 1]; NaN where there is none, or the images are others.
        purity: Mean share of an image's neighbours that have its label: [records, 1].
        purities: The same of each class: [records, classes].
        between: Share of the variance that is between classes: [records, 1]; with the next ones,
            NaN where an older log does not say.
        rank: Effective rank, in dimensions: [records, 1].
        constant: Share of the dimensions that are the same for all images: [records, 1].
        closeness: Variance of each class's images over the squared distance of its centre to the
            nearest other one: [records, classes]; the smaller, the more apart.
        not_finite: Images whose features are not finite: [records, 1].
    """

    def __init__(self, images: ImageSet) -> None:
        classes = len(images.class_names)
        self.images = images
        self.steps: list[int] = []
        self.overlap, self.purity, self.purities = Course(1), Course(1), Course(classes)
        self.between, self.rank, self.constant = Course(1), Course(1), Course(1)
        self.closeness = Course(classes)
        self.not_finite = Course(1)
        self._before: Representations | None = None

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        courses = (each for each in vars(self).values() if isinstance(each, Course))
        own = 0 if self._before is None else self._before.neighbours.nbytes
        return sum(each.nbytes for each in courses) + own

    def add(self, step: int, of: Representations) -> None:
        """Takes in a record."""
        self.steps.append(step)
        labels = self.images.labels if of.rows is None else self.images.labels[of.rows]
        self.overlap.add(self._overlap(of))
        self._before = of
        near = of.neighbours
        there = near >= 0
        counts = there.sum(axis=1)
        same = ((labels[near] == labels[:, None]) & there).sum(axis=1)
        known = counts > 0
        purity = same[known] / counts[known]
        self.purity.add(float(purity.mean()) if known.any() else np.nan)
        classes = len(self.images.class_names)
        images = np.bincount(labels[known], minlength=classes)
        with np.errstate(invalid="ignore"):
            self.purities.add(np.bincount(labels[known], purity, classes) / images)
        self.not_finite.add(of.not_finite)
        spread = of.spread
        if spread is None:
            for each in (self.between, self.rank, self.constant, self.closeness):
                each.add(np.nan)
            return
        self.between.add(spread.between / spread.total if spread.total > 0 else np.nan)
        self.rank.add(spread.rank)
        self.constant.add(spread.constant / max(1, spread.dimensions))
        with np.errstate(divide="ignore", invalid="ignore"):
            self.closeness.add(spread.within.astype(np.float64) / spread.apart)

    def _overlap(self, of: Representations) -> float:
        before = self._before
        if before is None or len(before.neighbours) != len(of.neighbours):
            return np.nan
        if not _same(before.rows, of.rows):
            return np.nan
        now = of.neighbours
        there = (now >= 0).sum(axis=1)
        kept = np.zeros(len(now), np.int64)
        for column in range(NEIGHBOURS):
            kept += (before.neighbours == now[:, column, None]).any(axis=1) & (now[:, column] >= 0)
        known = (there > 0) & (before.neighbours[:, 0] >= 0)
        return float((kept[known] / there[known]).mean()) if known.any() else np.nan


def _same(a: NDArray[np.int32] | None, b: NDArray[np.int32] | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
