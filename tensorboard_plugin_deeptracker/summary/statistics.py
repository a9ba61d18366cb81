"""Sums of filters -> the two tensors of a dump: filter measures and layer statistics.

Plain numpy on small arrays; runs beside the training, not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..events import schema
from .measures import SUMS, UPDATE_SUMS

Array = NDArray[np.float64]

_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Reduced:
    """What is taken from all weights, or from all gradients, at a dump.

    Attributes:
        sums: float64[len(SUMS), filters]; anything where there are none.
        present: bool[filters]; false where there is no gradient.
        samples: float32[any] for each node of the hierarchy, in the order of `Node.walk`.
    """

    sums: Array
    present: NDArray[np.bool_]
    samples: Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class Snapshot:
    """What is taken from a model at a dump.

    Attributes:
        weights: Of the weights.
        gradients: Of the gradients.
        updates: float64[len(UPDATE_SUMS), filters]; NaN without a previous dump.
        previous_squares: float64[filters], `squares` of the previous dump, or NaN.
    """

    weights: Reduced
    gradients: Reduced
    updates: Array
    previous_squares: Array


class Layout:
    """Which columns belong to a node of the hierarchy, and how long the filters are.

    Attributes:
        filter_size: float64[filters], the number of weights of each.
        nodes: For each node, in the order of `Node.walk`, its layers.
        columns: For each node, int64[its filters].
    """

    def __init__(self, model: schema.Model) -> None:
        counts = [layer.filters for layer in model.layers]
        sizes = [prod(layer.weight_shape) / layer.filters for layer in model.layers]
        starts = np.cumsum([0, *counts])
        self.filter_size: Array = np.repeat(np.array(sizes), counts)
        self.nodes = [node.layers() for node in model.root.walk()]
        self.columns = [
            np.concatenate([np.arange(starts[i], starts[i + 1]) for i in layers])
            for layers in self.nodes
        ]


def filter_measures(snapshot: Snapshot, layout: Layout) -> NDArray[np.float32]:
    """Computes the measures of every filter; docs/log_format.md says what they mean.

    Returns:
        float32[len(schema.FILTER_MEASURES), filters].
    """
    weights = dict(zip(SUMS, snapshot.weights.sums, strict=True))
    gradients = dict(zip(SUMS, snapshot.gradients.sums, strict=True))
    updates = dict(zip(UPDATE_SUMS, snapshot.updates, strict=True))
    with np.errstate(all="ignore"):
        norm, previous_norm = np.sqrt(weights["squares"]), np.sqrt(snapshot.previous_squares)
        still = updates["update_squares"] == 0
        sine_squared = updates["orthogonal_squares"] / weights["squares"]
        cosine = updates["dot"] / (norm * previous_norm)
        change = np.where(cosine > 0, sine_squared / (1 + cosine), 1 - cosine)
        change[(norm == 0) | (previous_norm == 0)] = np.nan
        update_ratio = np.sqrt(updates["update_squares"]) / previous_norm
        measures = {
            "change": np.where(still, 0, change),
            "update_ratio": np.where(still, 0, update_ratio),
            "weight_mean": weights["sum"] / layout.filter_size,
            "weight_sd": np.sqrt(weights["deviations"] / layout.filter_size),
            "weight_norm": norm,
            "gradient_norm": np.where(
                snapshot.gradients.present, np.sqrt(gradients["squares"]), np.nan
            ),
        }
        return np.stack([measures[name] for name in schema.FILTER_MEASURES]).astype(np.float32)


def layer_statistics(snapshot: Snapshot, layout: Layout) -> NDArray[np.float32]:
    """Computes the statistics of every node of the hierarchy; see docs/log_format.md.

    A node's gradients are those of its layers that have one.

    Returns:
        float32[len(schema.LAYER_STATISTICS), nodes].
    """
    rows = []
    with np.errstate(all="ignore"):
        for node, columns in enumerate(layout.columns):
            statistics = {}
            for prefix, reduced in ("weight", snapshot.weights), ("gradient", snapshot.gradients):
                present = columns[reduced.present[columns]]
                distribution = _distribution(
                    reduced.sums[:, present], layout.filter_size[present], reduced.samples[node]
                )
                statistics.update({f"{prefix}_{name}": x for name, x in distribution.items()})
            moved = snapshot.updates[UPDATE_SUMS.index("update_squares"), columns].sum()
            before = snapshot.previous_squares[columns].sum()
            statistics["update_ratio"] = 0.0 if moved == 0 else np.sqrt(moved / before)
            rows.append([statistics[name] for name in schema.LAYER_STATISTICS])
        answer: NDArray[np.float32] = np.array(rows, dtype=np.float64).T.astype(np.float32)
    return answer


def _distribution(table: Array, size: Array, sample: NDArray[np.float32]) -> dict[str, Any]:
    """Combines the sums of filters of the given sizes, exactly, and adds the quartiles."""
    if not table.size:
        return dict.fromkeys(schema.DISTRIBUTION_STATISTICS, np.nan)
    sums = dict(zip(SUMS, table, strict=True))
    count, total, squares = size.sum(), sums["sum"].sum(), sums["squares"].sum()
    mean, low = total / count, sums["min"].min()
    between = size * (sums["sum"] / size - mean) ** 2
    variance = (sums["deviations"].sum() + between.sum()) / count
    # Weights that are not a number have no rank.
    quartiles = (np.nan,) * 3 if np.isnan(low) else _quantiles(sample)
    return {
        "min": low,
        **dict(zip(("q1", "median", "q3"), quartiles, strict=True)),
        "max": sums["max"].max(),
        "mean": mean,
        "sd": np.sqrt(variance),
        "var": variance,
        "sum": total,
        "l1": sums["l1"].sum(),
        "l2": np.sqrt(squares),
    }


def _quantiles(sample: NDArray[np.float32]) -> list[float]:
    """The quartiles of values, linearly interpolated between neighbours."""
    # A vectorised sort is faster than three selections.
    ordered = np.sort(sample)
    answer = []
    for quartile in _QUARTILES:
        below, share = divmod(quartile * (len(ordered) - 1), 1)
        low = float(ordered[int(below)])
        high = float(ordered[min(int(below) + 1, len(ordered) - 1)])
        answer.append(low if low == high or not share else low + share * (high - low))
    return answer
