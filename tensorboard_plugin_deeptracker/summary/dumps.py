"""A snapshot -> the record of a dump. Runs beside the training, not in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..events import encode, schema
from .layers import TrackedLayer
from .snapshot import Previous, Snapshots
from .statistics import Snapshot, filter_measures, first_non_finite, layer_statistics


class Dumps:
    """Makes the dumps of a session, one after the other."""

    def __init__(self, model: schema.Model, previous: Previous) -> None:
        self._model = model
        self._snapshots = Snapshots(model, previous)
        self._marked = False

    def take(self, layers: Sequence[TrackedLayer], step: int) -> Callable[[], bytes]:
        """Takes a snapshot; what is returned makes a record of it, in the background."""
        arrived, now = self._snapshots.take(layers), time.time()
        return lambda: self._record(step, arrived(), now)

    def _record(self, step: int, snapshot: Snapshot, wall_time: float) -> bytes:
        filters = filter_measures(snapshot, self._snapshots.layout)
        statistics = layer_statistics(snapshot, self._snapshots.layout)
        mark = None
        if not self._marked and (found := first_non_finite(snapshot)):
            mark = self._model.layers[found[0]].name, found[1]
            self._marked = True
        return encode.dump(step, filters, statistics, wall_time, mark, snapshot.kernels)
