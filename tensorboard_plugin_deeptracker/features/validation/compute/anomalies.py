"""The anomaly rules (paper, section 7.1.2), for every window at once.

An image flips at a validation if it was evaluated there and at the one before, with
different results. The left rule marks a flip if the image had been stable for the
window's length before, the right rule if it stays stable for the window's length from there
on. So it is enough to know of each flip how long the runs before and after it are:
then a question about any window only compares and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ....compute.growing import Growing

Rule = Literal["left", "right"]
RULES: tuple[Rule, Rule] = ("left", "right")

WRONG, CORRECT, NOT_EVALUATED = 0, 1, 2
_OPEN = np.iinfo(np.int32).max
# Classes times validations whose counts are made at once, so that many cost little memory.
_CELLS = 1 << 16


def correctness(predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """`CORRECT`, `WRONG` or `NOT_EVALUATED` (a negative prediction), element by element."""
    answer: NDArray[np.uint8] = (predicted == labels).astype(np.uint8)
    answer[predicted < 0] = NOT_EVALUATED
    return answer


@dataclass(frozen=True)
class Flips:
    """Every flip in a sequence of validations.

    Attributes:
        classes: Number of classes.
        validations: Length of the sequence.
        label: Class of the image that flips: int32[flips].
        at: Validation at which it flips: int32[flips], ascending.
        before: Length of its run of equal results that ends before: int32[flips].
        after: Length of the one that begins there, which may reach beyond the sequence:
            int32[flips].
    """

    classes: int
    validations: int
    label: NDArray[np.int32]
    at: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]

    def counts(self, window: int, first: int = 0, last: int | None = None) -> NDArray[np.int64]:
        """Images that each rule marks: int64[rules, classes, last - first].

        Args:
            window: Length of the stable run, at least 1.
            first: The first validation.
            last: One past the last; None: all from the first on.
        """
        last = self.validations if last is None else last
        shape = self.classes, last - first
        # Of the same type, or a copy of all would be searched.
        ends = np.array([first, last], self.at.dtype)
        own = slice(*np.searchsorted(self.at, ends).tolist())
        at = self.at[own]
        cell = self.label[own].astype(np.int64) * shape[1] + (at - first)
        left = self.before[own] >= window
        right = (self.after[own] >= window) & (at <= self.validations - window)
        return np.stack(
            [
                np.bincount(cell[marked], minlength=prod(shape)).reshape(shape)
                for marked in (left, right)
            ]
        )

    def of_class(self, label: int) -> Flips:
        """The flips of one class, as if there were no others."""
        own = self.label == label
        return Flips(
            1,
            self.validations,
            np.zeros(int(own.sum()), np.int32),
            self.at[own],
            self.before[own],
            self.after[own],
        )


class FlipFinder:
    """Collects flips, some validations at a time.

    Args:
        labels: int32[images]: class of each image.
        classes: Number of classes.
    """

    def __init__(self, labels: NDArray[np.int32], classes: int) -> None:
        self._labels = labels
        self._classes = classes
        images = len(labels)
        self._last = np.full(images, NOT_EVALUATED, np.uint8)
        self._run_start = np.zeros(images, np.int32)
        # Where in the list the flip is that began an image's present run; -1: none did.
        self._opened_by = np.full(images, -1, np.int64)
        self._ends = [0]
        self._label = Growing()
        self._at = Growing()
        self._before = Growing()
        self._after = Growing()

    @property
    def nbytes(self) -> int:
        """Bytes of the flips that were found."""
        lists = self._label, self._at, self._before, self._after
        return sum(each.nbytes for each in lists)

    def add(self, correct: NDArray[np.uint8]) -> None:
        """Takes in the next validations: uint8[validations, images], see `correctness`."""
        images = len(self._labels)
        results = np.concatenate([self._last, correct.ravel()])
        changed = np.flatnonzero(results[images:] != results[:-images])
        was, now = results[changed], results[changed + images]
        flips = np.flatnonzero((was != NOT_EVALUATED) & (now != NOT_EVALUATED))
        row = changed // images
        image = changed - row * images
        at = (row + len(self._ends) - 1).astype(np.int32)
        number = np.full(len(changed), -1, np.int64)
        number[flips] = self._ends[-1] + np.arange(len(flips))
        before, after = self._runs(image, at, number)
        self._label.extend(self._labels[image[flips]])
        self._at.extend(at[flips])
        self._before.extend(before[flips])
        self._after.extend(after[flips])
        ends = np.searchsorted(row[flips], np.arange(len(correct)), side="right")
        self._ends.extend((self._ends[-1] + ends).tolist())
        self._last = results[-images:].copy()

    def _runs(
        self, image: NDArray[np.int64], at: NDArray[np.int32], number: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Lengths of the runs before and after each change of an image's result.

        Args:
            image: Which image changes: int64[changes].
            at: At which validation: int32[changes], ascending.
            number: Where in the list the flip will be; -1 if the change is none: int64[changes].
        """
        # Image by image, a run lies between two changes that follow each other. Small
        # integers are sorted by radix, in a fraction of the time.
        order = np.argsort(image.astype(np.min_scalar_type(len(self._labels))), kind="stable")
        image, at = image[order], at[order]
        first = np.flatnonzero(np.diff(image, prepend=-1))
        last = np.flatnonzero(np.diff(image, append=-1))
        before = np.diff(at, prepend=np.int32(0))
        before[first] = at[first] - self._run_start[image[first]]
        after = np.append(before[1:], np.int32(0))[: len(at)]
        after[last] = _OPEN
        opener = self._opened_by[image[first]]
        self._after.values[opener[opener >= 0]] = before[first][opener >= 0]
        self._run_start[image[last]] = at[last]
        self._opened_by[image[last]] = number[order[last]]
        runs = np.empty((2, len(at)), np.int32)
        runs[:, order] = before, after
        return runs[0], runs[1]

    def first(self, validations: int) -> Flips:
        """The flips as they were after that many validations."""
        end = self._ends[validations]
        return Flips(
            self._classes,
            validations,
            self._label.values[:end],
            self._at.values[:end],
            self._before.values[:end],
            # What is set in place later are ends of runs that come later.
            self._after.values[:end],
        )


@dataclass(frozen=True)
class Anomalies:
    """Anomalies by class, then validation, then rule (left first).

    Attributes:
        label: Class: int32[anomalies].
        at: Validation: int32[anomalies].
        rule: Position in `RULES`: uint8[anomalies].
        count: Images that the rule marks: int32[anomalies].
        score: The same as a fraction of the class's images: float64[anomalies].
    """

    label: NDArray[np.int32]
    at: NDArray[np.int32]
    rule: NDArray[np.uint8]
    count: NDArray[np.int32]
    score: NDArray[np.float64]

    def iterations(self, classes: int) -> list[NDArray[np.int32]]:
        """Anomaly iterations of each class: validations under either rule, ascending."""
        ends = np.searchsorted(self.label, np.arange(classes + 1))
        return [np.unique(self.at[first:last]) for first, last in pairwise(ends)]


def find_anomalies(
    flips: Flips,
    images: Sequence[int] | NDArray[np.integer],
    window: int,
    min_score: float,
    cells_at_once: int = _CELLS,
) -> Anomalies:
    """The anomalies of all classes.

    Args:
        flips: All flips.
        images: int[classes]: number of images of each class.
        window: Length of the stable run, at least 1.
        min_score: Smallest fraction of a class's images.
        cells_at_once: Classes times validations that are worked on together.
    """
    # Classes without images have no flips: dividing by one instead of none says so.
    sizes = np.maximum(images, 1)[:, np.newaxis]
    each = max(1, cells_at_once // max(1, flips.classes))
    found = []
    # At least once, so that there are arrays even without validations.
    for first in range(0, max(1, flips.validations), each):
        counts = flips.counts(window, first, min(first + each, flips.validations))
        scores = counts / sizes
        cells = rule, label, at = np.nonzero((counts > 0) & (scores >= min_score))
        found.append((label, at + first, rule, counts[cells], scores[cells]))
    label, at, rule, count, score = map(np.concatenate, zip(*found, strict=True))
    order = np.lexsort((rule, at, label))
    return Anomalies(
        label[order].astype(np.int32),
        at[order].astype(np.int32),
        rule[order].astype(np.uint8),
        count[order].astype(np.int32),
        score[order],
    )
