"""What the experiments at a moment may take, and which of them that is enough for.

Moments come one after the other, and nobody knows whether a larger one follows. So each gets a
part of what has been saved, and one that is larger than all before gets all of it; which
experiments these seconds are enough for is decided before they begin, from what evaluations have
taken so far.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from .trials import Draws

# What is tried on fewer images says too little.
LEAST_IMAGES = 100
# With fewer draws by chance, nothing is beyond it; where there is time, more are made.
LEAST_DRAWS = 40
# Layers of which the most moved filters are tried on their own.
LAYERS = 3
# What the first moment, or one as large as any before, gets of what has been saved; a smaller one
# gets as much less as fewer images have flipped.
_PART = 0.5
# Evaluations that say what one takes.
_LATELY = 40


@dataclass(frozen=True)
class Plan:
    """The experiments of a moment.

    Attributes:
        images: How many are evaluated at most, those that have flipped before all others.
        draws: How many groups are drawn by chance.
        whole: Whether each layer is tried as a whole.
        layers: Of how many layers the most moved filters are tried on their own.
        put_in: Whether the model as it was is tried too, with the filters as they are.
        evaluations: Of an image with a group, at most.
    """

    images: int
    draws: Draws
    whole: bool = False
    layers: int = 0
    put_in: bool = False
    evaluations: int = 0

    def groups(self, layers: int) -> int:
        """How many are tried, of a model of so many layers; not those that are drawn."""
        ways = 2 if self.put_in else 1
        return ways * (1 + self.layers) + self.whole * layers


def planned(evaluations: float, flips: int, images: int, layers: int, draws: Draws) -> Plan | None:
    """The most that can be tried.

    Args:
        evaluations: Of an image, for which there is time.
        flips: How many images have flipped.
        images: How many there are to evaluate at most.
        layers: How many layers the model has.
        draws: How many groups are drawn by chance.

    Returns:
        The plan; None if there is not even time for the least.
    """
    return next(
        (each for each in plans(flips, images, layers, draws) if each.evaluations <= evaluations),
        None,
    )


def plans(flips: int, images: int, layers: int, draws: Draws) -> Iterator[Plan]:
    """All plans, from the one that takes most to the one that takes least; see `planned`.

    They differ by a lot, so that it is seldom chance which of them there is time for.
    """
    least = Plan(images, draws)
    whole = replace(least, whole=True)
    alone = replace(whole, layers=LAYERS)
    for plan in (replace(alone, put_in=True), alone, whole, least):
        count = images
        while True:
            # Groups are tried on all images, what is drawn in their place on those that flipped.
            drawn = (2 if plan.put_in else 1) * (1 + plan.layers) * draws.most
            taken = plan.groups(layers) * count + drawn * min(flips, count)
            yield replace(plan, images=count, evaluations=taken)
            if count <= LEAST_IMAGES:
                break
            count = max(LEAST_IMAGES, count // 2)
        if plan in (whole, least):
            few = max(draws.least, min(draws.most, LEAST_DRAWS))
            taken = plan.groups(layers) * count + few * min(flips, count)
            yield replace(plan, images=count, draws=replace(draws, most=few), evaluations=taken)


class Budget:
    """Seconds that are saved while a model is trained, and spent at moments.

    Args:
        share: Of the training's own time; None: each moment gets `at_most`, whatever the time.
        at_most: Evaluations of an image that a moment takes at most.
    """

    def __init__(self, share: float | None, at_most: int) -> None:
        self._share = share
        self._at_most = at_most
        self._began: float | None = None
        self._spent = 0.0
        self._largest = 0
        # Seconds of an image, of the last evaluations.
        self._plain: deque[float] = deque(maxlen=_LATELY)
        self._evaluations = 0
        # What experiments have taken, and would have by evaluations of the plain model.
        self._taken, self._reckoned = 0.0, 0.0

    def evaluated(self, now: float, images: int, seconds: float) -> None:
        """An evaluation of the model has taken so long, until now."""
        if self._began is None:
            self._began = now - seconds
        if self._evaluations == 1:
            # The first one takes longer than all that follow.
            self._plain.clear()
        self._evaluations += 1
        self._plain.append(seconds / max(1, images))

    def allowed(self, now: float, flips: int) -> float:
        """Seconds that a moment gets, at which so many images have flipped."""
        if self._share is None:
            return self._at_most * self.seconds_each
        assert self._began is not None
        is_largest = 0 < self._largest < flips
        self._largest = max(self._largest, flips)
        saved = self._share * (now - self._began - self._spent) - self._spent
        part = 1.0 if is_largest else _PART * flips / max(1, self._largest)
        return max(0.0, min(self._at_most * self.seconds_each, part * saved))

    def evaluations(self, allowed: float) -> float:
        """Of an image with a change of the model, for which so many seconds are enough."""
        # What is the same each time does not depend on a clock.
        return self._at_most if self._share is None else allowed / self.seconds_each

    @property
    def seconds_each(self) -> float:
        """What an evaluation of an image with a change of the model takes."""
        plain = median(self._plain)
        more = self._taken / self._reckoned if self._reckoned else 1.0
        return max(1e-9, plain * more)

    def took(self, seconds: float, evaluations: int) -> None:
        """Experiments with so many evaluations of an image have taken so long."""
        self._reckoned += evaluations * median(self._plain)
        self._taken += seconds

    def spend(self, seconds: float) -> None:
        """So much has been spent on all of it."""
        self._spent += seconds
