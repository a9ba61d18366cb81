"""Up to where two trainings have the same weights: seeds that are none, or one that goes on."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....index.memo import Memo
from ....index.reading import columns
from ....index.run import Snapshot
from ...layers.records import DUMPS, MODEL, STATISTICS_TAG
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
    names = [name for name in alignment.layers if name not in alignment.reshaped]
    if a.name == b.name or not names:
        return Alike(0, 0, None)
    steps, *places = np.intersect1d(a.steps(DUMPS), b.steps(DUMPS), return_indices=True)

    def part(dump: int) -> bool:
        one, other = (
            _weights(snapshot, int(rows[dump]), names)
            for snapshot, rows in zip(snapshots, places, strict=True)
        )
        return not np.array_equal(one, other, equal_nan=True)

    count = bisect_left(range(len(steps)), True, key=part)
    return Alike(len(steps), count, int(steps[count - 1]) if count else None)


def _weights(snapshot: Snapshot, row: int, names: list[str]) -> NDArray[np.float32]:
    """Statistics of the weights of some layers at a dump: float32[statistics, layers]."""
    model = snapshot.of(MODEL)
    assert model is not None
    nodes = {
        model.layers[node.layer].name: place
        for place, node in enumerate(model.nodes)
        if node.layer is not None
    }
    shape = len(model.statistics), len(model.nodes)
    record = snapshot.of(DUMPS)[row]
    values = columns([record], STATISTICS_TAG, 0, shape[0] * shape[1]).reshape(shape)
    own = [i for i, name in enumerate(model.statistics) if name.startswith("weight_")]
    return values[np.ix_(own, [nodes[name] for name in names])]
