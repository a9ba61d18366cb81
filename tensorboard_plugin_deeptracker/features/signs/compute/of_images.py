"""Rules about the validations of an image set."""

from __future__ import annotations

import numpy as np

from ...findings.compute import RESTART
from ...findings.compute import Remedy as Advice
from .images import ImagesCourse
from .judge import BURN_IN, Floats, held, median, z_of
from .rule import Rule
from .sign import Kind

# Least falls, and how many of the run's own deviations they have to be.
_FALL, _FALL_Z = 0.08, 6.0
_HAD, _LOST, _LOST_FOR = 0.5, 0.1, 3
_NEVER, _OTHERS, _NEVER_FOR = 0.05, 0.5, 10
_GROWN, _GROWN_Z, _GROWN_FOR = 0.15, 5.0, 3
_WORSE, _WORSE_FOR = 0.15, 5
_IMBALANCE = 5.0
_BEFORE = 5


def _recent(values: Floats, row: int, rows: int) -> Floats:
    """The median of some rows before one."""
    return median(values[max(0, row - rows) : row])


def _forgetting(course: ImagesCourse, row: int) -> Floats:
    accuracy = course.accuracy.values
    if row < BURN_IN + 1:
        return np.zeros(1)
    # At this validation and the one before it: what comes back at once was no forgetting.
    before = row - 1
    level = _recent(accuracy, before, _BEFORE)
    falls = level - accuracy[before : row + 1].max(axis=0)
    z = -z_of(accuracy, before, 0.01)
    times: Floats = np.minimum(falls / _FALL, z / _FALL_Z)
    return times


def _says_forgetting(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing, last
    accuracy = course.accuracy.values[:, 0]
    before = float(_recent(course.accuracy.values, max(1, first - 1), _BEFORE)[0])
    return (
        f"{course.lost.values[first - 1, 0]:.0%} of the images that were right are wrong at"
        f" {course.steps[first - 1]:,}: accuracy falls from {before:.0%} to {accuracy[first]:.0%}."
    )


FORGETTING = Kind(
    "mass_forgetting",
    "images",
    "Many images forgotten at once",
    f"At two validations in a row, the accuracy is at least {_FALL:.0%} below its median of the"
    f" {_BEFORE} before, and {_FALL_Z:g} robust standard deviations below what it was.",
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
    ),
)


def _lost_class(course: ImagesCourse, row: int) -> Floats:
    right = course.right.values
    if row < BURN_IN + _LOST_FOR:
        return np.zeros(right.shape[1])
    start = row + 1 - _LOST_FOR
    had = _recent(right, start, _BEFORE)
    most = right[start : row + 1].max(axis=0)
    # It was right mostly, and hardly ever is.
    return np.where(had >= _HAD, _LOST / np.maximum(most, _LOST / 4), 0)


def _says_lost(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    start = first + 1 - _LOST_FOR
    had = float(_recent(course.right.values, start, _BEFORE)[thing])
    now = course.right.values[last, thing]
    name = course.images.class_names[thing]
    return f"Of {name}, {had:.0%} were right before {course.steps[start]:,}, {now:.0%} then."


LOST = Kind(
    "class_lost",
    "images",
    "A class is lost",
    f"At {_LOST_FOR} validations in a row at most {_LOST:.0%} of the class's images are right,"
    f" where at least {_HAD:.0%} were (median of the {_BEFORE} validations before).",
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
    others = float(np.nanmedian(median(recent))) if np.isfinite(recent).any() else 0.0
    most = np.fmax.reduce(right)
    with np.errstate(invalid="ignore"):
        times = _NEVER / np.maximum(most, _NEVER / 4) * (others >= _OTHERS)
    return np.where(np.isnan(times), 0, times)


def _says_never(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del first
    most = float(np.nanmax(course.right.values[: last + 1, thing]))
    others = float(np.nanmedian(course.right.values[last]))
    return (
        f"Of {course.images.class_names[thing]}, never more than {most:.0%} were right, while"
        f" {others:.0%} of the middle class are."
    )


NEVER = Kind(
    "class_never_learned",
    "images",
    "A class is never learned",
    f"From the {BURN_IN + _NEVER_FOR}th validation on: never more than {_NEVER:.0%} of the class's"
    f" images were right, while at least {_OTHERS:.0%} of the middle class are (median of"
    f" {_NEVER_FOR} validations).",
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
    if row < BURN_IN + _GROWN_FOR:
        return np.zeros(confused.shape[1])
    start = row + 1 - _GROWN_FOR
    rise = confused[start : row + 1].min(axis=0) - _recent(confused, start, 2 * _BEFORE)
    others = course.confused_as.values[start : row + 1]
    same = (others == others[0]).all(axis=0)
    z = z_of(confused, start, 0.02)
    return np.where(same, np.minimum(rise / _GROWN, z / _GROWN_Z), 0)


def _says_confusion(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del last
    start = first + 1 - _GROWN_FOR
    names = course.images.class_names
    other = int(course.confused_as.values[first, thing])
    before = float(_recent(course.confused.values, start, 2 * _BEFORE)[thing])
    return (
        f"{course.confused.values[first, thing]:.0%} of {names[thing]} are taken for"
        f" {names[other]}; {before:.0%} were taken for one class before {course.steps[start]:,}."
    )


CONFUSION = Kind(
    "confusion_growing",
    "images",
    "A class is taken for another more and more",
    f"At {_GROWN_FOR} validations in a row, the share of the class's images that is predicted as"
    f" one and the same other class is at least {_GROWN:.0%} above its median of the {2 * _BEFORE}"
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


def _imbalance(course: ImagesCourse, row: int) -> Floats:
    sizes = course.images.class_sizes
    # Only what is trained on spoils the training.
    present = sizes[sizes > 0]
    if len(present) < 2 or row + 1 < BURN_IN:
        return np.zeros(1)
    return np.array([np.log(present.max() / present.min()) / np.log(_IMBALANCE)])


def _says_imbalance(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing, first, last
    sizes = course.images.class_sizes
    names = course.images.class_names
    least = int(np.argmin(np.where(sizes > 0, sizes, sizes.max())))
    most = int(sizes.argmax())
    return (
        f"There are {sizes[most]:,} images of {names[most]} and {sizes[least]:,} of {names[least]}."
    )


IMBALANCE = Kind(
    "class_imbalance",
    "images",
    "Classes of very different size",
    f"Of the images that are trained on, the largest class has at least {_IMBALANCE:g} times as"
    f" many as the smallest; said from the {BURN_IN}th observation on.",
    "an image set that is trained on (tracker.observe, or any set but validation)",
    "SageMaker Debugger, ClassImbalance",
    Advice(
        "Oversample the small classes until all have as many images.",
        "Buda et al. 2018",
        "https://arxiv.org/abs/1710.05381",
    ),
    explains=("class_never_learned", "confusion_growing", "class_lost"),
)


def _worse(course: ImagesCourse, row: int) -> Floats:
    loss = course.loss.values[: row + 1]
    if row + 1 < BURN_IN + _WORSE_FOR:
        return np.zeros(1)
    best = np.fmin.accumulate(loss)
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = np.log(loss / np.maximum(best, 1e-3))
    return np.maximum(held(rise, row, _WORSE_FOR), 0) / _WORSE


def _says_worse(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing
    loss = course.loss.values[: first + 1, 0]
    best = int(np.nanargmin(loss))
    return (
        f"The mean loss was lowest at {course.steps[best]:,}, {loss[best]:.3g}, and is"
        f" {course.loss.values[last, 0]:.3g} at {course.steps[last]:,}."
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
# Of sets that are trained on, beside these.
TRAINED = (Rule(IMBALANCE, _imbalance, _says_imbalance),)
