"""The first principal components of features: where a map begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Of the subspace that is turned into the first ones, and how often.
_VECTORS = 6
_TURNS = 12


def first_components(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """The first two principal components, over the standard deviation of the first.

    Args:
        features: float32[images, dimensions], all finite.

    Returns:
        float64[images, 2]; 0 where there are fewer dimensions, or all features are the same.
    """
    images, dimensions = features.shape
    found = np.zeros((images, 2))
    if not features.size:
        return found
    moved = features - features.mean(axis=0, dtype=np.float64)
    size = float(np.abs(moved).max())
    if size < np.finfo(np.float32).tiny:
        return found
    scaled = (moved / size).astype(np.float32)
    width = min(_VECTORS, dimensions, images)
    # The same ones every time.
    basis = np.random.default_rng(0).standard_normal((dimensions, width)).astype(np.float32)
    for _ in range(_TURNS):
        basis = np.linalg.qr(basis)[0]
        basis = scaled.T @ (scaled @ basis)
    basis = np.linalg.qr(basis)[0]
    within = (scaled @ basis).astype(np.float64)
    _, axes = np.linalg.eigh(within.T @ within)
    axes = basis @ axes[:, ::-1][:, :2]
    # An axis has no direction of its own.
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1, 1)
    components = scaled @ axes
    components -= components.mean(axis=0)
    deviation = float(components[:, 0].std())
    if deviation > 0:
        found[:, : components.shape[1]] = components / deviation
    return found
