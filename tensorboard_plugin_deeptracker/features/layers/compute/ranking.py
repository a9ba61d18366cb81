"""The filters with the largest values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def top(values: NDArray[np.float32], eligible: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
    """The k largest values, largest first; ties go to the lower position.

    Args:
        values: float32[filters].
        eligible: bool[filters]: which may be chosen; values that are not finite never are.
        k: How many at most.

    Returns:
        int64[<= k]: positions.
    """
    candidates = np.flatnonzero(eligible & np.isfinite(values))
    found = values[candidates]
    if len(found) > k:
        threshold = np.partition(found, len(found) - k)[len(found) - k]
        above = found > threshold
        tied = np.flatnonzero(found == threshold)[: k - int(above.sum())]
        above[tied] = True
        candidates, found = candidates[above], found[above]
    return candidates[np.argsort(-found, kind="stable")]
