"""Up to where two trainings have the same weights: seeds that are none, or one that goes on."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....index.memo import Memo
from ....index.reading import columns
from ....index.run import Snapshot
from ...layers.records import DUMPS, MODEL, STATISTICS_TAG, Model
from .align import Alignment
from .results import Run


@dataclass(frozen=True)
class Alike:
    """Iterations at which two runs have the same weights.

    Attributes:
        dumps: Iterations at which both logged weights, if they have layers in common.
        alike: How many of them, from the first on, the weights are the same at.
        until: The last one of these; None: there is none.
    """

    dumps: int
    alike: int
    until: int | None

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes."""
        return 100


def alike(first: Run, second: Run) -> Alike:
    """At which iterations the layers that two runs have in common have the same weights.

    They have where all statistics of their weights are the same, to the last bit that was logged.
    Trainings that have parted are taken not to meet again, so that few dumps are read.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    snapshots = first.snapshot, second.snapshot
    series = [snapshot.of(DUMPS) for snapshot in snapshots]

    def compute(known: Alike | None) -> Alike:
        del known
        return _compared(snapshots, first.alignment)

    memo = Memo.of([snapshot.memo for snapshot in snapshots])
    return memo.get(("alike", id(first.alignment)), tuple(series), compute)


def _compared(snapshots: tuple[Snapshot, Snapshot], alignment: Alignment) -> Alike:
    a, b = snapshots
    leaves = [_leaves(model) for model in alignment.models]
    names = [
        name
        for name in alignment.layers
        if name not in alignment.reshaped and all(name in each for each in leaves)
    ]
    if a.name == b.name or not names:
        return Alike(0, 0, None)
    steps, *rows = np.intersect1d(a.steps(DUMPS), b.steps(DUMPS), return_indices=True)
    nodes = [[each[name] for name in names] for each in leaves]

    def part(dump: int) -> bool:
        one, other = (
            _weights(snapshot, int(own[dump]), places)
            for snapshot, own, places in zip(snapshots, rows, nodes, strict=True)
        )
        return not np.array_equal(one, other, equal_nan=True)

    count = bisect_left(range(len(steps)), True, key=part)
    return Alike(len(steps), count, int(steps[count - 1]) if count else None)


def _leaves(model: Model | None) -> dict[str, int]:
    """The node of each layer, by name; of those that have one."""
    if model is None:
        return {}
    places = zip(model.layers, model.leaves.tolist(), strict=True)
    return {layer.name: place for layer, place in places if place >= 0}


def _weights(snapshot: Snapshot, row: int, nodes: list[int]) -> NDArray[np.float32]:
    """Statistics of the weights of some nodes at a dump: float32[statistics, nodes]."""
    model = snapshot.of(MODEL)
    assert model is not None
    shape = len(model.statistics), len(model.nodes)
    record = snapshot.of(DUMPS)[row]
    values = columns([record], STATISTICS_TAG, 0, shape[0] * shape[1]).reshape(shape)
    own = [i for i, name in enumerate(model.statistics) if name.startswith("weight_")]
    return values[np.ix_(own, nodes)]
