"""Mini-sets (paper, section 7.3, Algorithm 1): groups of filters that always appear together.

Algorithm 1 refines a partition set by set. What it arrives at is known without it:
two filters end up together exactly when they are in the same sets. So filters are
grouped by that signature, in time linear in the sets' total size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MiniSet:
    """Filters that are anomaly filters of the same iterations.

    Attributes:
        filters: int64[filters], ascending.
        iterations: int64[iterations], ascending: those whose anomaly filters they are.
    """

    filters: NDArray[np.int64]
    iterations: NDArray[np.int64]


def mini_sets(anomaly_filters: Mapping[int, NDArray[np.int64]]) -> list[MiniSet]:
    """The partition of all filters that appear, ordered by the first filter of each set.

    Args:
        anomaly_filters: The filters of each iteration, each at most once.
    """
    if not anomaly_filters:
        return []
    sizes = [len(filters) for filters in anomaly_filters.values()]
    filters = np.concatenate(list(anomaly_filters.values()))
    iterations = np.repeat(np.array(list(anomaly_filters), np.int64), sizes)
    order = np.lexsort((iterations, filters))
    filters, iterations = filters[order], iterations[order]
    distinct, starts = np.unique(filters, return_index=True)
    groups: dict[bytes, list[int]] = {}
    for i, signature in enumerate(np.split(iterations, starts[1:])[: len(distinct)]):
        groups.setdefault(signature.tobytes(), []).append(i)
    return [
        MiniSet(distinct[members], np.frombuffer(signature, np.int64))
        for signature, members in groups.items()
    ]
