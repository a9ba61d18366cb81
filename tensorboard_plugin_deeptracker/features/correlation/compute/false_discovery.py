"""What is left of p-values once it counts how many were looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def false_discovery_rates(p: NDArray[np.floating]) -> NDArray[np.float64]:
    """The q-value of each p-value (Benjamini and Hochberg, 1995).

    Of those whose q is at most 0.05, at most a twentieth are expected to be chance. That holds
    for tests that have nothing to do with each other, and for those that go together (Benjamini
    and Yekutieli, 2001), as those of layers and classes that share iterations do.

    Args:
        p: p-values of all that was tested, of any shape.

    Returns:
        q: of the same shape: the least rate of false discoveries at which it is one.
    """
    flat = np.asarray(p, np.float64).reshape(-1)
    order = np.argsort(flat)
    scaled = flat[order] * (len(flat) / np.arange(1, len(flat) + 1))
    q = np.empty_like(flat)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    answer: NDArray[np.float64] = np.minimum(q, 1).reshape(np.shape(p))
    return answer
