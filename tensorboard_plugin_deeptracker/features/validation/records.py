"""What the log holds of a validation: the class that was predicted for every image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...events import encode, schema
from ...events.kinds import Series, Tensors, check_tensor
from ..images.records import IMAGE_SETS, VALIDATION, ImageSet, image_set_tag

PREDICTED_TAG = schema.tag("predicted")
# Only where there are such images.
NOT_FINITE_TAG = schema.tag("not_finite")


def encode_validation(
    step: int,
    predicted: NDArray[np.integer[Any]],
    classes: int,
    wall_time: float | None = None,
    image_set: str = VALIDATION,
    not_finite: int = 0,
) -> bytes:
    """The record of a validation.

    Args:
        step: Training iteration.
        predicted: int[images], the class predicted for each row of the image set, -1 where
            it was not evaluated.
        classes: Number of classes; chooses the smallest integer type that holds them.
        wall_time: Seconds since the epoch; now if None.
        image_set: Which images were evaluated.
        not_finite: How many were not, because a score of theirs is not finite.
    """
    dtype = next(t for t in ("<i1", "<i2", "<i4") if classes - 1 <= np.iinfo(t).max)
    tensors = {image_set_tag(PREDICTED_TAG, image_set): encode.array(predicted.astype(dtype))}
    if not_finite:
        tensors[image_set_tag(NOT_FINITE_TAG, image_set)] = encode.array(
            np.array([not_finite], "<i4")
        )
    return encode.event(tensors, step, wall_time)


def _check(tensors: Tensors, images: ImageSet) -> None:
    check_tensor(tensors, PREDICTED_TAG, "i", images.labels.shape)
    if NOT_FINITE_TAG in tensors:
        check_tensor(tensors, NOT_FINITE_TAG, "i", (1,))


VALIDATIONS = Series("a validation", PREDICTED_TAG, IMAGE_SETS, _check, count="validations")
KINDS = (VALIDATIONS,)
