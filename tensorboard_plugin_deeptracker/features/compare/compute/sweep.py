"""Which hyperparameter moves which class: by permutation, corrected for all that are tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ....index.hparams import Value
from ...correlation.compute import false_discovery_rates

# So many orders are drawn, or all of them looked at if there are not more.
DRAWN = 9_999
_ALL = 5_040
_SEED = 0
# Fewer runs could never be told from chance.
_LEAST_RUNS = 4


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter in which the runs differ.

    Attributes:
        name: What it is called.
        values: Of each run; None where it has none.
        numeric: Whether all are numbers, so that more and less mean something.
    """

    name: str
    values: tuple[Value | None, ...]
    numeric: bool


@dataclass(frozen=True)
class Moves:
    """What the hyperparameters have to do with the error rates of all images and of each class.

    Attributes:
        effect: Of a number Spearman's rank correlation with the error rate; of another value the
            share of the variance of the error rates' ranks that it explains:
            float64[parameters, 1 + classes], NaN where nothing varies.
        p: Chance of such an effect or a larger one if the values had nothing to do with it:
            float64[parameters, 1 + classes].
        q: The same, corrected for all classes and parameters; that of all images together for all
            parameters: float64[parameters, 1 + classes].
    """

    effect: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]


def varying(known: Sequence[Mapping[str, Value]]) -> list[Parameter]:
    """The hyperparameters in which runs differ, in alphabetical order.

    Args:
        known: Those of each run.
    """
    found = []
    for name in sorted({name for own in known for name in own}):
        values = tuple(own.get(name) for own in known)
        if len({(type(value), value) for value in values}) > 1:
            numeric = all(isinstance(v, float) and np.isfinite(v) for v in values)
            found.append(Parameter(name, values, numeric))
    return found


def moves(parameters: Sequence[Parameter], errors: NDArray[np.floating]) -> Moves:
    """Tests every hyperparameter against the error rate of all images and of every class.

    Args:
        parameters: Those that vary.
        errors: float[runs, 1 + classes]: of all images, then of each class; NaN where not known.
    """
    shape = len(parameters), errors.shape[1]
    effect, p = np.full(shape, np.nan), np.full(shape, np.nan)
    if len(errors) >= _LEAST_RUNS:
        ranks = _standard(_ranks(np.asarray(errors, np.float64)))
        orders = _orders(len(errors))
        for i, parameter in enumerate(parameters):
            effect[i], p[i] = _tested(parameter, ranks, orders)
    q = np.concatenate([_corrected(p[:, :1]), _corrected(p[:, 1:])], axis=1)
    return Moves(effect, p, q)


def _tested(
    parameter: Parameter, ranks: NDArray[np.float64], orders: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if parameter.numeric:
        own = _standard(_ranks(np.array(parameter.values, np.float64)[:, np.newaxis]))[:, 0]
        seen = own @ ranks
        drawn = np.abs(own[orders] @ ranks)
        effect, size = seen, np.abs(seen)
    else:
        # Sums of the groups' ranks, squared over their sizes: the variance between them.
        _, group = np.unique([repr(value) for value in parameter.values], return_inverse=True)
        sizes = np.bincount(group)
        drawn = np.zeros((len(orders), ranks.shape[1]))
        size = np.zeros(ranks.shape[1])
        for each, count in enumerate(sizes):
            member = (group == each).astype(np.float64)
            size += (member @ ranks) ** 2 / count
            drawn += (member[orders] @ ranks) ** 2 / count
        effect = size
    reached = (drawn >= size - 1e-9).sum(axis=0)
    every = len(orders) == factorial(len(ranks))
    p = reached / len(orders) if every else (1 + reached) / (1 + len(orders))
    return effect, np.where(np.isfinite(effect), p, np.nan)


def _orders(runs: int) -> NDArray[np.intp]:
    """All orders of the runs, or some of very many: int[orders, runs]."""
    if factorial(runs) <= _ALL:
        return np.array(list(permutations(range(runs))), np.intp)
    rng = np.random.default_rng(_SEED)
    drawn: NDArray[np.intp] = rng.permuted(np.tile(np.arange(runs), (DRAWN, 1)), axis=1)
    return drawn


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks down each column, equal values sharing their mean; NaN columns stay so."""
    below = (values[:, np.newaxis] > values).sum(axis=1)
    same = (values[:, np.newaxis] == values).sum(axis=1)
    ranks: NDArray[np.float64] = below + (same - 1) / 2
    ranks[:, np.isnan(values).any(axis=0)] = np.nan
    return ranks


def _standard(ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """With mean 0 and length 1; NaN where all are alike."""
    away = ranks - ranks.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray[np.float64] = away / np.sqrt((away**2).sum(axis=0))
    return found


def _corrected(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of those that could be tested."""
    q = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    q[tested] = false_discovery_rates(p[tested])
    return q
