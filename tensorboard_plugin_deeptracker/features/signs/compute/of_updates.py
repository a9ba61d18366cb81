"""Rules about how large the updates of the weights are."""

from __future__ import annotations

import numpy as np

from ...findings.compute import LOWER_RATE, RAISE_RATE
from .judge import BURN_IN, Floats, median
from .layers import LayersCourse
from .rule import Rule
from .sign import Kind

_FAST, _FAST_FOR = 0.05, 8
# Chosen between trainings at the rates that work, or four times these, and at twenty times: see
# docs/signs.md.
_LEAP, _GROWTH = 0.2, 1.2


def _pace(course: LayersCourse, rows: range) -> Floats:
    """Update ratio of the middle layer, over the root of the iterations since the dump before."""
    ratio = course.ratio.values[rows.start : rows.stop]
    since = np.array([course.steps[each] - course.steps[each - 1] for each in rows])
    # As of a random walk: updates in all directions add up so. Weights that were 0 do not count.
    middle = median(np.where(np.isinf(ratio), np.nan, ratio).T)
    paces: Floats = middle / np.sqrt(np.maximum(since, 1))
    return paces


def _growth(course: LayersCourse, row: int) -> float:
    """How many times as large the middle layer's weights are as at the dump before."""
    before, now = course.weight.values[row - 1 : row + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(before > 0, now / before, np.nan)
    return float(median(times[:, None])[0])


def _iterations(count: int) -> str:
    return f"{count:,} iteration{'s' * (count != 1)}"


def _rate(course: LayersCourse, row: int) -> Floats:
    if row < BURN_IN + _FAST_FOR:
        return np.zeros(1)
    pace = _pace(course, range(row + 1 - _FAST_FOR, row + 1)).min()
    return np.array([np.nan_to_num(pace) / _FAST])


def _says_rate(course: LayersCourse, thing: int, first: int, last: int) -> str:
    del thing
    ratio = float(median(course.ratio.values[last, :, None])[0])
    since = course.steps[last] - course.steps[last - 1]
    del first
    return (
        f"The middle layer's weights change by {ratio:.0%} of their length in {_iterations(since)}."
    )


def _leap(course: LayersCourse, row: int) -> Floats:
    if not row:
        return np.zeros(1)
    (pace,), growth = _pace(course, range(row, row + 1)), _growth(course, row)
    if not growth > 1:
        return np.zeros(1)
    return np.array([np.nan_to_num(min(pace / _LEAP, np.log(growth) / np.log(_GROWTH)))])


def _says_leap(course: LayersCourse, thing: int, first: int, last: int) -> str:
    del thing
    row = max(range(first, last + 1), key=lambda each: float(_leap(course, each)[0]))
    since, growth = course.steps[row] - course.steps[row - 1], _growth(course, row)
    ratio = float(_pace(course, range(row, row + 1))[0]) * since**0.5
    return (
        f"Within {_iterations(since)}, up to {course.steps[row]:,}, the middle layer's weights"
        f" change by {ratio:.0%} of their length and become {growth:.2g} times as large."
    )


RATE = Kind(
    "rate_too_high",
    "layers",
    "Updates are too large",
    "The middle layer's update ratio, over the square root of the iterations since the dump before,"
    f" is at least {_FAST:g} at {_FAST_FOR} dumps in a row, after the first {BURN_IN}; or it is"
    f" at least {_LEAP:g} at one dump, at which the middle layer's weights are {_GROWTH:g} times as"
    " large as at the one before; or at 8 validations in a row 10% fewer of the images that are"
    " trained on are right than at the best so far (a median of 5; of images that two validations"
    " have, as in mass_forgetting).",
    "weights, or predictions of the training images (tracker.observe)",
    "CS231n (1e-3 an iteration); DeepTracker, R.1",
    LOWER_RATE,
    explains=(
        "mass_forgetting",
        "class_lost",
        "class_never_learned",
        "purity_falling",
        "classes_collapse",
        "dead_filters",
        "dead_dimensions",
        "rank_falling",
        "loss_not_falling",
        "loss_spike",
        "exploding_gradients",
        "update_ratio_high",
        "confusion_growing",
        "overfitting",
        "overtraining",
        "wrong_labels",
    ),
)
RATIO_LOW = Kind(
    "update_ratio_low",
    "layers",
    "Update ratio below its band",
    "The rule of the finding of this name; only worth a look.",
    "weights",
    "CS231n; DeepTracker, R.1",
    RAISE_RATE,
    findings=("update_ratio_low",),
    by_thing=True,
)
RATIO_HIGH = Kind(
    "update_ratio_high",
    "layers",
    "Update ratio above its band",
    "The rule of the finding of this name; only worth a look: updates between dumps add up.",
    "weights",
    "CS231n; DeepTracker, R.1",
    LOWER_RATE,
    findings=("update_ratio_high",),
    by_thing=True,
)

RULES = (
    Rule(RATE, _rate, _says_rate),
    Rule(RATE, _leap, _says_leap),
)
