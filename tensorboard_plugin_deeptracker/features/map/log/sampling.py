"""The images of a map, where an image set has more than can be drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SEED = 0


def sample_rows(labels: NDArray[np.int32], most: int) -> NDArray[np.int32] | None:
    """Some of the images of each class, in proportion and at least one: the same ones every time.

    Args:
        labels: int32[images], ascending.
        most: How many at most.

    Returns:
        Their rows: int32[most], ascending; None: all.
    """
    if len(labels) <= most:
        return None
    _, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    shares = sizes * (most / len(labels))
    counts = np.floor(shares).astype(np.int64)
    if len(sizes) <= most:
        counts = np.maximum(counts, 1)
    missing = most - int(counts.sum())
    if missing > 0:
        # What is left goes to those that lost most by rounding.
        counts[np.argsort(counts - shares, kind="stable")[:missing]] += 1
    for _ in range(-missing):
        counts[counts.argmax()] -= 1
    rng = np.random.default_rng(_SEED)
    chosen = [
        begin + rng.choice(size, count, replace=False)
        for begin, size, count in zip(first, sizes, counts, strict=True)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int32)
