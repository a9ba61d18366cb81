"""The paper's indexes of layers and filters (section 6), answered with arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ....index.reading import columns
from ....index.record import Record
from ....index.run import Snapshot
from ..records import ABSENT, ABSENT_TAG, DUMPS, FILTERS_TAG, STATISTICS_TAG, Model

# Dumps that are read at once, so that what is left out of them is not kept for long.
_CHUNK = 32
Normalize = Literal["none", "filter", "iteration"]


def node_statistics(
    snapshot: Snapshot, model: Model, statistic: int, first: int, last: int
) -> NDArray[np.float32]:
    """Layer-stat index: a statistic of the nodes [first, last) at every dump.

    Args:
        snapshot: The run.
        model: Its model.
        statistic: Position in the model's statistics.
        first: Position of the first node in the order of `Node.walk`.
        last: One past the last.

    Returns:
        float32[last - first, dumps].
    """
    start = statistic * len(model.nodes)
    values = columns(snapshot.of(DUMPS), STATISTICS_TAG, start + first, start + last)
    return np.ascontiguousarray(values.T)


def absent(snapshot: Snapshot, model: Model) -> NDArray[np.int8]:
    """Where there is nothing of a layer, at every dump.

    Args:
        snapshot: The run.
        model: Its model.

    Returns:
        int8[dumps, `ABSENT`, layers]: 1 where it is missing, 0 where it was measured, -1 where the
        log does not say.
    """
    records = snapshot.of(DUMPS)
    shape = len(ABSENT), len(model.layers)
    values = np.full((len(records), *shape), -1, np.int8)
    said = [i for i, record in enumerate(records) if ABSENT_TAG in record.tensors]
    found = columns([records[i] for i in said], ABSENT_TAG, 0, shape[0] * shape[1])
    values[said] = found.reshape(-1, *shape)
    return values


def layer_filters(
    snapshot: Snapshot, model: Model, layer: int, measure: int, normalize: Normalize
) -> NDArray[np.float32]:
    """Layer-filter index: a measure of a layer's filters at every dump.

    Args:
        snapshot: The run.
        model: Its model.
        layer: Position in the model's layers.
        measure: Position in the model's measures.
        normalize: Divides by the largest finite magnitude of a filter over all dumps,
            or of a dump over the layer's filters; zeros stay zeros.

    Returns:
        float32[filters, dumps].
    """
    start = measure * model.filters
    first, last = model.first_filters[layer : layer + 2].tolist()
    values = filters(snapshot.of(DUMPS), start + first, start + last)
    if normalize != "none":
        axis = 1 if normalize == "filter" else 0
        magnitude = np.abs(values)
        magnitude[~np.isfinite(magnitude)] = 0
        largest = magnitude.max(axis, keepdims=True, initial=0)
        values = values / np.where(largest == 0, np.float32(1), largest)
    return values


def filters(dumps: Sequence[Record], first: int, last: int) -> NDArray[np.float32]:
    """Some elements of the filter measures at some dumps: float32[last - first, dumps]."""
    return np.ascontiguousarray(columns(dumps, FILTERS_TAG, first, last).T)


def some_filters(
    snapshot: Snapshot,
    model: Model,
    chosen: NDArray[np.integer],
    measure: int,
    most: int,
    at_once: int = _CHUNK,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A measure of some filters of any layers over all dumps, in at most `most` columns.

    With more dumps than columns, a column stands for several that follow each other, and
    has the value that is largest in magnitude; what is missing does not count.

    Args:
        snapshot: The run.
        model: Its model.
        chosen: int[chosen]: positions among the filters of all layers.
        measure: Position in the model's measures.
        most: Largest number of columns.
        at_once: Dumps that are read together.

    Returns:
        Step of the last dump of each column, int64[columns], and the values,
        float32[chosen, columns].
    """
    start = measure * model.filters
    records = snapshot.of(DUMPS)
    each = max(1, -(-len(records) // most))
    ends = np.minimum(np.arange(each, len(records) + each, each), len(records)) - 1
    answer = np.empty((len(chosen), len(ends)), np.float32)
    columns_at_once = max(1, at_once // each)
    for first in range(0, len(ends), columns_at_once):
        # All filters are read for some of them: a read for each would take longer.
        dumps = records[first * each : (first + columns_at_once) * each]
        values = columns(dumps, FILTERS_TAG, start, start + model.filters)[:, chosen]
        for i in range(0, len(dumps), each):
            answer[:, first + i // each] = _extreme(values[i : i + each])
    return snapshot.steps(DUMPS)[ends], answer


def _extreme(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The value of each column that is largest in magnitude: [n, m] -> [m]."""
    most: NDArray[np.float32] = np.fmax.reduce(values)
    least: NDArray[np.float32] = np.fmin.reduce(values)
    return np.where(np.abs(least) > np.abs(most), least, most)


def dump_filters(record: Record, model: Model, measure: int) -> NDArray[np.float32]:
    """Iteration-filter index: a measure of all filters at one dump: float32[filters]."""
    start = measure * model.filters
    values: NDArray[np.float32] = columns([record], FILTERS_TAG, start, start + model.filters)[0]
    return values
