"""Rules about the loss and the learning rate that the run logged as scalars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...findings.compute import LOWER_RATE
from ...findings.compute import Remedy as Advice
from .judge import Floats, median, severity, stretches, z_of
from .of_images import NOT_FINITE
from .rates import Rates
from .sign import Kind, Sign

_SPIKE, _SPIKE_Z, _BEFORE = 2.0, 8.0, 5
_FALLEN, _FIRST, _LAST, _AFTER = 0.03, 3, 10, 35
_DROP, _GAIN, _DROP_FOR = 2.0, 0.01, 8


def _not_finite(rates: Rates, row: int) -> float:
    return 60.0 if np.isinf(rates.loss[row, 0]) else 0.0


def _spike(rates: Rates, row: int) -> float:
    loss = rates.loss[: row + 1]
    now = loss[row, 0]
    if row < _BEFORE or not now > 0 or np.isinf(now):
        return 0.0
    usual = float(median(loss[row - _BEFORE : row])[0])
    if not usual > 0:
        return 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        z = float(z_of(np.log(loss), row, 0.05)[0])
    return max(0.0, min(float(np.log(now / usual) / np.log(_SPIKE)), z / _SPIKE_Z))


def _stalled(rates: Rates, row: int) -> float:
    loss = rates.loss[: row + 1]
    if row + 1 < _AFTER:
        return 0.0
    first = float(median(loss[:_FIRST])[0])
    last = float(np.fmin.reduce(loss[row + 1 - _LAST :])[0])
    if not (first > 0 and np.isfinite(last)):
        return 0.0
    return _FALLEN / max(1 - last / first, _FALLEN / 4)


def _plateau(rates: Rates, row: int) -> float:
    at = row - _DROP_FOR
    if at < _BEFORE:
        return 0.0
    before, after = rates.rate[at - 1, 0], rates.rate[at, 0]
    if not (after > 0 and before >= _DROP * after):
        return 0.0
    usual = float(median(rates.loss[at - _BEFORE : at])[0])
    now = float(median(rates.loss[row + 1 - _BEFORE : row + 1])[0])
    if not usual > 0:
        return 0.0
    return _GAIN / max(1 - now / usual, _GAIN / 4)


SPIKE = Kind(
    "loss_spike",
    "scalars",
    "The loss jumps",
    f"The mean training loss since the dump before is at least {_SPIKE:g} times its median of the"
    f" {_BEFORE} dumps before, and its logarithm {_SPIKE_Z:g} robust standard deviations (at least"
    " 0.05) above what it was.",
    "a scalar of the training loss",
    "Chowdhery et al. 2022, section 5.1",
    Advice(
        "Go back to a checkpoint before it and leave out the batches around it; clip gradients.",
        "Chowdhery et al. 2022, PaLM",
        "https://arxiv.org/abs/2204.02311",
    ),
)
STALLED = Kind(
    "loss_not_falling",
    "scalars",
    "The loss does not fall",
    f"From the {_AFTER}th dump on: the lowest of the last {_LAST} mean training losses is less than"
    f" {_FALLEN:.0%} below the median of the first {_FIRST}.",
    "a scalar of the training loss",
    "SageMaker Debugger, LossNotDecreasing",
    Advice(
        "Train on a few images until they are known by heart; if that fails, look at labels,"
        " initialisation and learning rate.",
        "Karpathy 2019, A Recipe for Training Neural Networks",
        "https://karpathy.github.io/2019/04/25/recipe/",
    ),
)
PLATEAU = Kind(
    "plateau_after_rate_drop",
    "scalars",
    "A lower learning rate changes nothing",
    f"{_DROP_FOR} dumps after the learning rate fell to at most 1/{_DROP:g}, the training loss is"
    f" less than {_GAIN:.0%} below what it was. Only worth a look.",
    "scalars of the training loss and the learning rate",
    "He et al. 2016",
    LOWER_RATE,
)


@dataclass(frozen=True)
class _Rule:
    kind: Kind
    at: Callable[[Rates, int], float]
    says: Callable[[Rates, int, int], str]
    most: float = 1.0


def _says_not_finite(rates: Rates, first: int, last: int) -> str:
    del first, last
    return f"The scalar {rates.loss_tag} is infinite or not a number."


def _says_spike(rates: Rates, first: int, last: int) -> str:
    usual = float(median(rates.loss[first - _BEFORE : first])[0])
    most = float(np.fmax.reduce(rates.loss[first : last + 1])[0])
    return f"{rates.loss_tag} rises from {usual:.3g} to {most:.3g}."


def _says_stalled(rates: Rates, first: int, last: int) -> str:
    del first
    begin = float(median(rates.loss[:_FIRST])[0])
    return f"{rates.loss_tag} is {rates.loss[last, 0]:.3g}, and was {begin:.3g} at the beginning."


def _says_plateau(rates: Rates, first: int, last: int) -> str:
    del last
    at = first - _DROP_FOR
    return (
        f"{rates.rate_tag} fell from {rates.rate[at - 1, 0]:.2g} to {rates.rate[at, 0]:.2g};"
        f" {rates.loss_tag} is {rates.loss[first, 0]:.3g}, and was {rates.loss[at - 1, 0]:.3g}."
    )


_RULES = (
    _Rule(NOT_FINITE, _not_finite, _says_not_finite),
    _Rule(SPIKE, _spike, _says_spike),
    _Rule(STALLED, _stalled, _says_stalled),
    _Rule(PLATEAU, _plateau, _says_plateau, most=0.4),
)
KINDS = SPIKE, STALLED, PLATEAU


def of_scalars(rates: Rates, steps: Sequence[int]) -> Iterator[Sign]:
    """What the loss and the learning rate say.

    Args:
        rates: At each dump.
        steps: Of the dumps.
    """
    if rates.loss_tag is None:
        return
    for rule in _RULES:
        times: Floats = np.array([rule.at(rates, row) for row in range(len(steps))])
        for first, last, most in stretches(times):
            yield Sign(
                rule.kind,
                steps[first],
                steps[last],
                min(rule.most, severity(most)),
                rule.says(rates, first, last),
            )
