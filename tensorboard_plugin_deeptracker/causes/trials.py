"""Groups of filters against as many drawn from the same layers: does it matter which they are?

Draws go on until chance is known well enough (Besag and Clifford, 1991): where ten draws did as
much as the group, no more are needed to say that it is chance; where fewer did, more are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .patching import Group

Ints = NDArray[np.int64]
# Counts of each of some groups, by kind of image: int64[groups, cells].
Count = Callable[[Sequence[Group]], Ints]

# Draws with at least as much as the group, after which no more are needed.
ENOUGH = 10


@dataclass(frozen=True)
class Draws:
    """How many groups are drawn by chance.

    Attributes:
        least: For each group at least.
        most: And at most, where chance does little.
        seed: Makes the same ones every time.
    """

    least: int = 20
    most: int = 200
    seed: int = 0


@dataclass(frozen=True)
class Trial:
    """What a group of filters does, and as many others.

    Attributes:
        group: The filters.
        counts: int64[cells]: how many images of each kind it has done something to.
        chance: int64[draws, cells]: the same of groups drawn; none of a group that is all of its
            layers, or that does nothing.
    """

    group: Group
    counts: Ints
    chance: Ints


def trials(
    groups: Sequence[Group],
    sizes: Mapping[str, int],
    count: Count,
    draws: Draws,
) -> list[Trial]:
    """Tries groups, and others drawn in their place.

    Args:
        groups: Filters.
        sizes: How many filters each layer has.
        count: Counts what groups do.
        draws: How many are drawn.
    """
    random = np.random.default_rng(draws.seed)
    own = count(groups)
    chance = [each[:0] for each in own[:, None]]
    # Of whole layers there is no other draw.
    waiting = [i for i, group in enumerate(groups) if not _is_whole(group, sizes) and own[i].any()]
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
        waiting = [i for i in waiting if _more(own[i], chance[i], draws.most)]
        # As many again: where little is chance, it takes many to say how little.
        numbers = [min(len(chance[i]), draws.most - len(chance[i])) for i in waiting]
    return [Trial(*each) for each in zip(groups, own, chance, strict=True)]


def drawn(group: Group, sizes: Mapping[str, int], random: np.random.Generator) -> Group:
    """As many filters of the same layers, each as likely as any other."""
    return {
        name: np.sort(random.choice(sizes[name], len(filters), replace=False))
        for name, filters in group.items()
    }


def _is_whole(group: Group, sizes: Mapping[str, int]) -> bool:
    return all(len(filters) == sizes[name] for name, filters in group.items())


def _more(own: Ints, chance: Ints, at_most: int) -> bool:
    """Whether more draws would say more of any kind of image that the group does something to."""
    if len(chance) >= at_most:
        return False
    as_much = (chance >= own).sum(axis=0)
    return bool((as_much[own > 0] < ENOUGH).any())
