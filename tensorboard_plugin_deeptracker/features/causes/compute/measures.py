"""How large an effect is, and whether chance does as much."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Of a normal distribution within which 95 % lie.
_NORMAL = 1.959963984540054


@dataclass(frozen=True)
class Measured:
    """How many of some images an experiment has changed.

    Attributes:
        images: How many there are.
        changed: How many of them changed.
        low: Of the interval of 95 % of their share.
        high: Of the interval.
        draws: How many groups of filters were drawn by chance.
        chance: How many images such a group changed, in the mean; NaN without draws.
        chance_sd: The standard deviation of that; NaN without two.
        p: How likely a group drawn by chance changes at least as many; NaN without draws.
    """

    images: int
    changed: int
    low: float
    high: float
    draws: int
    chance: float
    chance_sd: float
    p: float


def measure(images: int, changed: int, chance: NDArray[np.integer]) -> Measured:
    """Measures an effect.

    The group itself is one of those that could have been drawn, so p is
    (1 + draws with at least as many) / (1 + draws): never 0.

    Args:
        images: How many there are.
        changed: How many changed.
        chance: int[draws]: how many did with groups drawn.
    """
    low, high = interval(changed, images)
    count = len(chance)
    as_much = int((chance >= changed).sum())
    return Measured(
        images,
        changed,
        low,
        high,
        count,
        float(chance.mean()) if count else math.nan,
        float(chance.std(ddof=1)) if count > 1 else math.nan,
        (1 + as_much) / (1 + count) if count else math.nan,
    )


def corrected(changed: NDArray[np.integer], chance: NDArray[np.integer]) -> NDArray[np.float64]:
    """How likely it is by chance that any kind of images stands out as much as each does.

    In units of its standard deviation, the largest of all kinds is what chance is asked for
    (Westfall and Young, 1993), so that kinds that go together are not corrected for twice.

    Args:
        changed: int64[kinds]: how many images changed.
        chance: int64[draws, kinds]: how many did with groups drawn.

    Returns:
        float64[kinds]: p; NaN without draws.
    """
    if not len(chance):
        return np.full(len(changed), np.nan)
    counts = np.concatenate([changed[None], chance]).astype(np.float64)
    spread = counts.std(axis=0)
    units = (counts - counts.mean(axis=0)) / np.where(spread > 0, spread, 1)
    # What is equal must not differ by rounding.
    largest = units.max(axis=1)[:, None] + 1e-9
    answer: NDArray[np.float64] = (largest >= units[0]).mean(axis=0)
    return answer


def interval(part: int, whole: int) -> tuple[float, float]:
    """The interval of 95 % of a share (Wilson, 1927); all of [0, 1] if it is of nothing."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, _NORMAL**2 / whole
    middle = share + square / 2
    spread = _NORMAL * math.sqrt(share * (1 - share) / whole + square / (4 * whole))
    low, high = (middle - spread) / (1 + square), (middle + spread) / (1 + square)
    return (0.0 if not part else max(0.0, low)), (1.0 if part == whole else min(1.0, high))
