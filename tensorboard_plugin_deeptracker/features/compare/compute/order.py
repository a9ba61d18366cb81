"""Runs in an order in which those that are alike stand side by side, and those like no other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Beyond so many scaled deviations from the median (Iglewicz and Hoaglin, 1993).
_FAR = 3.5
# What the median absolute deviation of a normal distribution is to be multiplied with.
_SCALE = 1.4826
# Fewer say nothing of what is usual.
_LEAST_RUNS = 4


def order(distances: NDArray[np.floating]) -> list[int]:
    """A short way through all runs, which puts those side by side that are alike.

    The shortest of the ways from each run to the nearest one that is left, made shorter by
    reversing parts and moving single runs as long as that helps. It begins with the end nearer to
    the first run in the list, so that it does not turn about.

    Args:
        distances: float[runs, runs], symmetric; NaN is far.
    """
    d = np.where(np.isnan(distances), np.inf, distances).astype(np.float64)
    d[np.isinf(d)] = 2 * (d[np.isfinite(d)].max(initial=0) + 1)
    ways = [_improved(_nearest(d, start), d) for start in range(len(d))]
    best = min(ways, key=lambda way: (round(_length(way, d), 12), way))
    return best if best.index(0) <= len(best) // 2 else best[::-1]


def _length(way: Sequence[int], d: NDArray[np.float64]) -> float:
    return float(d[way[:-1], way[1:]].sum())


def _nearest(d: NDArray[np.float64], start: int) -> list[int]:
    way, left = [start], [i for i in range(len(d)) if i != start]
    while left:
        near = min(left, key=lambda i: d[way[-1], i])
        way.append(near)
        left.remove(near)
    return way


def _improved(way: list[int], d: NDArray[np.float64]) -> list[int]:
    """Reverses stretches as long as one gets the way shorter; each time the one that does most."""
    n = len(way)
    while n > 2:
        w = np.array(way)
        step = d[w[:-1], w[1:]]
        before, after = np.concatenate([[0.0], step]), np.concatenate([step, [0.0]])
        # Of reversing [i, j]: what leads in and out now, less what would then.
        new_in = np.zeros((n, n))
        new_in[1:] = d[np.ix_(w[:-1], w)]
        new_out = np.zeros((n, n))
        new_out[:, :-1] = d[np.ix_(w, w[1:])]
        gain = np.triu(before[:, np.newaxis] + after - new_in - new_out, 1)
        i, j = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[i, j] <= 1e-12:
            break
        way = [*way[:i], *way[i : j + 1][::-1], *way[j + 1 :]]
    return way


def unusual(distances: NDArray[np.floating], images: int) -> NDArray[np.float64]:
    """How much farther each run is from the others than is usual among them.

    Args:
        distances: Shares of images: float[runs, runs].
        images: Of how many.

    Returns:
        In scaled deviations from the median, float64[runs]: NaN of fewer than four runs. An
        outlier has more than `_FAR`.
    """
    n = len(distances)
    if n < _LEAST_RUNS:
        return np.full(n, np.nan)
    others = np.where(np.eye(n, dtype=bool), np.nan, distances)
    far = np.nanmedian(others, axis=1)
    middle = np.nanmedian(far)
    spread = _SCALE * np.nanmedian(np.abs(far - middle))
    # What so many images would tell if chance alone decided of each.
    least = np.sqrt(max(middle * (1 - middle), 1 / max(images, 1)) / max(images, 1))
    found: NDArray[np.float64] = (far - middle) / max(spread, least)
    return found


def outliers(score: NDArray[np.floating]) -> list[int]:
    """Runs that are like none of the others."""
    return [int(i) for i in np.flatnonzero(score > _FAR)]
