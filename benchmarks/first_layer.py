"""The weights of the standing log's first layer: noise that becomes edges and blobs of colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Kernels:
    """Draws the filters of a first layer over the training.

    Args:
        shape: Of its weight: filters, channels, height, width.
        dead: Filters that stay as they were at first.
        dumps: Number of dumps of the training.
    """

    def __init__(self, shape: Sequence[int], dead: Sequence[int], dumps: int) -> None:
        rng = np.random.default_rng(5)
        self._dumps = dumps
        self._noise = _normalized(rng.normal(size=shape))
        self._learned = _normalized(_gabors(rng, *shape))
        self._learned[list(dead)] = self._noise[list(dead)]

    def at(self, t: int, sd: NDArray[np.float64]) -> NDArray[np.float32]:
        """The weights at dump t.

        Args:
            t: Position of the dump.
            sd: float64[filters], the standard deviations of the filters.

        Returns:
            float32 of the layer's shape.
        """
        learned = 1 - np.exp(-8 * t / self._dumps)
        weights = _normalized((1 - learned) * self._noise + learned * self._learned)
        return (weights * sd[:, None, None, None]).astype(np.float32)


def _gabors(
    rng: np.random.Generator, filters: int, channels: int, height: int, width: int
) -> NDArray[np.float64]:
    """Waves of any direction within a bell, most of them grey, some of one colour."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    angle, phase = rng.uniform(0, 2 * np.pi, (2, filters, 1, 1))
    frequency = rng.uniform(2, 6, (filters, 1, 1))
    wave = np.cos(frequency * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    bell = np.exp(-1.5 * (x**2 + y**2))
    tint = rng.normal(size=(filters, channels))
    tint[rng.random(filters) < 0.6] = 1
    answer: NDArray[np.float64] = (wave * bell)[:, None] * tint[:, :, None, None]
    return answer


def _normalized(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Filters with a mean of 0 and a standard deviation of 1."""
    axes = tuple(range(1, weights.ndim))
    centered = weights - weights.mean(axes, keepdims=True)
    answer: NDArray[np.float64] = centered / centered.std(axes, keepdims=True)
    return answer
