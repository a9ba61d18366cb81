"""Groups of filters against as many drawn from the same layers: does it matter which they are?

Draws go on until chance is known well enough (Besag and Clifford, 1991): where five draws did as
much as the group, no more are needed to say that it is chance; where fewer did, more are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..summary.options import check_number
from .patching import Group

Ints = NDArray[np.int64]
# Counts of each of some groups, by kind of image: int64[groups, cells].
Count = Callable[[Sequence[Group]], Ints]

# Groups are drawn, at least.
LEAST = 20
# Draws with at least as much as the group, after which no more are needed.
ENOUGH = 5
# A smaller effect on a kind of images is not worth more draws, real or not.
_SOME, _SHARE = 5, 0.2


@dataclass(frozen=True)
class Draws:
    """How many groups are drawn by chance.

    Attributes:
        least: For each group at least.
        most: And at most, where chance does little.
        seed: Makes the same ones every time.
    """

    least: int = LEAST
    most: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks what was given.

        Raises:
            ValueError: It is not what it must be.
        """
        check_number(self.least, "least")
        check_number(self.most, "most", self.least)


def check_draws(draws: Any) -> None:
    """Refuses what does not say how many groups are drawn.

    Raises:
        ValueError: It does not.
    """
    if not isinstance(draws, Draws):
        raise ValueError(f"draws must be Draws(least, most), as Draws(20, 200), got {draws!r:.200}")


def trials(
    groups: Sequence[Group],
    own: Ints,
    images: Ints,
    sizes: Mapping[str, int],
    count: Count,
    draws: Draws,
    is_late: Callable[[], bool] = lambda: False,
) -> list[Ints]:
    """What others do that are drawn in the place of groups.

    Args:
        groups: Filters.
        own: int64[groups, cells]: to how many images of each kind they do something.
        images: int64[cells]: how many there are.
        sizes: How many filters each layer has.
        count: Counts what groups do.
        draws: How many are drawn.
        is_late: Whether those that are drawn already, at least as many as have to be, must do.

    Returns:
        Of each group int64[draws, cells]: how many images of each kind those drawn have done
        something to; none of a group that does nothing, or of which there are hardly any others,
        as of whole layers.
    """
    random = np.random.default_rng(draws.seed)
    chance = [each[:0] for each in own[:, None]]
    waiting = [
        i
        for i, group in enumerate(groups)
        if has_others(group, sizes, draws.least) and own[i].any()
    ]
    numbers = [draws.least] * len(waiting)
    while waiting:
        further = [
            drawn(groups[i], sizes, random)
            for i, number in zip(waiting, numbers, strict=True)
            for _ in range(number)
        ]
        parts = np.split(count(further), np.cumsum(numbers)[:-1])
        for i, part in zip(waiting, parts, strict=True):
            chance[i] = np.concatenate([chance[i], part])
        waiting = [i for i in waiting if _more(own[i], images, chance[i], draws.most)]
        if is_late():
            break
        # As many again: where little is chance, it takes many to say how little.
        numbers = [min(len(chance[i]), draws.most - len(chance[i])) for i in waiting]
    return chance


def drawn(group: Group, sizes: Mapping[str, int], random: np.random.Generator) -> Group:
    """As many filters of the same layers, each as likely as any other."""
    return {
        name: np.sort(random.choice(sizes[name], len(filters), replace=False))
        for name, filters in group.items()
    }


def has_others(group: Group, sizes: Mapping[str, int], least: int) -> bool:
    """Whether there are more than so many groups of as many filters of the same layers."""
    return prod(comb(sizes[name], len(filters)) for name, filters in group.items()) > least


def _more(own: Ints, images: Ints, chance: Ints, at_most: int) -> bool:
    """Whether more draws would say more of what is more than a small effect."""
    if len(chance) >= at_most:
        return False
    # All images together are one kind more.
    own, images = np.append(own, own.sum()), np.append(images, images.sum())
    chance = np.column_stack([chance, chance.sum(axis=1)])
    large = (own >= _SOME) & (own >= _SHARE * images)
    return bool(((chance >= own).sum(axis=0)[large] < ENOUGH).any())
