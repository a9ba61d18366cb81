"""A measure of a layer's filters over all dumps, as a matrix of which parts are read."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from ....index.run import Snapshot
from ..records import DUMPS, Model
from .queries import filters


class LayerFilters:
    """A measure of a layer's filters at every dump; see `compute.pyramid.Matrix`.

    Args:
        snapshot: The run.
        model: Its model.
        layer: Position in the model's layers.
        measure: Position in the model's measures.
    """

    def __init__(self, snapshot: Snapshot, model: Model, layer: int, measure: int) -> None:
        self._dumps = snapshot.of(DUMPS)
        self.name: Hashable = "filters", layer, measure
        first, last = model.first_filters[layer : layer + 2].tolist()
        self._first = measure * model.filters + first
        self.shape = last - first, len(self._dumps)

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        return self.name, rows.start, rows.stop, self._dumps[columns]

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        return filters(self._dumps[columns], self._first + rows.start, self._first + rows.stop)
