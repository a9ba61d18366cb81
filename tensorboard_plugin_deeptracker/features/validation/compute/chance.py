"""How many anomalies chance alone would make.

Chance keeps each image's own flips and moves them in time, each image on its own, by up to a
tenth of the run: how often images flip, and when about, stays as it is, that they flip together
does not. Nothing has to be drawn for that: how probable it is that an image is marked at a
validation then, is how often it is marked nearby. So the number of a class's images that are
marked at one validation is binomial, and the number of anomalies to expect a sum of its tails.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .anomalies import Flips

# Classes times validations that are looked at together.
_CELLS = 1 << 20
# Cells less probable than this do not show in the sum.
_NEVER = 1e-12


def reach(validations: int) -> int:
    """By how many validations chance moves flips at most."""
    return max(1, validations // 10)


def expected_anomalies(
    flips: Flips,
    images: NDArray[np.integer],
    evaluated: NDArray[np.integer],
    window: int,
    min_score: float,
    cells_at_once: int = _CELLS,
) -> float:
    """The number of anomalies that chance alone is expected to make.

    Of images that flip with different rates, fewer reach an anomaly together than of as many
    with the same one (Hoeffding, 1956): this is never too little for anomalies that are rare.

    Args:
        flips: All flips.
        images: int[classes]: number of images of each class.
        evaluated: int[validations, classes]: how many of them were evaluated.
        window: Length of the stable run, at least 1.
        min_score: Smallest fraction of a class's images.
        cells_at_once: Classes times validations that are looked at together.
    """
    n, near = flips.validations, reach(flips.validations)
    least = least_counts(images, min_score)[:, np.newaxis]
    each = max(near, cells_at_once // max(1, flips.classes))
    total = 0.0
    for first in range(0, n, each):
        last = min(first + each, n)
        begin, end = max(0, first - near), min(last + near, n)
        marks = flips.counts(window, begin, end)
        at = np.arange(begin, end)
        for rule, possible in enumerate((at >= window, (at >= 1) & (at <= n - window))):
            can_flip = _can_flip(evaluated, begin, end) * possible
            here = slice(first - begin, last - begin)
            chances = _nearby(can_flip, near)[:, here]
            with np.errstate(invalid="ignore"):
                rate = np.nan_to_num(_nearby(marks[rule], near)[:, here] / chances)
            total += _tails(can_flip[:, here], np.broadcast_to(least, rate.shape), rate)
    return total


def least_counts(images: NDArray[np.integer], min_score: float) -> NDArray[np.int64]:
    """The fewest images of each class that make an anomaly: int64[classes]."""
    sizes = np.maximum(images, 1).astype(np.int64)
    counts = np.ceil(min_score * sizes).astype(np.int64)
    # Rounding may be one off: what counts is the fraction, as for anomalies themselves.
    counts -= (counts - 1) / sizes >= min_score
    counts += counts / sizes < min_score
    answer: NDArray[np.int64] = np.maximum(counts, 1)
    return answer


def _can_flip(evaluated: NDArray[np.integer], begin: int, end: int) -> NDArray[np.int64]:
    """Images evaluated at a validation and the one before: int64[classes, end - begin]."""
    counts = np.zeros((evaluated.shape[1], end - begin), np.int64)
    own = slice(max(1, begin), end)
    before = slice(own.start - 1, end - 1)
    counts[:, own.start - begin :] = np.minimum(evaluated[own], evaluated[before]).T
    return counts


def _nearby(values: NDArray[np.int64], near: int) -> NDArray[np.int64]:
    """Sums over the validations at most `near` away: int64[classes, validations]."""
    n = values.shape[1]
    sums = np.zeros((len(values), n + 1), np.int64)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    at = np.arange(n)
    answer: NDArray[np.int64] = (
        sums[:, np.minimum(at + near + 1, n)] - sums[:, np.maximum(at - near, 0)]
    )
    return answer


def _tails(trials: NDArray[np.int64], least: NDArray[np.int64], rate: NDArray[np.float64]) -> float:
    """The sum of the probabilities of at least so many successes, over all cells."""
    possible = (trials >= least) & (rate > 0)
    n, k = trials[possible], least[possible]
    p = np.minimum(rate[possible], 1 - 1e-12)
    if not len(n):
        return 0.0
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n.max() + 1)))])
    odds = p / (1 - p)
    log_term = log_factorial[n] - log_factorial[k] - log_factorial[n - k]
    log_term += k * np.log(p) + (n - k) * np.log1p(-p)
    # Below the mean, the terms grow at first.
    counts = (log_term > np.log(_NEVER)) | (k < n * p)
    n, k, odds, term = n[counts], k[counts], odds[counts], np.exp(log_term[counts])
    total = 0.0
    while len(term):
        total += float(term.sum())
        term = term * (odds * (n - k) / (k + 1))
        k = k + 1
        left = (k <= n) & ((term > _NEVER) | (k < n * odds / (1 + odds)))
        n, k, odds, term = n[left], k[left], odds[left], term[left]
    return total
