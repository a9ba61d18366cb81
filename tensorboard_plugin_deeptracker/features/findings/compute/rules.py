"""What the experts of the paper's section 8.2 found by eye, as rules with thresholds.

Each rule looks at one layer. Dumps are positions in the sequence of dumps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import remedies
from .remedies import Remedy

# Fewer dumps than this say nothing about a filter that does not move.
MIN_DUMPS = 5
# The first and the last part of the dumps are compared to tell whether a layer has settled;
# of a long part, evenly spread dumps.
PART = 4
SAMPLE = 64
SETTLED = 0.1
STILL_MOVING = 0.5
ABOVE_LAYER = 10.0
# A healthy update ratio is about 1e-3 (paper, R.1).
BAND = (1e-4, 1e-2)
PATIENCE = 5


@dataclass(frozen=True)
class Rule:
    """What is looked for.

    Attributes:
        name: Names the rule to programs.
        title: Names what it finds to people.
        description: The rule in words, with its thresholds.
        severity: How bad it is, 0 to 1: 1 ends the training, 0.5 spoils it, 0.1 is only strange.
        remedy: What is usually done about it.
        provisional: Whether later dumps may take back what it finds now.
    """

    name: str
    title: str
    description: str
    severity: float
    remedy: Remedy
    provisional: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return _rule, (self.name,)

    def weight(self, share: float) -> float:
        """By what findings are ordered: how bad first, the network's share doubles it at most.

        Args:
            share: Of all filters, those that it is about, or of all images; 0 to 1.
        """
        return self.severity * (1 + share) / 2


NON_FINITE_WEIGHTS = Rule(
    "non_finite_weights",
    "Weights that are not finite",
    "The smallest or the largest weight of the layer is infinite or not a number; the first dump at"
    " which it is so.",
    severity=1.0,
    remedy=remedies.RESTART,
)
NON_FINITE_GRADIENTS = Rule(
    "non_finite_gradients",
    "Gradients that are not finite",
    "The smallest or the largest gradient of the layer is infinite, or not a number where the dump"
    " before it had a finite one; the first dump at which it is so.",
    severity=0.8,
    remedy=remedies.CLIP,
)
DEAD = Rule(
    "dead_filters",
    "Filters that never change",
    f"Over at least {MIN_DUMPS} dumps, the filter's change is exactly 0 at each, or its gradient"
    " is, while the layer's other filters do change or have gradients.",
    severity=0.3,
    remedy=remedies.REVIVE,
    provisional=True,
)
FROZEN = Rule(
    "frozen_layers",
    "Layers that never change",
    f"The change of every filter of the layer is exactly 0 at each of at least {MIN_DUMPS} dumps.",
    severity=0.5,
    remedy=remedies.UNFREEZE,
    provisional=True,
)
RATIO_LOW = Rule(
    "update_ratio_low",
    "Update ratio below its band",
    f"The layer's update ratio is below {BAND[0]:g}, ten times less than 1e-3, at {PATIENCE} or"
    " more dumps in a row; the longest of these stretches is shown.",
    severity=0.2,
    remedy=remedies.RAISE_RATE,
)
RATIO_HIGH = Rule(
    "update_ratio_high",
    "Update ratio above its band",
    f"The layer's update ratio is above {BAND[1]:g}, ten times more than 1e-3, at {PATIENCE} or"
    " more dumps in a row; the longest of these stretches is shown.",
    severity=0.4,
    remedy=remedies.LOWER_RATE,
)
RESTLESS = Rule(
    "restless_filters",
    "Filters still changing when the others have settled",
    f"From the first quarter of the dumps to the last, the layer's median change falls to"
    f" {SETTLED:g} times or less; the filter's keeps {STILL_MOVING:g} times or more, and is in the"
    f" last quarter at least {ABOVE_LAYER:g} times the layer's median. Medians are over at most"
    f" {SAMPLE} evenly spread dumps of a quarter.",
    severity=0.1,
    remedy=remedies.LOOK_AT_NORM,
    provisional=True,
)
RULES = (NON_FINITE_WEIGHTS, NON_FINITE_GRADIENTS, DEAD, FROZEN, RATIO_LOW, RATIO_HIGH, RESTLESS)


def _rule(name: str) -> Rule:
    """The rule of a name: the same one in another process."""
    return next(rule for rule in RULES if rule.name == name)


@dataclass(frozen=True)
class Finding:
    """Where a rule holds.

    Attributes:
        rule: The rule.
        filter: Position of the filter in its layer; None if it is about the whole layer.
        first: First dump ...
        last: ... and last dump at which it holds.
        value: What the rule compares: the median update ratio of the stretch; how many
            times the layer's median a restless filter changes; else 0, NaN or infinite.
        unknown: Whether the log does not say if there is a number at all: the value may be
            missing instead of not finite.
    """

    rule: Rule
    filter: int | None
    first: int
    last: int
    value: float
    unknown: bool = False


class Unmoving:
    """Which filters have never changed or never had a gradient, dump after dump.

    Args:
        filters: Number of filters of all layers.
    """

    def __init__(self, filters: int) -> None:
        self._change, self._gradient = _Zeros(filters), _Zeros(filters)
        self._has_change: list[bool] = []

    @property
    def nbytes(self) -> int:
        """Bytes of what is known."""
        return self._change.nbytes + self._gradient.nbytes

    def add(self, change: NDArray[np.float32], gradient: NDArray[np.float32]) -> None:
        """Takes in some more dumps.

        Args:
            change: float32[dumps, filters], NaN where there is none.
            gradient: Norms of the gradients: float32[dumps, filters], NaN likewise.
        """
        self._change.add(change)
        self._gradient.add(gradient)
        self._has_change += np.any(~np.isnan(change), axis=1).tolist()

    def findings(self, first: int, last: int) -> list[Finding]:
        """Dead filters of the layer with the filters [first, last), or that it is frozen."""
        still = self._change.always(first, last)
        gradientless = self._gradient.always(first, last)
        end = len(self._has_change) - 1
        if still.size and still.all():
            return [Finding(FROZEN, None, 0, end, 0.0)]
        # Gradients that are all 0 were cleared before they were logged.
        dead = still if gradientless.all() else still | gradientless
        return [Finding(DEAD, i, 0, end, 0.0) for i in np.flatnonzero(dead).tolist()]

    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Dumps of the first and of the last part that `restless` compares; None if too few."""
        dumps = np.flatnonzero(self._has_change)
        part = len(dumps) // PART
        if part < MIN_DUMPS:
            return None
        chosen = np.unique(np.linspace(0, part - 1, min(part, SAMPLE)).round().astype(np.int64))
        return dumps[:part][chosen], dumps[-part:][chosen]


class _Zeros:
    """Which of some values were 0 whenever they were there."""

    def __init__(self, size: int) -> None:
        self._known = np.zeros(size, np.int64)
        self._other = np.zeros(size, np.bool_)

    @property
    def nbytes(self) -> int:
        return self._known.nbytes + self._other.nbytes

    def add(self, values: NDArray[np.float32]) -> None:
        known = ~np.isnan(values)
        self._known += known.sum(axis=0)
        self._other |= ((values != 0) & known).any(axis=0)

    def always(self, first: int, last: int) -> NDArray[np.bool_]:
        return (self._known[first:last] >= MIN_DUMPS) & ~self._other[first:last]


def restless(
    early: NDArray[np.float32], late: NDArray[np.float32], first: int, last: int
) -> list[Finding]:
    """Filters that still change when the layer's others have settled.

    Args:
        early: Changes of the layer's filters in the first part: float32[filters, dumps].
        late: The same in the last part.
        first: First dump of the last part ...
        last: ... and its last one.
    """
    early, late = np.median(early, axis=1), np.median(late, axis=1)
    early_of_layer, late_of_layer = (
        np.median(each[~np.isnan(each)]) if (~np.isnan(each)).any() else np.nan
        for each in (early, late)
    )
    if not late_of_layer <= SETTLED * early_of_layer:
        return []
    moving = (late > 0) & (late >= STILL_MOVING * early) & (late >= ABOVE_LAYER * late_of_layer)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = late / late_of_layer
    return [
        Finding(RESTLESS, i, first, last, float(times[i])) for i in np.flatnonzero(moving).tolist()
    ]


def out_of_band(ratio: NDArray[np.float32]) -> list[Finding]:
    """The longest stretches below and above the band: at most one of each.

    Args:
        ratio: The layer's update ratio: float32[dumps], NaN where there is none.
    """
    found = []
    for rule, outside in ((RATIO_LOW, ratio < BAND[0]), (RATIO_HIGH, ratio > BAND[1])):
        first, last = _longest_stretch(outside)
        if last - first + 1 >= PATIENCE:
            median = float(np.median(ratio[first : last + 1]))
            found.append(Finding(rule, None, first, last, median))
    return found


def bad_weights(
    bounds: NDArray[np.float32], absent: NDArray[np.int8] | None = None
) -> list[Finding]:
    """The first dump with weights that are not finite.

    Args:
        bounds: The layer's smallest and largest weight: float32[2, dumps], NaN without one.
        absent: Whether there is none: int8[dumps], -1 where nobody knows; None: nowhere known.
    """
    absent = _unknown(bounds) if absent is None else absent
    bad = np.any(~np.isfinite(bounds), axis=0) & (absent != 1)
    return _first(NON_FINITE_WEIGHTS, bounds, bad)


def bad_gradients(
    bounds: NDArray[np.float32], absent: NDArray[np.int8] | None = None
) -> list[Finding]:
    """The first dump with gradients that are not finite.

    Args:
        bounds: The layer's smallest and largest gradient: float32[2, dumps], NaN without one.
        absent: Whether there is none: int8[dumps], -1 where nobody knows; None: nowhere known.
    """
    absent = _unknown(bounds) if absent is None else absent
    infinite, none = np.any(np.isinf(bounds), axis=0), np.any(np.isnan(bounds), axis=0)
    bad = infinite | (none & (absent == 0))
    # Where nobody knows: that there was never one is no fault, but that it is gone may be one.
    lost = none & (absent == -1)
    lost[0:1] = False
    lost[1:] &= np.all(np.isfinite(bounds[:, :-1]), axis=0)
    return _first(NON_FINITE_GRADIENTS, bounds, bad | lost, unknown=lost & ~infinite)


def _unknown(bounds: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.full(bounds.shape[1], -1, np.int8)


def _first(
    rule: Rule,
    bounds: NDArray[np.float32],
    bad: NDArray[np.bool_],
    unknown: NDArray[np.bool_] | None = None,
) -> list[Finding]:
    """The first of some dumps, with what is not finite there."""
    at = np.flatnonzero(bad)
    if not len(at):
        return []
    first = int(at[0])
    value = bounds[~np.isfinite(bounds[:, first]), first][0]
    is_unknown = unknown is not None and bool(unknown[first])
    return [Finding(rule, None, first, first, float(value), is_unknown)]


def _longest_stretch(holds: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last position of the longest run of True, the first of equals; else (0, -1)."""
    edges = np.diff(np.concatenate(([0], holds.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return 0, -1
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest]) - 1
