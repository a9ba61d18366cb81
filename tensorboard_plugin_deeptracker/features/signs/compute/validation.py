"""What rules about images see of a validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...histories.compute import Scores


@dataclass(frozen=True)
class Validation:
    """What was logged of a validation.

    Attributes:
        step: Training iteration.
        predicted: int[images], negative where not evaluated.
        scores: Those of one validation, [1, images]; None if none were logged.
        not_finite: Images whose scores are not.
    """

    step: int
    predicted: NDArray[np.integer]
    scores: Scores | None = None
    not_finite: int = 0
