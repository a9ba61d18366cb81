"""What the common images of some runs were predicted as, and whether that was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import InvalidQuestionError, NotFoundError
from ....index.memo import size_of
from ....index.record import Record
from ....index.run import Snapshot
from ...images.compute import identifiers
from ...validation.compute import NOT_EVALUATED, predictions, validation_at
from ...validation.records import VALIDATIONS
from .align import Alignment, align, positions

T = TypeVar("T")

# Validations that are read at once.
_AT_ONCE = 16


@dataclass(frozen=True)
class Run:
    """One of the runs that are compared, up to one of its validations.

    Attributes:
        snapshot: The run.
        number: Its position among the runs.
        records: Its validations, up to the one that counts.
        steps: Their iterations: int64[validations].
        alignment: What it has in common with the others.
        every: All of its validations.
    """

    snapshot: Snapshot
    number: int
    records: tuple[Record, ...]
    steps: NDArray[np.int64]
    alignment: Alignment
    every: tuple[Record, ...]

    @property
    def step(self) -> int:
        """The iteration of the validation that counts."""
        return int(self.steps[-1])

    def predicted(
        self, validations: slice = slice(None), images: NDArray[np.integer] | None = None
    ) -> NDArray[np.integer]:
        """What some of the common images were predicted as, negative where not evaluated.

        Args:
            validations: Which of the validations.
            images: Positions of some of the common images; None: all.

        Returns:
            int[validations, images]: positions in the run's own classes.
        """
        own, rows = self.alignment.sets[self.number], self.alignment.rows[self.number]
        found = predictions(self.records[validations], len(own.labels))
        if images is not None:
            return found[:, self.alignment.rows_of(self.number, images)]
        return found if rows is None else found[:, rows]

    def labels(self, images: NDArray[np.integer] | None = None) -> NDArray[np.int32]:
        """The class of some of the common images, as `predicted` counts the classes."""
        own = self.alignment.sets[self.number].labels
        if images is not None:
            return own[self.alignment.rows_of(self.number, images)]
        rows = self.alignment.rows[self.number]
        return own if rows is None else own[rows]

    def since(self, images: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Since when some images have had the result that they have at the last validation.

        Args:
            images: Positions of common images that are evaluated there.

        Returns:
            The iteration of the observation from which on it has been the same: int64[images]; and
            whether it was another before: bool[images].
        """
        labels = self.labels(images)
        first = np.full(len(images), len(self.records) - 1)
        changed = np.zeros(len(images), np.bool_)
        open_ = np.arange(len(images))
        (last,) = self.predicted(slice(-1, None), images)
        right = last == labels
        for end in range(len(self.records), 0, -_AT_ONCE):
            if not len(open_):
                break
            start = max(0, end - _AT_ONCE)
            found = self.predicted(slice(start, end), images[open_])
            known, same = found >= 0, (found == labels[open_]) == right[open_]
            # The last observation with another result, and the first one after it.
            other = known & ~same
            ended = other.any(axis=0)
            at = len(found) - 1 - np.argmax(other[::-1], axis=0)
            behind = known & (~ended | (np.arange(len(found))[:, np.newaxis] > at))
            some = behind.any(axis=0)
            first[open_[some]] = start + np.argmax(behind[:, some], axis=0)
            changed[open_[ended]] = True
            open_ = open_[~ended]
        return self.steps[first], changed


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A result, with what its key names, so that nothing else comes to lie there.

    Attributes:
        value: The result.
        alignment: Of the runs it is about.
        records: The validations that it was computed from.
    """

    value: T
    alignment: Alignment
    records: tuple[Record, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the result; the alignment is counted where it was made."""
        return size_of(self.value)


def kept(run: Run, name: str, compute: Callable[[Run, T | None, int], T]) -> T:
    """What is computed of all validations of a run, once for all runs that it is compared with.

    Args:
        run: The run.
        name: Says what it is.
        compute: Carries on what is known of the first validations, None of none; how many these
            are comes last. What is known must stay as it is.
    """
    alignment, own = run.alignment, run.alignment.sets[run.number]
    # Where all its images are common, it does not matter who else is there.
    whole = alignment.rows[run.number] is None and alignment.classes == own.class_names
    key = "compare", name, id(own) if whole else id(alignment)

    def make(known: Kept[T] | None) -> Kept[T]:
        taken = len(known.records) if known else 0
        goes_on = known is not None and known.records == run.every[:taken]
        before = (known.value, taken) if known is not None and goes_on else (None, 0)
        return Kept(compute(replace(run, records=run.every), *before), alignment, run.every)

    return run.snapshot.memo.get(key, run.every, make).value


def runs_of(
    snapshots: Sequence[Snapshot], image_set: str, steps: Sequence[int] | None = None
) -> tuple[Run, ...]:
    """The runs that are compared.

    Args:
        snapshots: Of all of them.
        image_set: Which of their image sets.
        steps: The iteration of a validation of each; None: the last ones.

    Raises:
        InvalidQuestionError: There are more or fewer steps than runs.
        NotFoundError: A run has no such image set, no validation of it, or none at its step; or
            they have no image in common.
    """
    if steps is not None and len(steps) != len(snapshots):
        raise InvalidQuestionError(
            f"steps: {len(steps)} iterations for {len(snapshots)} runs: give one for each, or none"
        )
    alignment, runs = align(snapshots, image_set), []
    for i, snapshot in enumerate(snapshots):
        records = snapshot.of(VALIDATIONS, image_set)
        if not records:
            raise NotFoundError(f"run {snapshot.name!r} has no validation of {image_set!r} yet")
        at = len(records) if steps is None else 1 + validation_at(snapshot, image_set, steps[i])
        own = snapshot.steps(VALIDATIONS, image_set)[:at]
        runs.append(Run(snapshot, i, records[:at], own, alignment, records))
    if not len(alignment.labels):
        raise NotFoundError(_nothing_common(alignment))
    return tuple(runs)


def results(run: Run, predicted: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Codes as in `validation.compute`: uint8, of the shape of what was predicted."""
    right = (predicted == run.labels()).view(np.uint8)
    found: NDArray[np.uint8] = np.where(predicted < 0, np.uint8(NOT_EVALUATED), right)
    return found


def by_name(
    runs: Sequence[Run], predicted: Sequence[NDArray[np.integer]]
) -> list[NDArray[np.int64]]:
    """What was predicted, with one number for one name of a class, whichever run it is of.

    Those that all runs have come first, in their order; then those of some.

    Args:
        runs: The runs.
        predicted: int[...] of each, of any shape.
    """
    alignment = runs[0].alignment
    every = list(
        dict.fromkeys([*alignment.classes, *(c for own in alignment.sets for c in own.class_names)])
    )
    found = []
    for own, each in zip((alignment.sets[run.number] for run in runs), predicted, strict=True):
        renamed = positions(own.class_names, every)
        named = (each >= 0) & (each < len(renamed))
        # Of a class without a name nothing is known but its number.
        nameless = np.where(each < 0, -1, each.astype(np.int64) + len(every))
        found.append(np.where(named, renamed[np.where(named, each, 0)], nameless))
    return found


def _nothing_common(alignment: Alignment) -> str:
    if len(alignment.relabelled):
        return (
            "the runs have no image in common: all that have the same id have not the same class,"
            " by name; give both runs the same class_names"
        )
    one, other = (
        [*identifiers(own, 0, 1), None][0] for own in alignment.sets[:: len(alignment.sets) - 1]
    )
    return (
        "the runs have no image in common: images are the same by their ids, and these are like"
        f" {one!r} in the first and {other!r} in the last; give the same ids= to"
        " writer.add_image_set in all runs"
    )
