"""The record of a validation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events import encode, schema
from ....events.kinds import Series, Tensors, check_tensor
from ...images.records import IMAGE_SETS, VALIDATION, ImageSet, image_set_tag
from .choices import Choices

PREDICTED_TAG = schema.tag("predicted")
# Only where there are such images.
NOT_FINITE_TAG = schema.tag("not_finite")
# Only where the scores were logged too, and then all of them.
MARGIN_TAG = schema.tag("margin")
PROBABILITY_TAG = schema.tag("probability")
SECOND_TAG = schema.tag("second")
_OF_SCORES = {MARGIN_TAG: "f", PROBABILITY_TAG: "f", SECOND_TAG: "i"}


def encode_validation(
    step: int,
    predicted: NDArray[np.integer[Any]],
    classes: int,
    wall_time: float | None = None,
    image_set: str = VALIDATION,
    not_finite: int = 0,
    choices: Choices | None = None,
) -> bytes:
    """The record of a validation.

    Args:
        step: Training iteration.
        predicted: int[images], the class predicted for each row of the image set, -1 where
            it was not evaluated.
        classes: Number of classes that are predicted or come second; chooses the smallest integer
            type that holds them.
        wall_time: Seconds since the epoch; now if None.
        image_set: Which images were evaluated.
        not_finite: How many were not, because a score of theirs is not finite.
        choices: What the scores say, by row, if there are any: its margins, probabilities and
            second choices are logged too.
    """
    dtype = next(t for t in ("<i1", "<i2", "<i4") if classes - 1 <= np.iinfo(t).max)
    arrays: dict[str, NDArray[Any]] = {PREDICTED_TAG: predicted.astype(dtype)}
    if not_finite:
        arrays[NOT_FINITE_TAG] = np.array([not_finite], "<i4")
    if choices is not None:
        arrays[MARGIN_TAG] = choices.margin.astype("<f2")
        arrays[PROBABILITY_TAG] = choices.probability.astype("<f2")
        arrays[SECOND_TAG] = choices.second.astype(dtype)
    tensors = {image_set_tag(tag, image_set): encode.array(each) for tag, each in arrays.items()}
    return encode.event(tensors, step, wall_time)


def _check(tensors: Tensors, images: ImageSet) -> None:
    check_tensor(tensors, PREDICTED_TAG, "i", images.labels.shape)
    if NOT_FINITE_TAG in tensors:
        check_tensor(tensors, NOT_FINITE_TAG, "i", (1,))
    if any(tag in tensors for tag in _OF_SCORES):
        for tag, kind in _OF_SCORES.items():
            check_tensor(tensors, tag, kind, images.labels.shape)


VALIDATIONS = Series("a validation", PREDICTED_TAG, IMAGE_SETS, _check, count="validations")
KINDS = (VALIDATIONS,)
