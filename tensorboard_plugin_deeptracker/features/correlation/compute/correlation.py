"""Which filters move when which classes flip (paper, section 7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .minisets import MiniSet, mini_sets


@dataclass(frozen=True)
class LayerSets:
    """The mini-sets of one layer.

    Attributes:
        layer: Position of the layer.
        mini_sets: Their filters are positions in the layer.
        appearances: Of each mini-set, how many pairs of a class and one of its
            anomaly iterations it is marked at.
    """

    layer: int
    mini_sets: list[MiniSet]
    appearances: list[int]


@dataclass(frozen=True)
class Correlation:
    """Layers against classes.

    Attributes:
        layers: Those with anomaly filters, in forward order.
        classes: Positions of the classes with anomaly iterations, and these, ascending.
        filters: int64[layers, classes]: how many of a layer's filters are anomaly
            filters of a class, whether or not their mini-set was kept.
    """

    layers: list[LayerSets]
    classes: dict[int, NDArray[np.int32]]
    filters: NDArray[np.int64]


def correlate(
    iterations: Sequence[NDArray[np.int32]],
    anomaly_filters: Mapping[int, NDArray[np.int64]],
    layer_starts: NDArray[np.int64],
    min_appearances: int,
) -> Correlation:
    """Finds the mini-sets of each layer and where they appear.

    Args:
        iterations: Anomaly iterations of each class, ascending.
        anomaly_filters: Anomaly filters of each iteration of any class, as positions
            among the filters of all layers.
        layer_starts: int64[layers + 1]: position of the first filter of each layer,
            and one past the last.
        min_appearances: Mini-sets with fewer appearances are left out.
    """
    classes = {c: at for c, at in enumerate(iterations) if len(at)}
    flat = np.concatenate(list(classes.values())) if classes else np.empty(0, np.int32)
    validations = int(flat.max()) + 1 if len(flat) else 0
    times = np.bincount(flat, minlength=validations)
    active = _bits(list(classes.values()), validations)

    layers, rows = [], []
    of_layer: dict[int, dict[int, NDArray[np.int64]]] = {}
    for iteration, filters in anomaly_filters.items():
        ordered = np.sort(filters)
        ends = np.searchsorted(ordered, layer_starts)
        for layer in np.flatnonzero(np.diff(ends)).tolist():
            own = ordered[ends[layer] : ends[layer + 1]] - layer_starts[layer]
            of_layer.setdefault(layer, {})[iteration] = own
    for layer, sets_of_iterations in sorted(of_layer.items()):
        sets = mini_sets(sets_of_iterations)
        appearances = [int(times[mini_set.iterations].sum()) for mini_set in sets]
        marked = _bits([mini_set.iterations for mini_set in sets], validations)
        # A mini-set is a class's if any of its iterations is.
        shared = np.zeros((len(sets), len(classes)), np.bool_)
        for word in range(active.shape[1]):
            shared |= (marked[:, word, np.newaxis] & active[:, word]) != 0
        sizes = np.array([len(mini_set.filters) for mini_set in sets])
        rows.append(sizes @ shared)
        kept = [i for i, count in enumerate(appearances) if count >= min_appearances]
        layers.append(LayerSets(layer, [sets[i] for i in kept], [appearances[i] for i in kept]))
    filters_of = np.stack(rows) if rows else np.zeros((0, len(classes)), np.int64)
    return Correlation(layers, classes, filters_of)


def _bits(rows: Sequence[NDArray[np.integer]], length: int) -> NDArray[np.uint64]:
    """Sets of positions below `length` as bits: uint64[rows, words]."""
    bits = np.zeros((len(rows), -(-length // 64) * 64), np.bool_)
    for i, row in enumerate(rows):
        bits[i, row] = True
    return np.packbits(bits, axis=1).view(np.uint64)
