"""What can be said of a rate or a difference by so many images: no resampling, no seed.

Intervals hold for any sample of the images that could as well have been drawn; they say nothing
of other trainings, which only other runs tell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.integer]
# Of a normal distribution, 95 % lie within so many standard deviations.
_Z = 1.959963984540054


def rate_interval(count: ArrayLike, total: ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's score interval of a rate, 95 %; NaN without images.

    Unlike a bootstrap, it has a width where the rate is 0 or 1.

    Args:
        count: Images of which something holds.
        total: All images.
    """
    n = np.asarray(total, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.asarray(count, np.float64) / n
        center = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * np.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    # Rounding does not keep out what was seen.
    return np.minimum(np.maximum(center - half, 0), p), np.maximum(np.minimum(center + half, 1), p)


def difference_interval(lost: ArrayLike, won: ArrayLike, total: ArrayLike) -> tuple[Floats, Floats]:
    """Bonett and Price's interval of (lost - won) / total, 95 %; NaN without images.

    Args:
        lost: Images that only the first run has right.
        won: Images that only the second has right.
        total: All images.
    """
    n = np.asarray(total, np.float64)
    down, up = (np.asarray(lost) + 1) / (n + 2), (np.asarray(won) + 1) / (n + 2)
    center = down - up
    half = _Z * np.sqrt((down + up - center**2) / (n + 2))
    none = np.where(n > 0, 0.0, np.nan)
    return np.maximum(center - half, -1) + none, np.minimum(center + half, 1) + none


def mcnemar(lost: Counts, won: Counts) -> Floats:
    """McNemar's exact test, of two sides: whether losing and winning are equally probable.

    Args:
        lost: int[cases].
        won: int[cases].

    Returns:
        p: float64[cases]; 1 where nothing changed.
    """
    changed, fewer = np.asarray(lost) + won, np.minimum(lost, won)
    table = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, changed.max(initial=0) + 1)))])
    pairs, where = np.unique(np.stack([fewer, changed], axis=-1), axis=0, return_inverse=True)
    found = np.array([_tail(int(k), int(n), table) for k, n in pairs.reshape(-1, 2)])
    p: Floats = np.minimum(1, 2 * found)[where].reshape(np.shape(fewer))
    return p


def _tail(k: int, n: int, log_factorial: Floats) -> float:
    """The chance of at most k heads in n throws of a coin."""
    upto = np.arange(k + 1)
    logs = log_factorial[n] - log_factorial[upto] - log_factorial[n - upto] - n * np.log(2)
    return float(np.exp(logs).sum())
