"""Questions of the feature causes; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Effects(Answer):
    """Groups of filters that were put back, and what reverted, beside chance.

    Attributes:
        budget: The share of the training's time that may be spent on it.
        steps: int64[tested].
        passed: int64[passed].
    """

    budget: float | None
    moments: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    steps: NDArray[np.int64]
    passed: NDArray[np.int64]


class CausesQuestions(Asking):
    """Questions of the feature `causes`."""

    def effects(
        self, *, step: int | None = None, class_: str | None = None, image_set: str = "validation"
    ) -> Effects:
        """Groups of filters that were put back, and what reverted, beside chance.

        Args:
            step: Only those of this iteration.
            class_: Only those on its images.
            image_set: Name of an image set.

        Example:
            >>> run.effects()
            Effects(moments=list of 1, effects=list of 3, steps=int64[1], passed=int64[0])
        """
        return Effects(
            **self._fields("effects", {"step": step, "class": class_, "image_set": image_set})
        )
