"""`add_predictions`."""

from __future__ import annotations

import time
import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...events import limits
from ...summary.base import CallOrderError
from ...summary.log import users_frame
from ...summary.numbers import whole_numbers
from ..images.log import ImagesWriter
from .records import encode_validation


class ValidationWriter(ImagesWriter):
    """Logs what a model predicts for the images of a set.

    Args:
        *args: See `ImagesWriter`.
        **options: See `ImagesWriter`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unnamed = False

    def add_predictions(self, predicted: Any, global_step: int) -> None:
        """Logs which class the model predicts for every image of the validation set.

        Args:
            predicted: int[images]: class numbers in the order of the labels given to
                `add_validation_set`; -1 where an image was not evaluated. A tensor, array or list.
                A class beyond the names is shown as "class 7".
            global_step: The training iteration, larger than at the call before.

        Raises:
            ValueError: Not one class number for each image, or `global_step` is not after the
                last.
            CallOrderError: There is no validation set yet.
        """
        step = self._step("add_predictions", global_step)
        if self._image_set is None or self._order is None:
            raise CallOrderError(
                "no validation set yet: call add_validation_set(labels, class_names) before"
                " add_predictions"
            )
        predictions = _predicted_classes(predicted, self._given)
        self._last_step["add_predictions"] = step
        by_row = predictions[self._order]
        highest = int(by_row.max())
        classes = len(self._image_set.class_names)
        if highest >= classes and not self._unnamed:
            self._unnamed = True
            warnings.warn(
                f"Class {highest} is predicted, but there are {classes} class_names: classes"
                f' without a name are shown as "class {highest}".',
                RuntimeWarning,
                stacklevel=users_frame(),
            )
        classes = max(classes, highest + 1)
        self._open().add(partial(encode_validation, step, by_row, classes, time.time()))


def _predicted_classes(predicted: Any, images: int) -> NDArray[np.int64]:
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
    wrong = np.flatnonzero((numbers < -1) | (numbers >= limits.CLASSES))
    if len(wrong):
        raise ValueError(
            f"predicted[{wrong[0]}] is {numbers[wrong[0]]}: expected the number of a class, or -1"
            " for not evaluated"
        )
    return numbers


WRITER = ValidationWriter
