"""Rules about the validations of an image set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....compute.names import isolated
from ...findings.compute import RESTART
from ...findings.compute import Remedy as Advice
from .images import ImagesCourse
from .judge import BURN_IN, WINDOW, Floats, held, median, z_of
from .rule import Rule
from .sign import Kind

# The standard deviation of a normal distribution, in medians of its absolute values.
_DEVIATION = 1.4826
# How far the accuracy has to fall, or the loss to rise, beyond all of so many validations before,
# and how many of the run's own deviations that has to be.
_FALL, _RISE, _LOWER, _BEYOND, _FALL_Z = 0.1, 0.2, 0.02, 8, 5.0
# A class of which fewer images are right was not learned, and cannot be lost.
_KEPT = 0.4
_LOST, _LOST_FOR, _BEFORE = 0.1, 3, 8
_GONE, _GONE_FOR, _GONE_BEFORE = 0.02, 8, 10
_NEVER, _OTHERS, _NEVER_FOR = 0.05, 0.5, 10
_GROWN, _GROWN_Z, _GROWN_FOR, _GROWN_OVER = 0.2, 6.0, 8, 10
_WORSE, _WORSE_FOR = 0.15, 5


@dataclass(frozen=True)
class _Loss:
    """A way in which a class is lost: at most `most` right at `rows` validations in a row.

    Before, `_KEPT` were: at each of `before` validations, or in their median.
    """

    most: float
    rows: int
    before: int
    always: bool


_LOSSES = (
    _Loss(_LOST, _LOST_FOR, _BEFORE, always=True),
    _Loss(_GONE, _GONE_FOR, _GONE_BEFORE, always=False),
)


def _recent(values: Floats, row: int, rows: int) -> Floats:
    """The median of some rows before one."""
    return median(values[max(0, row - rows) : row])


def _forgetting(course: ImagesCourse, row: int) -> Floats:
    if row < BURN_IN + 2:
        return np.zeros(1)
    falls = _beyond(-course.same_accuracy.values, row) / _FALL
    rises = _beyond(course.same_loss.values, row) / _RISE
    # A loss alone rises where a network only gets surer of what it gets wrong.
    usual = _recent(course.same_accuracy.values, row - 1, _BEYOND)
    lower = usual - course.same_accuracy.values[row - 1 : row + 1].max(axis=0) >= _LOWER
    return np.fmax(falls, np.where(lower, rises, 0))


def _beyond(values: Floats, row: int) -> Floats:
    """How far the last two rows are above all that were just before; less if the run often jumps.

    What comes back at once was no forgetting.
    """
    begin = row - 1
    past = values[max(0, begin - _BEYOND) : begin]
    now = values[begin : row + 1].min(axis=0)
    steps = np.abs(np.diff(values[max(0, begin - WINDOW) : begin], axis=0))
    usual = np.maximum(_DEVIATION * median(steps), 1e-3)
    jump: Floats = now - np.fmax.reduce(past)
    # So that one threshold is that of the size, and the other that of its deviations.
    return np.where(jump > _FALL_Z * usual, np.nan_to_num(jump), 0)


def _says_forgetting(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing, last
    begin = first - 1
    # Of images that all these validations have.
    was, loss_was = course.accuracy.values[begin - 1, 0], course.loss.values[begin - 1, 0]
    fall, rise = (
        float(each.values[first, 0] - each.values[begin - 1, 0])
        for each in (course.same_accuracy, course.same_loss)
    )
    says = f"{course.lost.values[begin, 0]:.0%} of the images that were right are wrong at"
    says += f" {course.steps[begin]:,}; accuracy goes from {was:.0%} to {was + fall:.0%}"
    if np.isfinite(loss_was) and np.isfinite(rise):
        says += f", the mean loss from {loss_was:.3g} to {loss_was + rise:.3g}"
    gone = course.right.values[begin - 1] - course.right.values[first]
    names = [course.images.class_names[c] for c in np.argsort(-np.nan_to_num(gone))[:3].tolist()]
    return f"{says}. Mostly {', '.join(map(isolated, names))}."


FORGETTING = Kind(
    "mass_forgetting",
    "images",
    "Many images forgotten at once",
    f"At two validations in a row, the error rate is at least {_FALL:g} above all {_BEYOND}"
    f" validations before, or {_LOWER:g} above their median and the mean loss {_RISE:g} above all;"
    f" and by more than {_FALL_Z:g} robust standard deviations of this run's steps from one"
    " validation to the next. Of the images that a validation and the one before have, where these"
    " are at least half of each.",
    "predictions of an image set",
    "McCloskey and Cohen 1989; Toneva et al. 2019",
    Advice(
        "If the data changed, mix in some of the old ones; if nothing did, look at the learning"
        " rate at this iteration.",
        "Robins 1995, Catastrophic forgetting, rehearsal and pseudorehearsal",
        "https://doi.org/10.1080/09540099550039318",
    ),
    explains=(
        "class_lost",
        "overlap_falling",
        "purity_falling",
        "confusion_growing",
        "classes_collapse",
        "rank_falling",
        "overfitting",
        "overtraining",
        "loss_spike",
        "wrong_labels",
        "rate_too_high",
    ),
)


def _lost_in(course: ImagesCourse, row: int, way: _Loss) -> Floats:
    """How many times the threshold is reached at which a class is lost in a way."""
    right = course.right.values
    start = row + 1 - way.rows
    if start < way.before:
        return np.zeros(right.shape[1])
    past = course.informedness.values[start - way.before : start]
    had = past.min(axis=0) if way.always else median(past)
    most = right[start : row + 1].max(axis=0)
    return np.where(had >= _KEPT, way.most / np.maximum(most, way.most / 4), 0)


def _lost_class(course: ImagesCourse, row: int) -> Floats:
    found = (_lost_in(course, row, way) for way in _LOSSES)
    times: Floats = np.fmax.reduce(list(found))
    return times


def _says_lost(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    right = course.right.values
    way = max(_LOSSES, key=lambda each: _lost_in(course, first, each)[thing])
    start, name = first + 1 - way.rows, course.images.class_names[thing]
    had = float(_recent(right, start, way.before)[thing])
    return (
        f"Of {isolated(name)}, {had:.0%} were right before {course.steps[start]:,},"
        f" {right[last, thing]:.0%} are then."
    )


LOST = Kind(
    "class_lost",
    "images",
    "A class is lost",
    f"At {_LOST_FOR} validations in a row at most {_LOST:.0%} of the class's images are right,"
    f" where at least {_KEPT:.0%} were at each of the {_BEFORE} before; or at {_GONE_FOR} in a row"
    f" at most {_GONE:.0%}, where {_KEPT:.0%} were (median of the {_GONE_BEFORE} before). Before,"
    " the share of the other classes' images that were predicted as it is subtracted: what all"
    " are predicted as was not learned.",
    "predictions of an image set",
    "DeepTracker, section 8; McCloskey and Cohen 1989",
    Advice(
        "See whether the class still comes in the batches, and whether its share has changed.",
        "Kirkpatrick et al. 2017",
        "https://arxiv.org/abs/1612.00796",
    ),
    by_thing=True,
)


def _never(course: ImagesCourse, row: int) -> Floats:
    right = course.right.values[: row + 1]
    if row + 1 < BURN_IN + _NEVER_FOR or right.shape[1] < 3:
        return np.zeros(right.shape[1])
    recent = right[row + 1 - _NEVER_FOR :]
    others = float(median(recent.T).min())
    most = np.fmax.reduce(right)
    with np.errstate(invalid="ignore"):
        times = _NEVER / np.maximum(most, _NEVER / 4) * (others >= _OTHERS)
    return np.where(np.isnan(times), 0, times)


def _says_never(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del first
    most = float(np.nanmax(course.right.values[: last + 1, thing]))
    others = float(np.nanmedian(course.right.values[last]))
    name = isolated(course.images.class_names[thing])
    return (
        f"Of {name}, never more than {most:.0%} were right, while {others:.0%} of the middle class"
        " are."
    )


NEVER = Kind(
    "class_never_learned",
    "images",
    "A class is never learned",
    f"From the {BURN_IN + _NEVER_FOR}th validation on: never more than {_NEVER:.0%} of the class's"
    f" images were right, while at least {_OTHERS:.0%} of the middle class at each of the"
    f" last {_NEVER_FOR}.",
    "predictions of an image set",
    "DeepTracker, section 8.1",
    Advice(
        "Count its images in the training set and look at some: they may be too few, mislabelled"
        " or those of another class.",
        "Buda et al. 2018",
        "https://arxiv.org/abs/1710.05381",
    ),
    by_thing=True,
)


def _confusion(course: ImagesCourse, row: int) -> Floats:
    confused = course.confused.values
    if row < _GROWN_OVER + _GROWN_FOR:
        return np.zeros(confused.shape[1])
    start = row + 1 - _GROWN_FOR
    rise = confused[start : row + 1].min(axis=0) - _recent(confused, start, _GROWN_OVER)
    others = course.confused_as.values[start : row + 1]
    same = (others == others[0]).all(axis=0)
    times = np.where(same, rise / _GROWN, 0)
    # Of the others the answer is known.
    grown = np.flatnonzero(times >= 1)
    times[grown] = np.minimum(times[grown], z_of(confused[:, grown], start, 0.02) / _GROWN_Z)
    return times


def _says_confusion(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del last
    start = first + 1 - _GROWN_FOR
    names = course.images.class_names
    other = int(course.confused_as.values[first, thing])
    before = float(_recent(course.confused.values, start, _GROWN_OVER)[thing])
    return (
        f"{course.confused.values[first, thing]:.0%} of {isolated(names[thing])} are predicted as"
        f" {isolated(names[other])}; {before:.0%} were predicted as one class before"
        f" {course.steps[start]:,}."
    )


CONFUSION = Kind(
    "confusion_growing",
    "images",
    "A class is predicted as another more and more",
    f"At {_GROWN_FOR} validations in a row, the share of the class's images that is predicted as"
    f" one and the same other class is at least {_GROWN:.0%} above its median of the {_GROWN_OVER}"
    f" before, and {_GROWN_Z:g} robust standard deviations above what it was.",
    "predictions of an image set",
    "SageMaker Debugger, Confusion",
    Advice(
        "Look at images of both classes: labels that are not clear need a rule, or more examples.",
        "Amazon SageMaker Debugger, Confusion",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html",
    ),
    by_thing=True,
)


def _worse(course: ImagesCourse, row: int) -> Floats:
    loss = course.same_loss.values[: row + 1]
    if row + 1 < BURN_IN + _WORSE_FOR:
        return np.zeros(1)
    best = np.fmin.accumulate(loss)
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = np.log(loss / np.maximum(best, 1e-3))
    return np.maximum(held(rise, row, _WORSE_FOR), 0) / _WORSE


def _says_worse(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing
    loss = course.same_loss.values[:, 0]
    best = int(np.nanargmin(loss[: first + 1]))
    return (
        f"The mean loss was lowest at {course.steps[best]:,}, {loss[best]:.3g}, and is"
        f" {loss[last]:.3g} at {course.steps[last]:,}."
    )


OVERTRAINING = Kind(
    "overtraining",
    "images",
    "The loss of the validation images rises",
    f"At {_WORSE_FOR} validations in a row, the mean loss is at least {_WORSE:.0%} above the lowest"
    " one so far. Only worth a look: where accuracy goes on rising, nothing is wrong.",
    "predictions with scores",
    "Prechelt 1998; SageMaker Debugger, Overtraining",
    Advice(
        "Stop, or take the checkpoint with the lowest validation loss.",
        "Prechelt 1998, Early Stopping - But When?",
        "https://doi.org/10.1007/3-540-49430-8_3",
    ),
)


def _not_finite(course: ImagesCourse, row: int) -> Floats:
    count = course.not_finite.values[row]
    return np.where(count > 0, 60.0, 0.0)


def _says_not_finite(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing
    most = int(course.not_finite.values[first : last + 1].max())
    return f"Up to {most:,} images have scores that are infinite or not a number."


NOT_FINITE = Kind(
    "not_finite",
    "images",
    "Numbers that are not finite",
    "A weight, a gradient, a score or a feature is infinite or not a number.",
    "weights or predictions",
    "DeepTracker, findings",
    RESTART,
    explains=("*",),
    findings=("non_finite_weights", "non_finite_gradients", "non_finite_scores"),
)


RULES = (
    Rule(NOT_FINITE, _not_finite, _says_not_finite),
    Rule(FORGETTING, _forgetting, _says_forgetting),
    Rule(LOST, _lost_class, _says_lost),
    Rule(NEVER, _never, _says_never),
    Rule(CONFUSION, _confusion, _says_confusion),
    Rule(OVERTRAINING, _worse, _says_worse, most=0.4),
)
