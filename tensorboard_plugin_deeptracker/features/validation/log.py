"""`add_predictions`."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...events import limits
from ...summary.base import CallOrderError
from ...summary.numbers import whole_numbers
from ..images.log import ImagesWriter, identifiers_of, listed
from .records import encode_validation


class ValidationWriter(ImagesWriter):
    """Logs what a model predicts for the images of a set."""

    def add_predictions(
        self, predicted: Any, global_step: int, *, ids: Any = None, not_finite: int = 0
    ) -> None:
        """Logs which class the model predicts for every image of the validation set.

        Args:
            predicted: int[images]: class numbers in the order of the labels given to
                `add_validation_set`; -1 where an image was not evaluated. A tensor, array or list.
                A class beyond the names is shown as "class 7".
            global_step: The training iteration, larger than at the call before; else a warning
                says so, once, and nothing is logged.
            ids: Which images were predicted, as they are called in `add_validation_set`, if that
                is not all of them in their order: the others were not evaluated. Images that are
                not in the set are left out, and a warning says how many there are.
            not_finite: How many images were not evaluated because their scores are not finite:
                a finding says at which validations.

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
        predictions = _predicted_classes(predicted)
        if ids is not None:
            predictions = self._in_order(predictions, ids, step)
        elif len(predictions) != len(self._positions):
            raise ValueError(
                f"got {len(predictions)} predictions, but the validation set has"
                f" {len(self._positions)} images: pass one for each, -1 where not evaluated, or the"
                " ids= of those that were"
            )
        self._last_step["add_predictions"] = step
        by_row = predictions[self._order]
        highest, names = int(by_row.max()), len(self._image_set.class_names)
        if highest >= names:
            self._say_once(
                f"Class {highest} is predicted, but there are {names} class_names: classes without"
                f' a name are shown as "class {highest}".',
                about="names",
            )
        if not_finite:
            self._say_once(
                f"At iteration {step}, {not_finite} of {len(by_row)} images have scores that are"
                " not finite: they count as not evaluated, here and from now on.",
                about="not finite",
            )
        arguments = step, by_row, max(names, highest + 1), time.time()
        self._open().add(partial(encode_validation, *arguments, not_finite=not_finite))

    def _in_order(self, predictions: NDArray[np.int64], ids: Any, step: int) -> NDArray[np.int64]:
        """Predictions of some images, in the order of the validation set."""
        names = listed(identifiers_of(ids, len(predictions), "predictions"))
        positions = np.array([self._positions.get(name, -1) for name in names], np.int64)
        known = positions >= 0
        if not known.all():
            self._say_once(
                f"{len(known) - known.sum()} of {len(known)} images that were evaluated at"
                f" iteration {step} are not among the {len(self._positions)} of the validation set"
                " that was logged first: they are left out, here and from now on. Evaluate the same"
                " images each time, or give all of them to add_validation_set.",
                about="ids",
            )
        answer = np.full(len(self._positions), -1, np.int64)
        answer[positions[known]] = predictions[known]
        return answer


def _predicted_classes(predicted: Any) -> NDArray[np.int64]:
    """Checks predictions: each a class number, or -1.

    Raises:
        ValueError: See `add_predictions`.
    """
    numbers = whole_numbers(predicted, "predicted", "pass logits.argmax(1)")
    wrong = np.flatnonzero((numbers < -1) | (numbers >= limits.CLASSES))
    if len(wrong):
        raise ValueError(
            f"predicted[{wrong[0]}] is {numbers[wrong[0]]}: expected the number of a class, or -1"
            " for not evaluated"
        )
    return numbers


WRITER = ValidationWriter
