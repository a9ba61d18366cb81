"""Of each image, how many neighbours the representations of two runs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....compute.errors import InvalidQuestionError, NotFoundError, position_of_step
from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ...map.records import MAP_ROWS_TAG, NEIGHBOURS, NEIGHBOURS_TAG, REPRESENTATIONS
from .align import Alignment, align

# Pairs of neighbours that are compared at once.
_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class Shared:
    """How many neighbours two runs share, of each image that both maps have.

    Attributes:
        alignment: What the runs have in common.
        steps: The iteration of the representations of each.
        images: Positions of the common images that are in both maps: int64[images], ascending.
        of: How many neighbours could be shared: the fewer of those that each run has among these
            images: int32[images].
        shared: How many are: int32[images].
    """

    alignment: Alignment
    steps: tuple[int, int]
    images: NDArray[np.int64]
    of: NDArray[np.int32]
    shared: NDArray[np.int32]

    @property
    def by_chance(self) -> float:
        """The share that two maps without anything in common would share; NaN of one image."""
        others = len(self.images) - 1
        return min(1.0, NEIGHBOURS / others) if others > 0 else float("nan")


def shared_neighbours(
    snapshots: Sequence[Snapshot], image_set: str, steps: Sequence[int] | None = None
) -> Shared:
    """Compares the representations of two runs.

    Args:
        snapshots: Of both.
        image_set: Which of their image sets.
        steps: The iteration of a record of each; None: the last ones.

    Raises:
        InvalidQuestionError: There are not two steps.
        NotFoundError: A run has no such image set, no representations of it, or none at its step.
    """
    alignment = align(snapshots, image_set)
    if steps is not None and len(steps) != len(snapshots):
        raise InvalidQuestionError(f"steps: {len(steps)} iterations for {len(snapshots)} runs")
    records = [
        _record(snapshot, image_set, None if steps is None else steps[i])
        for i, snapshot in enumerate(snapshots)
    ]
    sizes = [len(own.labels) for own in alignment.sets]
    read = [_read(record, size) for record, size in zip(records, sizes, strict=True)]
    # Where each common image is on each map; -1 where it is not.
    every = np.arange(len(alignment.labels))
    places = [
        _inverse(rows, size)[alignment.rows_of(i, every)]
        for i, ((rows, _), size) in enumerate(zip(read, sizes, strict=True))
    ]
    images = np.flatnonzero((places[0] >= 0) & (places[1] >= 0))
    near = [
        _renamed(neighbours, at[images]) for (_, neighbours), at in zip(read, places, strict=True)
    ]
    of = np.minimum(*((each >= 0).sum(axis=1) for each in near)).astype(np.int32)
    a, b = records
    return Shared(alignment, (a.step, b.step), images, of, _overlap(*near))


def _record(snapshot: Snapshot, image_set: str, step: int | None) -> Record:
    records = snapshot.of(REPRESENTATIONS, image_set)
    if not records:
        raise NotFoundError(
            f"run {snapshot.name!r} has no representations of {image_set!r} yet: log some with"
            " writer.add_representations(features, step)"
        )
    if step is None:
        return records[-1]
    steps = snapshot.steps(REPRESENTATIONS, image_set)
    return records[position_of_step("record of representations", step, steps)]


def _read(record: Record, images: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the images of a map, and places of their neighbours; -1: there are no more."""
    count = record.tensors[NEIGHBOURS_TAG].shape[0]
    near = columns([record], NEIGHBOURS_TAG, 0, count * NEIGHBOURS)[0].reshape(count, NEIGHBOURS)
    near = np.where((near >= 0) & (near < count), near, -1).astype(np.int64)
    if MAP_ROWS_TAG not in record.tensors:
        return np.arange(count), near
    rows = columns([record], MAP_ROWS_TAG, 0, count)[0].astype(np.int64)
    # Whatever a log says.
    return np.clip(rows, 0, images - 1), near


def _inverse(rows: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The position of each of `size` things among some; -1 where it is none of them."""
    found = np.full(size, -1, np.int64)
    found[rows] = np.arange(len(rows))
    return found


def _renamed(neighbours: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Neighbours of the images at some places, as positions among these; -1: not among them."""
    position = np.append(_inverse(places, len(neighbours)), -1)
    return position[neighbours[places]]


def _overlap(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int32]:
    """How many of each row of one are in the same row of the other."""
    found = np.zeros(len(a), np.int32)
    each = max(1, _AT_ONCE // NEIGHBOURS**2)
    for first in range(0, len(a), each):
        some = slice(first, first + each)
        same = (a[some, :, np.newaxis] == b[some, np.newaxis]) & (a[some, :, np.newaxis] >= 0)
        found[some] = same.any(axis=2).sum(axis=1)
    return found
