"""A capture -> the record of a dump. Runs beside the training, not in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from ..records import Model, encode_dump
from .capture import Captures, Previous
from .layers import TrackedLayer
from .scaling import Scaling
from .statistics import Capture, absent, filter_measures, first_non_finite, layer_statistics


class Dumps:
    """Makes the dumps of a session, one after the other."""

    def __init__(
        self,
        model: Model,
        previous: Previous,
        report: Callable[[Mapping[str, Exception]], object],
    ) -> None:
        self._model = model
        self._snapshots = Captures(model, previous, report)
        self._marked = False

    def take(
        self, layers: Sequence[TrackedLayer], step: int, scaling: Scaling
    ) -> Callable[[], bytes]:
        """Takes a capture; what is returned makes a record of it, in the background."""
        arrived, now = self._snapshots.take(layers, scaling), time.time()
        return lambda: self._record(step, arrived(), now)

    def remember(self, layers: Sequence[TrackedLayer]) -> None:
        """Takes weights to compare the next dump with."""
        self._snapshots.take(layers)()

    def _record(self, step: int, capture: Capture, wall_time: float) -> bytes:
        filters = filter_measures(capture, self._snapshots.sizes)
        statistics = layer_statistics(capture, self._snapshots.sizes)
        mark = None
        if not self._marked and (found := first_non_finite(capture)):
            mark = self._model.layers[found[0]].name, found[1]
            self._marked = True
        return encode_dump(
            step, filters, statistics, wall_time, mark, capture.kernels, absent(capture)
        )
