"""`add_predictions`."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...summary.base import CallOrderError
from ...summary.numbers import whole_numbers
from ..images.log import ImagesWriter
from .records import encode_validation


class ValidationWriter(ImagesWriter):
    """Logs what a model predicts for the images of a set."""

    def add_predictions(self, predicted: Any, global_step: int) -> None:
        """Logs which class the model predicts for every image of the validation set.

        Args:
            predicted: int[images]: class numbers in the order of the labels given to
                `add_validation_set`; -1 where an image was not evaluated. A tensor, array or list.
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.

        Raises:
            ValueError: Not one class number for each image, or `global_step` is not a whole
                number.
            CallOrderError: There is no validation set yet.
        """
        step = self._step("add_predictions", global_step)
        if step is None:
            return
        if self._image_set is None or self._order is None:
            raise CallOrderError(
                "no validation set yet: call add_validation_set(labels, class_names) before"
                " add_predictions"
            )
        classes = len(self._image_set.class_names)
        classes_by_image = _predicted_classes(predicted, len(self._order), classes)
        self._last_step["add_predictions"] = step
        by_row = classes_by_image[self._order]
        self._open().add(partial(encode_validation, step, by_row, classes, time.time()))


def _predicted_classes(predicted: Any, images: int, classes: int) -> NDArray[np.int64]:
    """Checks predictions: a class number, or -1, for each image.

    Raises:
        ValueError: See `add_predictions`.
    """
    numbers = whole_numbers(predicted, "predicted", "pass logits.argmax(1)")
    if len(numbers) != images:
        raise ValueError(
            f"got {len(numbers)} predictions, but the validation set has {images} images: pass one"
            " for each, -1 where not evaluated"
        )
    wrong = np.flatnonzero((numbers < -1) | (numbers >= classes))
    if len(wrong):
        raise ValueError(
            f"predicted[{wrong[0]}] is {numbers[wrong[0]]}: expected a class from 0 to"
            f" {classes - 1}, or -1 for not evaluated"
        )
    return numbers


WRITER = ValidationWriter
