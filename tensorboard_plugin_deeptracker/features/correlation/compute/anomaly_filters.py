"""The filters that moved most just before an anomaly (paper, section 7.3)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# The share of a run's filters that are worth a look at once, and how many at least and at most.
_SHARE = 0.015
_FEWEST, _MOST = 5, 100


def dumps_of_validations(
    dump_steps: NDArray[np.int64], validation_steps: NDArray[np.int64]
) -> list[slice]:
    """The dumps that belong to each validation: those after the one before, up to itself.

    Args:
        dump_steps: int64[dumps], ascending.
        validation_steps: int64[validations], ascending.

    Returns:
        Slices of the sequence of dumps, which may be empty. Dumps up to the first
        validation belong to it.
    """
    ends = np.searchsorted(dump_steps, validation_steps, side="right").tolist()
    return [slice(first, last) for first, last in pairwise([0, *ends])]


def moved(change: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which filters can be anomaly filters: those that changed, by a finite amount."""
    return np.isfinite(change) & (change > 0)


def suggested_top_k(filters: int) -> int:
    """How many anomaly filters an iteration should have, of a model with so many filters.

    With more of few filters, those of all iterations are the same, and tell nothing.
    """
    return min(_MOST, max(_FEWEST, round(_SHARE * filters)))
