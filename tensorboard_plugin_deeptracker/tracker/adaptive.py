"""When to log, if dumps are to be denser when things happen, within a number of them."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

# How much denser or sparser dumps may be than evenly spread over what is left.
_DENSER, _SPARSER = 3.0, 2.0
# Dumps that say what is usual.
_USUAL = 50
# Without a known length: the budget lasts for as long as the natural logarithm of the iterations is
# below this, a million of them; then for longer, more and more sparsely.
_LASTS = 14.0


class Adaptive:
    """Decides after each dump when the next one is due.

    Args:
        budget: The most dumps there may be, the last one, which the caller asks for, among them.
        steps: Iterations of the whole training; None if that is not known: then dumps get sparser
            in proportion to the iterations that there were.
    """

    def __init__(self, budget: int, steps: int | None = None) -> None:
        self._left = budget
        self._steps = steps
        self._due = 0.0
        self._usual: deque[float] = deque(maxlen=_USUAL)
        self._before: NDArray[np.int64] | None = None
        self._last: int | None = None

    def due(self, step: int) -> bool:
        """Whether to log at an iteration."""
        # One is for the last iteration.
        return step >= self._due and self._left > 1

    def logged(self, step: int, predicted: NDArray[np.int64] | None, alarm: bool) -> None:
        """Takes in that a dump was logged.

        Args:
            step: At which iteration.
            predicted: int[images]: what was predicted, if anything was: the more of it is other
                than before, the more happens.
            alarm: Whether a sign was raised since the last dump.
        """
        self._left -= 1
        pace = self._pace(step, predicted)
        if alarm:
            pace = _DENSER
        self._last = step
        self._due = step + max(1.0, self._evenly(step) / pace)

    def _pace(self, step: int, predicted: NDArray[np.int64] | None) -> float:
        """How many times as much happens as usually."""
        before, self._before = self._before, predicted
        if predicted is None or before is None or len(before) != len(predicted):
            return 1.0
        since = step - (self._last or 0)
        changed = float((predicted != before).mean()) / math.sqrt(max(1, since))
        usual = float(np.median(self._usual)) if self._usual else 0.0
        self._usual.append(changed)
        if usual <= 0:
            return 1.0 if changed <= 0 else _DENSER
        return min(_DENSER, max(1 / _SPARSER, changed / usual))

    def _evenly(self, step: int) -> float:
        """Iterations between dumps if those that are left were evenly spread."""
        left = max(1, self._left - 1)
        if self._steps is not None:
            return max(1, self._steps - step) / left
        return max(1.0, step) * _LASTS / left
