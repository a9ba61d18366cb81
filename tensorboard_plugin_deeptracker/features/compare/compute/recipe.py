"""Runs of one recipe: the same network, and all hyperparameters, or the name, but for the seed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeAlias

from ....compute.errors import InvalidQuestionError
from ....index.hparams import Value
from ...layers.records import Model

Network: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]

_SEED = re.compile(r"(?:^|[^a-z])(?:random_?)?seed(?:$|[^a-z])", re.IGNORECASE)
# In a run's name: seed1, seed_1, seed=1, seed 1; a number alone may count anything.
_NAMED_SEED = re.compile(r"(?<![a-z])(?:random[-_ ]?)?seed[-_= ]?\d+(?!\d)", re.IGNORECASE)


def is_seed(name: str) -> bool:
    """Whether a hyperparameter only says which random numbers there were."""
    return bool(_SEED.search(name))


def recipes(
    known: Sequence[Mapping[str, Value]], networks: Sequence[Network | None]
) -> list[list[int]]:
    """Groups of two runs or more that differ in nothing but the seed.

    Args:
        known: The hyperparameters of each run; runs without any are in no group.
        networks: See `network_of`.
    """
    groups: dict[Hashable, dict[Hashable, int]] = {}
    for i, (own, network) in enumerate(zip(known, networks, strict=True)):
        if own:
            rest = frozenset((name, value) for name, value in own.items() if not is_seed(name))
            seed = frozenset((name, value) for name, value in own.items() if is_seed(name))
            # The same seed again tells nothing; where none was logged, each may be another.
            groups.setdefault((rest, network), {}).setdefault(seed or i, i)
    return _several(groups)


def recipes_of_names(
    names: Sequence[str],
    known: Sequence[Mapping[str, Value]],
    networks: Sequence[Network | None],
) -> list[list[int]]:
    """Groups of two runs or more whose names differ in nothing but a seed's number.

    Args:
        names: Of the runs.
        known: Their hyperparameters; these tell more than a name, so runs with any are in no group.
        networks: See `network_of`.
    """
    groups: dict[Hashable, dict[Hashable, int]] = {}
    for i, (name, own, network) in enumerate(zip(names, known, networks, strict=True)):
        rest, found = _NAMED_SEED.subn("seed", name)
        if found == 1 and not own:
            groups.setdefault((rest, network), {})[name] = i
    return _several(groups)


def _several(groups: Mapping[Hashable, Mapping[Hashable, int]]) -> list[list[int]]:
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def network_of(model: Model | None) -> Network | None:
    """The layers of a model, by which another architecture is told; None if it was not logged."""
    return tuple((layer.name, layer.weight_shape) for layer in model.layers) if model else None


def named(seeds: Sequence[str], runs: Sequence[str]) -> list[list[int]]:
    """The group of the runs of these names.

    Raises:
        InvalidQuestionError: One of them is none of the runs.
    """
    for name in seeds:
        if name not in runs:
            raise InvalidQuestionError(
                f"seeds={name[:100]!r}: must be some of the runs that are compared"
            )
    group = [i for i, name in enumerate(runs) if name in seeds]
    return [group] if len(group) > 1 else []
