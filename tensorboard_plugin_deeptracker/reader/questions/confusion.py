"""Questions of the feature confusion; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Confusion(Answer):
    """The confusion matrix at a validation, with each class's precision and recall.

    Attributes:
        step: A training iteration.
        label: int32[cells].
        predicted: int32[cells].
        count: int32[cells]: of those that are not 0.
        images: int32[classes]: evaluated.
        correct: int32[classes].
        predicted_as: int32[classes]: of all images.
        precision: float32[classes]: NaN of none.
        recall: float32[classes]: NaN of none.
    """

    step: int
    label: NDArray[np.int32]
    predicted: NDArray[np.int32]
    count: NDArray[np.int32]
    images: NDArray[np.int32]
    correct: NDArray[np.int32]
    predicted_as: NDArray[np.int32]
    precision: NDArray[np.float32]
    recall: NDArray[np.float32]


class ConfusionQuestions(Asking):
    """Questions of the feature `confusion`."""

    def confusion(self, *, step: int | None = None, image_set: str = "validation") -> Confusion:
        """The confusion matrix at a validation, with each class's precision and recall.

        Args:
            step: Iteration of a validation; what the tab starts with.
            image_set: Name of an image set.

        Example:
            >>> run.confusion()
            Confusion(step=5, label=int32[4], predicted=int32[4], count=int32[4],
            images=int32[2], correct=int32[2], predicted_as=int32[2], precision=float32[2],
            recall=float32[2])
        """
        return Confusion(**self._fields("confusion", {"step": step, "image_set": image_set}))
