"""Rules about the images that are trained on, beside those about any."""

from __future__ import annotations

import numpy as np

from ....compute.names import isolated
from ...findings.compute import Remedy as Advice
from .images import ImagesCourse
from .judge import BURN_IN, Floats, held
from .labels import FIRST, LEARNED, MAJORITY, RECENT
from .of_updates import RATE
from .rule import Rule
from .sign import Kind

_IMBALANCE = 5.0
_WRONG = 0.035
# A training that keeps what it has learned is never so far below its best for so long.
_BACK, _BACK_FOR = 0.1, 8


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
    many, few = isolated(names[most]), isolated(names[least])
    return f"There are {sizes[most]:,} images of {many} and {sizes[least]:,} of {few}."


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


def _backwards(course: ImagesCourse, row: int) -> Floats:
    if row < BURN_IN + _BACK_FOR:
        return np.zeros(1)
    return held(course.behind.values, row, _BACK_FOR) / _BACK


def _says_backwards(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing
    accuracy = course.same_accuracy.values[: first + 1, 0]
    best = int(np.nanargmax(accuracy))
    return (
        f"Of the images that are trained on, {accuracy[best]:.0%} were right at"
        f" {course.steps[best]:,}, and {course.same_accuracy.values[last, 0]:.0%} are at"
        f" {course.steps[last]:,}."
    )


def _wrong(course: ImagesCourse, row: int) -> Floats:
    # Who unlearns what was known suspects what is right.
    if course.labels is None or course.behind.values[row, 0] >= _BACK:
        return np.zeros(1)
    share: Floats = np.nan_to_num(course.labels.share.values[row, 1:2])
    return share / _WRONG


def _says_wrong(course: ImagesCourse, thing: int, first: int, last: int) -> str:
    del thing, first
    assert course.labels is not None
    _, low, high = course.labels.share.values[last].tolist()
    return f"At least {low:.1%} of the labels are probably wrong (up to {high:.1%} look so)."


WRONG_LABELS = Kind(
    "wrong_labels",
    "images",
    "Labels that are probably wrong",
    f"The lower end of the 95 % interval (Wilson) of the share of images whose label is more"
    " probably wrong than right, as far as their history tells (a suspicion of 0.2 or more), is"
    f" at least {_WRONG:.1%}. Only classes count that are learned ({LEARNED:.0%} of their images"
    f" are right, median of {RECENT}) and of which clearly fewer than {MAJORITY:.0%} of the images"
    f" are suspicious, and none while {_BACK:.0%} fewer images are right than were. Estimated from"
    f" the {FIRST}th observation on, whenever there are a fifth more.",
    "predictions with scores of the training images (tracker.observe)",
    "Northcutt et al. 2021; Pleiss et al. 2020; docs/images.md",
    Advice(
        "Look at the most suspicious images and correct or leave out those that are wrong.",
        "Northcutt et al. 2021, Confident Learning",
        "https://arxiv.org/abs/1911.00068",
    ),
    explains=("overfitting", "overtraining", "purity_falling", "confusion_growing"),
)

RULES = (
    Rule(IMBALANCE, _imbalance, _says_imbalance),
    Rule(WRONG_LABELS, _wrong, _says_wrong),
    Rule(RATE, _backwards, _says_backwards),
)
