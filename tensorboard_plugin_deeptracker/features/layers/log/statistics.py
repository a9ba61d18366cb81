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

from ..records import DISTRIBUTION_STATISTICS, FILTER_MEASURES, LAYER_STATISTICS, Model
from .measures import SUMS, UPDATE_SUMS
from .quartiles import quartiles
from .sampling import Sampler

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reduced:
    """What is taken from the weights, or from the gradients, at a dump.

    Attributes:
        sampler: How the samples of the layers make those of the nodes.
        sums: For each layer, float64[SUMS, filters]; NaN if there is nothing.
        totals: For each layer, float64[TOTALS]; NaN if there is nothing.
        samples: For each layer, a list of some of its elements; empty if there is nothing: no
            gradient, or a weight that cannot be measured.
    """

    sampler: Sampler
    sums: Sequence[Array]
    totals: Sequence[Array]
    samples: Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Capture:
    """What is taken from a model at a dump.

    Attributes:
        weights: Of the weights.
        gradients: Of the gradients.
        updates: For each layer, float64[UPDATE_SUMS, filters]; NaN without a previous dump.
        squares: For each layer, float64[filters], |w|^2 of the weights that are compared...
        previous_squares: ... and |w0|^2 of those of the previous dump, or NaN.
        kernels: The weights of the layer `Model.kernels` themselves.
    """

    weights: Reduced
    gradients: Reduced
    updates: Sequence[Array]
    squares: Sequence[Array]
    previous_squares: Sequence[Array]
    kernels: NDArray[Any] | None = None


class Sizes:
    """Which layers belong to a node of the hierarchy, and how long their filters are.

    Attributes:
        sizes: For each layer, the number of its weights.
        filter_sizes: For each layer, the number of weights of a filter.
        filter_size: float64[filters], the same for each filter.
        nodes: For each node, in the order of `Node.walk`, its layers.
    """

    def __init__(self, model: Model) -> None:
        self.sizes = [prod(layer.weight_shape) for layer in model.layers]
        self.filter_sizes = [prod(layer.weight_shape) / layer.filters for layer in model.layers]
        self.filter_size: Array = np.repeat(
            np.array(self.filter_sizes), [layer.filters for layer in model.layers]
        )
        self.nodes = [node.layers() for node in model.root.walk()]


def filter_measures(capture: Capture, sizes: Sizes) -> NDArray[np.float32]:
    """Computes the measures of every filter; docs/log_format.md says what they mean.

    Returns:
        float32[len(FILTER_MEASURES), filters].
    """
    weights = dict(zip(SUMS, np.concatenate(capture.weights.sums, axis=1), strict=True))
    gradients = dict(zip(SUMS, np.concatenate(capture.gradients.sums, axis=1), strict=True))
    updates = dict(zip(UPDATE_SUMS, np.concatenate(capture.updates, axis=1), strict=True))
    squares, previous_squares = map(np.concatenate, (capture.squares, capture.previous_squares))
    with np.errstate(all="ignore"):
        norms = np.sqrt(squares) * np.sqrt(previous_squares)
        still = updates["update_squares"] == 0
        # No difference of nearly equal numbers: sin(w, w0) = |t| / |w0|.
        sine_squared = updates["orthogonal_squares"] / previous_squares
        cosine = updates["dot"] / norms
        change = np.where(cosine > 0, sine_squared / (1 + cosine), 1 - cosine)
        change[norms == 0] = np.nan
        update_ratio = np.sqrt(updates["update_squares"] / previous_squares)
        measures = {
            "change": np.where(still, 0, change),
            "update_ratio": np.where(still, 0, update_ratio),
            "weight_mean": weights["sum"] / sizes.filter_size,
            "weight_sd": np.sqrt(weights["deviations"] / sizes.filter_size),
            "weight_norm": np.sqrt(weights["squares"]),
            "gradient_norm": np.sqrt(gradients["squares"]),
        }
        return np.stack([measures[name] for name in FILTER_MEASURES]).astype(np.float32)


def layer_statistics(capture: Capture, sizes: Sizes) -> NDArray[np.float32]:
    """Computes the statistics of every node of the hierarchy; see docs/log_format.md.

    A node's gradients are those of its layers that have one.

    Returns:
        float32[len(LAYER_STATISTICS), nodes].
    """
    rows = []
    with np.errstate(all="ignore"):
        for node, layers in enumerate(sizes.nodes):
            statistics = {}
            for prefix, reduced in ("weight", capture.weights), ("gradient", capture.gradients):
                present = [layer for layer in layers if len(reduced.samples[layer])]
                distribution = _distribution(
                    [reduced.sums[layer] for layer in present],
                    [reduced.totals[layer] for layer in present],
                    [sizes.filter_sizes[layer] for layer in present],
                    reduced.sampler.of_node(node, reduced.samples),
                )
                statistics.update({f"{prefix}_{name}": x for name, x in distribution.items()})
            measured = [layer for layer in layers if len(capture.weights.samples[layer])]
            moved = sum(
                (
                    capture.updates[layer][UPDATE_SUMS.index("update_squares")].sum()
                    for layer in measured
                ),
                start=np.float64(0 if measured else np.nan),
            )
            before = sum(capture.previous_squares[layer].sum() for layer in measured)
            statistics["update_ratio"] = 0.0 if moved == 0 else np.sqrt(moved / before)
            rows.append([statistics[name] for name in LAYER_STATISTICS])
        answer: NDArray[np.float32] = np.array(rows, dtype=np.float64).T.astype(np.float32)
    return answer


def absent(capture: Capture) -> NDArray[np.int8]:
    """Which layers' weights were not measured, and which had no gradient: int8[2, layers]."""
    return np.array(
        [
            [not len(sample) for sample in reduced.samples]
            for reduced in (capture.weights, capture.gradients)
        ],
        np.int8,
    )


def first_non_finite(capture: Capture) -> tuple[int, int] | None:
    """The first layer with a weight that is not finite, and its first such filter."""
    for layer, table in enumerate(capture.weights.sums):
        if not len(capture.weights.samples[layer]):
            continue
        filters = np.flatnonzero(~np.isfinite(table[SUMS.index("sum")]))
        if len(filters):
            return layer, int(filters[0])
    return None


def _distribution(
    sums: Sequence[Array], totals: Sequence[Array], sizes: Sequence[float], sample: NDArray[Any]
) -> dict[str, Any]:
    """Combines the sums of layers, exactly, and adds the quartiles.

    Args:
        sums: As in `Reduced`, of the layers of a node.
        totals: As in `Reduced`, of these layers.
        sizes: Lengths of the filters of each layer.
        sample: That of the node.
    """
    if not sums:
        return dict.fromkeys(DISTRIBUTION_STATISTICS, np.nan)
    size = np.repeat(sizes, [table.shape[1] for table in sums])
    filters = dict(zip(SUMS, np.concatenate(sums, axis=1), strict=True))
    l1, lows, highs = np.stack(totals, axis=1)
    count, total = size.sum(), filters["sum"].sum()
    mean, low = total / count, lows.min()
    between = size * (filters["sum"] / size - mean) ** 2
    variance = (filters["deviations"].sum() + between.sum()) / count
    # Weights that are not a number have no rank.
    q1, median, q3 = (np.nan,) * 3 if np.isnan(low) else quartiles(sample)
    return {
        "min": low,
        "q1": q1,
        "median": median,
        "q3": q3,
        "max": highs.max(),
        "mean": mean,
        "sd": np.sqrt(variance),
        "var": variance,
        "sum": total,
        "l1": l1.sum(),
        "l2": np.sqrt(filters["squares"].sum()),
    }
