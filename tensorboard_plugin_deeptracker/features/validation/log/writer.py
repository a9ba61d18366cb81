"""`add_predictions`."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....events import limits
from ....summary.numbers import IGNORED, whole_numbers
from ....summary.scores import NOT_EVALUATED, are_probabilities, score_rows
from ...images.log import ImagesWriter, called
from ...images.records import VALIDATION
from ..records import Choices, choices_from, choices_of, encode_validation
from .reduction import Kept

Ints = NDArray[np.int64]


class ValidationWriter(ImagesWriter):
    """Logs what a model predicts for the images of a set."""

    def add_predictions(
        self,
        predicted: Any,
        global_step: int,
        scores: Any = None,
        image_set: str = VALIDATION,
        *,
        ids: Any = None,
        not_finite: int = 0,
    ) -> None:
        """Logs which class the model predicts for every image of a set, and how clearly.

        Args:
            predicted: int[images]: class numbers in the order of the labels given to
                `add_image_set`; -1 where an image was not evaluated. A tensor, array or list.
                A class beyond the names is shown as "class 7". None if there are scores: those
                with the largest.
            global_step: The training iteration, larger than at the call before for this set; else
                a warning says so, once, and nothing is logged.
            scores: What the model gives for each image: logits, float[images, classes], of any
                precision; of a model of two classes also one, [images, 1] or [images], that is
                above 0 for class 1. Of each image, its margin, the probability of its label and
                the second choice are logged: at most 8 bytes. An image with a score that is NaN
                or infinite was not evaluated.
            image_set: Which set, as it is called in `add_image_set`.
            ids: Which images were predicted, as they are called in `add_image_set`, if that
                is not all of them in their order: the others were not evaluated. Images that are
                not in the set are left out, and a warning says how many there are.
            not_finite: How many images were not evaluated because their scores are not finite:
                a finding says at which validations. Counted, if there are scores.

        Raises:
            ValueError: Not one class number, or one row of scores, for each image, or
                `global_step` is not a whole number.
            CallOrderError: There is no such image set yet.
        """
        step, steps = self._step_about("add_predictions", image_set, global_step)
        if step is None:
            return
        images = self._set_of(image_set, "add_predictions").image_set
        given = None if predicted is None else _predicted_classes(predicted)
        if scores is not None and not isinstance(scores, Kept):
            scores = score_rows(scores)
        count = _count(given, scores)
        rows = self._rows_of(image_set, count, ids, step)
        self._last_step[steps] = step
        choices = None
        if scores is not None:
            labels = np.where(rows >= 0, images.labels[rows], IGNORED)
            choices = self._choices_of(scores, labels, image_set)
            bad = choices.predicted == NOT_EVALUATED
            not_finite = not_finite or int((bad & (rows >= 0)).sum())
            if given is not None and isinstance(scores, Tensor):
                choices = self._agreeing(choices, given, scores, step)
            given = choices.predicted
            choices = choices.among(len(images.labels), rows)
        assert given is not None
        by_row = np.full(len(images.labels), NOT_EVALUATED, np.int64)
        by_row[rows[rows >= 0]] = given[rows >= 0]
        highest, names = int(by_row.max()), len(images.class_names)
        if highest >= names:
            self._say_once(
                f"Class {highest} is predicted, but there are {names} class_names: classes without"
                f' a name are shown as "class {highest}".',
                about=f"names of {image_set}",
            )
        if choices is not None:
            highest = max(highest, int(choices.second.max()))
        if not_finite:
            self._say_once(
                f"At iteration {step}, {not_finite} of {len(by_row)} images have scores that are"
                " not finite: they count as not evaluated, here and from now on.",
                about=f"not finite {image_set}",
            )
        classes, wall_time = max(names, highest + 1), time.time()
        record = partial(encode_validation, step, by_row, classes, wall_time, image_set)
        self._open().add(partial(record, not_finite=not_finite, choices=choices))

    def _choices_of(self, scores: Tensor | Kept, labels: Ints, image_set: str) -> Choices:
        if scores.probabilities if isinstance(scores, Kept) else are_probabilities(scores):
            self._say_once(PROBABILITIES)
        if isinstance(scores, Kept):
            return choices_from(scores.values)
        unknown = int((labels >= scores.shape[1]).sum())
        if unknown:
            self._say_once(
                f"The scores are of {scores.shape[1]} classes, and {unknown} images of"
                f" {called(image_set)} have a label beyond them: these have no margin.",
                about="labels beyond the scores",
            )
        single = scores if scores.dtype in (torch.float32, torch.float64) else scores.float()
        return choices_of(single.cpu().numpy(), labels)

    def _agreeing(self, choices: Choices, predicted: Ints, scores: Tensor, step: int) -> Choices:
        """What scores say, where the classes are said too: those that are said are logged."""
        both = (predicted >= 0) & (choices.predicted >= 0)
        known = torch.from_numpy(predicted).clamp(0, scores.shape[1] - 1).to(scores.device)
        own = scores.gather(1, known[:, None])[:, 0]
        less = (own < scores.amax(1)).cpu().numpy() | (predicted >= scores.shape[1])
        if (less & both).any():
            first = int(np.flatnonzero(less & both)[0])
            self._say_once(
                f"At iteration {step}, {(less & both).sum()} of {len(predicted)} images are"
                " predicted as another class than the one with the largest score: predicted"
                f"[{first}] is {predicted[first]}, and the score of {choices.predicted[first]} is"
                " the largest. The classes are logged as they are given; pass None if they"
                " are to be those of the scores.",
                about="contradiction",
            )
        second = np.where(choices.second == predicted, choices.predicted, choices.second)
        said = Choices(predicted, choices.margin, choices.probability, second)
        return said.among(len(predicted), np.where(both, np.arange(len(predicted)), -1))


PROBABILITIES = (
    "The scores are probabilities: each row of them is positive and has the sum 1. Margins and"
    " probabilities are computed of logits: pass what the last softmax gets, or scores.log()."
)


def _count(predicted: Ints | None, scores: Tensor | Kept | None) -> int:
    """How many images were predicted.

    Raises:
        ValueError: There are neither classes nor scores, or not as many.
    """
    if predicted is None and scores is None:
        raise ValueError("predicted is None: pass the class of each image, or scores=")
    counts = {len(each) for each in (predicted, scores) if each is not None}
    if len(counts) > 1:
        assert predicted is not None
        assert scores is not None
        raise ValueError(
            f"{len(scores)} rows of scores for {len(predicted)} predictions: there must be one for"
            " each"
        )
    return counts.pop()


def _predicted_classes(predicted: Any) -> Ints:
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
