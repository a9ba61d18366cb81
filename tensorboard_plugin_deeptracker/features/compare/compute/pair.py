"""Two runs at a validation of each: which images the second lost and won, and what that says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....index.memo import Memo
from ...correlation.compute import false_discovery_rates
from ...validation.compute import CORRECT, NOT_EVALUATED, WRONG
from .intervals import Floats, difference_interval, mcnemar, rate_interval
from .results import Kept, Run, by_name, results

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """What became of the images of each class: int64 each.

    Attributes:
        images: Evaluated in both runs.
        wrong: In each run: int64[2, classes].
        lost: Right in the first run, wrong in the second: negative flips.
        won: Wrong in the first run, right in the second: positive flips.
        churned: Predicted as another class.
    """

    images: Ints
    wrong: Ints
    lost: Ints
    won: Ints
    churned: Ints

    def total(self) -> Counts:
        """Of all classes together, as if they were one."""
        return Counts(*(each.sum(axis=-1, keepdims=True) for each in vars(self).values()))

    def of(self, name: str) -> tuple[Floats, Floats, Floats]:
        """The rate of `lost`, `won` or `churned` images, with the ends of its interval."""
        count = getattr(self, name)
        with np.errstate(invalid="ignore"):
            return count / self.images, *rate_interval(count, self.images)

    @property
    def error(self) -> Floats:
        """Error rate in each run: float64[2, classes], NaN without images."""
        with np.errstate(invalid="ignore"):
            rate: Floats = self.wrong / self.images
        return rate

    @property
    def difference(self) -> tuple[Floats, Floats]:
        """The interval of the second run's error rate less the first's."""
        return difference_interval(self.lost, self.won, self.images)

    @property
    def by_chance(self) -> Floats:
        """The negative flip rate of two such runs if their errors were independent."""
        rate: Floats = (1 - self.error[0]) * self.error[1]
        return rate

    @property
    def p(self) -> Floats:
        """Of McNemar's exact test."""
        return mcnemar(self.lost, self.won)


@dataclass(frozen=True)
class Changed:
    """Images that one run has right and the other wrong: [images] each.

    Attributes:
        images: Positions among the common images, ascending: int64.
        since: The iteration from whose observation on each has had its result: int64[2, images].
        before: Whether it was another before: bool[2, images].
        predicted: What each was predicted as, by the name of the class: see `by_name`:
            int64[2, images].
    """

    images: Ints
    since: Ints
    before: NDArray[np.bool_]
    predicted: Ints

    def of(self, some: NDArray[np.bool_]) -> Changed:
        """Those of some of the images."""
        return Changed(
            self.images[some], self.since[:, some], self.before[:, some], self.predicted[:, some]
        )


@dataclass(frozen=True)
class Pair:
    """Two runs at a validation of each.

    Attributes:
        classes: What became of the images of each common class.
        lost: The images that the second run lost.
        won: Those that it won.
    """

    classes: Counts
    lost: Changed
    won: Changed

    @property
    def q(self) -> Floats:
        """Of each class: McNemar's p, corrected for all classes: float64[classes]."""
        return false_discovery_rates(self.classes.p)


def pair(first: Run, second: Run) -> Pair:
    """Compares two runs at the last validation of each.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """

    def compute(known: Kept[Pair] | None) -> Kept[Pair]:
        del known
        return Kept(_compared(first, second), first.alignment)

    memo = Memo.of([run.snapshot.memo for run in (first, second)])
    basis = first.records, second.records
    return memo.get(("pair", id(first.alignment)), basis, compute).value


def _compared(first: Run, second: Run) -> Pair:
    runs = first, second
    raw = [run.predicted(slice(-1, None))[0] for run in runs]
    a, b = (results(run, each) for run, each in zip(runs, raw, strict=True))
    both = (a != NOT_EVALUATED) & (b != NOT_EVALUATED)
    changed = both & (a != b)
    predicted = np.stack(by_name(runs, raw))
    labels, size = first.alignment.labels, len(first.alignment.classes)

    def per_class(images: NDArray[np.bool_]) -> Ints:
        return np.bincount(labels[images], minlength=size).astype(np.int64)

    counts = Counts(
        per_class(both),
        np.stack([per_class(both & (each == WRONG)) for each in (a, b)]),
        per_class(changed & (a == CORRECT)),
        per_class(changed & (b == CORRECT)),
        per_class(both & (predicted[0] != predicted[1])),
    )
    images = np.flatnonzero(changed)
    since = [run.since(images) for run in runs]
    told = Changed(
        images,
        np.stack([steps for steps, _ in since]),
        np.stack([before for _, before in since]),
        predicted[:, images],
    )
    right = a[images] == CORRECT
    return Pair(counts, told.of(right), told.of(~right))
