"""What the log holds: the scores of an image set's images at an iteration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.events import encode, schema
from tensorboard_plugin_deeptracker.events.kinds import Series, Tensors, check_tensor
from tensorboard_plugin_deeptracker.features.images.records import (
    IMAGE_SETS,
    VALIDATION,
    ImageSet,
    image_set_tag,
)

SCORES_TAG = schema.tag("toy_scores")


def encode_scores(step: int, scores: NDArray[np.float32], image_set: str = VALIDATION) -> bytes:
    """The record of scores: float32[images], in the order of the image set's rows."""
    return encode.event({image_set_tag(SCORES_TAG, image_set): encode.array(scores)}, step)


def _check(tensors: Tensors, images: ImageSet) -> None:
    check_tensor(tensors, SCORES_TAG, "f", images.labels.shape)


SCORES = Series("scores", SCORES_TAG, IMAGE_SETS, _check, count="toy_scores")
KINDS = (SCORES,)
