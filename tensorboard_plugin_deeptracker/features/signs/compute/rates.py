"""What the run's own scalars say, dump by dump: the loss of the training and its learning rate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ....index.scalars import Scalars
from .judge import Floats

_LOSS = re.compile(r"loss|cross.?entropy|\bnll\b", re.IGNORECASE)
_OTHERS = re.compile(r"val|test|eval|dev", re.IGNORECASE)
_RATE = re.compile(r"(^|[/_. -])(lr|learning.?rate)\b|lr-", re.IGNORECASE)


@dataclass(frozen=True)
class Rates:
    """The loss and the learning rate at each dump.

    Attributes:
        loss_tag: The scalar that is the training's loss; None: there is none.
        rate_tag: That which is its learning rate.
        loss: Mean of the loss after the dump before, up to just before this one: float64[dumps, 1];
            NaN where none was logged. Infinite where one was not finite.
        rate: The last learning rate before each dump: float64[dumps, 1].
    """

    loss_tag: str | None
    rate_tag: str | None
    loss: Floats
    rate: Floats


def rates_of(scalars: Mapping[str, Scalars], steps: list[int]) -> Rates:
    """The loss and the learning rate at dumps, of the scalars that were logged before each."""
    loss = _first(tag for tag in scalars if _LOSS.search(tag) and not _OTHERS.search(tag))
    rate = _first(tag for tag in scalars if _RATE.search(tag))
    return Rates(
        loss,
        rate,
        _means(scalars.get(loss or ""), steps)[:, None],
        _lasts(scalars.get(rate or ""), steps)[:, None],
    )


def _first(tags: Iterable[str]) -> str | None:
    """One that says that it is the training's, or the first by name."""
    return min(tags, key=lambda tag: ("train" not in tag.lower(), tag), default=None)


def _means(points: Scalars | None, steps: list[int]) -> Floats:
    found = np.full(len(steps), np.nan)
    if points is None:
        return found
    ends = np.searchsorted(points.steps, steps)
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    for row, (first, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        if end > first:
            mean = float(points.values[first:end].mean())
            found[row] = mean if np.isfinite(mean) else np.inf
    return found


def _lasts(points: Scalars | None, steps: list[int]) -> Floats:
    found = np.full(len(steps), np.nan)
    if points is None:
        return found
    ends = np.searchsorted(points.steps, steps)
    found[ends > 0] = points.values[ends[ends > 0] - 1]
    return found
