"""Which anomalies are worth looking at first: the window and score that a run's data suggest.

Two conditions: what is shown is beyond chance, and few enough to be looked at. Both rules and
the score only ever take anomalies away as they grow, so they are made stricter together, a step
at a time, until both conditions hold.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .anomalies import Flips, find_anomalies
from .chance import expected_anomalies

# Iterations with anomalies that a person can look at.
_MOST_ITERATIONS = 20
# The share of validations with anomalies beyond which these are the rule, not the exception.
_MOST_OF_ALL = 10
# Fewer than one anomaly by chance, and at most one in so many of those that are shown.
_BEYOND_CHANCE = 100
_MAX_WINDOW = 30
# A score of 5 % is as much as a window of one validation.
_LEVELS = 20


@dataclass(frozen=True)
class SuggestedRules:
    """The window and score of anomalies, and what they leave.

    Attributes:
        window: Length of the stable run, in validations.
        min_score: Smallest fraction of a class's images.
        anomalies: How many there are then.
        iterations: At how many validations.
        chance: How many anomalies chance alone is expected to make.
    """

    window: int
    min_score: float
    anomalies: int
    iterations: int
    chance: float


def ladder(validations: int) -> list[tuple[int, float]]:
    """Windows and scores, each at least as strict as the one before; the last leaves nothing.

    Args:
        validations: Length of the run, a tenth of which is the longest window as long as the
            score can still grow.
    """
    longest = max(1, min(_LEVELS, validations // 10))
    steps: list[tuple[int, float]] = []
    for level in range(1, _LEVELS + 1):
        windows = dict.fromkeys(min(each, longest) for each in (max(1, level - 1), level))
        steps.extend((window, level / _LEVELS) for window in windows)
    steps.extend((window, 1.0) for window in range(longest + 1, _MAX_WINDOW + 1))
    # Of a class of one image, all flip at once whenever it does.
    return [*steps, (validations, 1.0)] if validations > _MAX_WINDOW else steps


def suggest_rules(
    flips: Flips, images: NDArray[np.integer], evaluated: NDArray[np.integer]
) -> SuggestedRules:
    """The least strict step of the ladder whose anomalies are beyond chance and few.

    If those that are few enough are none, the step before is taken, should that be beyond
    chance; if chance explains all anomalies, the first step that leaves none.

    Args:
        flips: All flips.
        images: int[classes]: number of images of each class.
        evaluated: int[validations, classes]: how many of them were evaluated.
    """
    steps = ladder(flips.validations)
    most = max(1, min(_MOST_ITERATIONS, flips.validations // _MOST_OF_ALL))

    @cache
    def left_by(i: int) -> tuple[int, int]:
        found = find_anomalies(flips, images, *steps[i])
        return len(found.at), len(np.unique(found.at))

    @cache
    def at(i: int) -> SuggestedRules:
        chance = expected_anomalies(flips, images, evaluated, *steps[i])
        return SuggestedRules(*steps[i], *left_by(i), chance)

    first = bisect_left(range(len(steps) - 1), True, key=lambda i: left_by(i)[1] <= most)
    for i in range(first, len(steps)):
        if left_by(i)[0] == 0:
            if i == first and i > 0 and _is_beyond_chance(at(i - 1)):
                return at(i - 1)
            return at(i)
        if _is_beyond_chance(at(i)):
            return at(i)
    return at(len(steps) - 1)


def _is_beyond_chance(rules: SuggestedRules) -> bool:
    return rules.anomalies > 0 and rules.chance < min(1, rules.anomalies / _BEYOND_CHANCE)
