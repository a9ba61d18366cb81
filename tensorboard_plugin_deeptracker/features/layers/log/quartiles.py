"""The quartiles of a list of values, without sorting it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import kernels

QUARTILES = (0.25, 0.5, 0.75)

# A list this short is sorted.
_SHORT = 2048
# Every which value is looked at for a first guess, and how many buckets the values are put in.
_STRIDE = 64
_BUCKETS = 1024


def quartiles(values: NDArray[np.floating]) -> list[float]:
    """The quartiles of values that are numbers, linearly interpolated between neighbours.

    Args:
        values: Of any length but 0; infinities are allowed.
    """
    ranks = [quartile * (len(values) - 1) for quartile in QUARTILES]
    wanted = sorted({int(rank) + up for rank in ranks for up in (0, 1)} - {len(values)})
    at = dict(zip(wanted, _order_statistics(values, wanted), strict=True))
    answer = []
    for rank in ranks:
        below, share = divmod(rank, 1)
        low, high = at[int(below)], at[min(int(below) + 1, len(values) - 1)]
        answer.append(low if low == high or not share else low + share * (high - low))
    return answer


def _order_statistics(values: NDArray[np.floating], ranks: list[int]) -> list[float]:
    """The values at the given ranks.

    Values are put in buckets, in an order-preserving way, and only the few buckets in
    which a rank falls are sorted.
    """
    if len(values) <= _SHORT:
        return [float(value) for value in np.sort(values)[ranks]]
    with np.errstate(all="ignore"):
        guess = np.sort(values[::_STRIDE])
        low, high = guess[len(guess) // 5], guess[-(len(guess) // 5) - 1]
        scale = _BUCKETS / (high - low)
        if not 0 < scale < np.inf:
            return [float(value) for value in np.partition(values, ranks)[ranks]]
        buckets, counts = _in_buckets(values, low, scale)
    ends = np.cumsum(counts)
    ordered: dict[int, NDArray[np.floating]] = {}
    answer = []
    for rank in ranks:
        bucket = int(np.searchsorted(ends, rank, side="right"))
        if bucket not in ordered:
            ordered[bucket] = np.sort(values[buckets == bucket])
        answer.append(float(ordered[bucket][rank - ends[bucket]]))
    return answer


def _in_buckets(
    values: NDArray[np.floating], low: np.floating, scale: np.floating
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """The bucket of each value, and how many are in each."""
    if (compiled := kernels()) and values.dtype == np.float32 and values.flags.c_contiguous:
        buckets = np.empty(len(values), np.uint16)
        counts = np.zeros((4, _BUCKETS), np.int32)
        compiled.count_buckets(values, low, scale, buckets, counts)
        return buckets, counts.sum(axis=0)
    places = ((values - low) * scale).clip(0, _BUCKETS - 1).astype(np.int32)
    return places, np.bincount(places, minlength=_BUCKETS)
