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

from .anomalies import Flips, least_counts

# Classes times validations that are looked at together.
_CELLS = 1 << 17
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
    at = np.arange(n)
    possible = at >= window, (at >= 1) & (at <= n - window)
    total = 0.0
    for classes, marks in flips.parts(window, cells_at_once):
        both = _can_flip(evaluated[:, classes])
        for own, allowed in zip(marks, possible, strict=True):
            can_flip = both * allowed
            total += _tails(can_flip, least[classes], _nearby(own, near), _nearby(can_flip, near))
    return total


def _can_flip(evaluated: NDArray[np.integer]) -> NDArray[np.int64]:
    """Images evaluated at a validation and the one before: int64[classes, validations]."""
    counts = np.zeros(evaluated.shape[::-1], np.int64)
    counts[:, 1:] = np.minimum(evaluated[1:], evaluated[:-1]).T
    return counts


def _nearby(values: NDArray[np.integer], near: int) -> NDArray[np.int64]:
    """Sums over the validations at most `near` away: int64[classes, validations]."""
    n = values.shape[1]
    sums = np.zeros((len(values), n + 1), np.int64)
    np.cumsum(values, axis=1, dtype=np.int64, out=sums[:, 1:])
    at = np.arange(n)
    answer: NDArray[np.int64] = (
        sums[:, np.minimum(at + near + 1, n)] - sums[:, np.maximum(at - near, 0)]
    )
    return answer


def _tails(
    trials: NDArray[np.int64],
    least: NDArray[np.int64],
    marks: NDArray[np.int64],
    chances: NDArray[np.int64],
) -> float:
    """The sum of the probabilities of at least so many successes, over all cells.

    Args:
        trials: int64[classes, validations].
        least: How many successes: int64[classes, 1].
        marks: How many there were nearby: int64[classes, validations].
        chances: Of how many trials.
    """
    shows = _may_show(trials, least, marks, chances)
    n, k = trials[shows], np.broadcast_to(least, trials.shape)[shows]
    if not len(n):
        return 0.0
    p = np.minimum(marks[shows] / chances[shows], 1 - 1e-12)
    log_factorial = _log_factorial(int(n.max()))
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


def _may_show(
    trials: NDArray[np.int64],
    least: NDArray[np.int64],
    marks: NDArray[np.int64],
    chances: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Cells that may be more probable than `_NEVER`, found quickly in single precision.

    See `_tails`, which looks at these exactly. There are millions of others.
    """
    most = int(trials.max(initial=0))
    log_factorial = _log_factorial(max(most, int(least.max(initial=0)))).astype(np.float32)
    n, k = trials.astype(np.float32), least.astype(np.float32)
    p = marks.astype(np.float32) / np.maximum(chances, 1).astype(np.float32)
    some = np.minimum(least, trials)
    log_term = log_factorial[trials] - log_factorial[some] - log_factorial[trials - some]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_term += k * np.log(p) + np.maximum(n - k, 0) * np.log(1 - p)
    # By as much sums of so many numbers are rounded, and more.
    slack = np.float32(1 + 1e-5 * most)
    likely = (log_term > np.float32(np.log(_NEVER)) - slack) | (k < np.float32(1.001) * n * p)
    likely |= p > np.float32(0.9)
    shows: NDArray[np.bool_] = likely & (trials >= least) & (marks > 0)
    return shows


def _log_factorial(most: int) -> NDArray[np.float64]:
    """Logarithms of the factorials of 0 to `most`."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
