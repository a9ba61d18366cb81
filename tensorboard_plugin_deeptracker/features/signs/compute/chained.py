"""A mean over images that are not always the same ones."""

from __future__ import annotations

import numpy as np

from .judge import Floats

# Images that two validations have to have in common: this share of those of either.
_COMMON = 0.5


class Chained:
    """Mean of what images have, changed from time to time as that of the images known at both.

    Where the same images are known every time it is their mean. What has come or gone says nothing
    of what the others do; where fewer than half are known at both times, nothing is known at all.

    Attributes:
        level: The mean as of the last time; NaN before the first.
    """

    def __init__(self) -> None:
        self.level = np.nan
        self._before: Floats | None = None
        # By how much it differs from the mean of what is known.
        self._offset = 0.0

    def next(self, values: Floats) -> float:
        """The mean after another time.

        Args:
            values: float64[images]; NaN where nothing is known.
        """
        known = ~np.isnan(values)
        if not known.any():
            return self.level
        mean = float(values[known].mean())
        before = self._before
        if before is None:
            self.level = mean
        else:
            known_before = ~np.isnan(before)
            both = known & known_before
            if both.sum() >= _COMMON * max(known.sum(), known_before.sum()):
                gone = float(before[known_before].mean() - before[both].mean())
                self._offset += gone - (mean - float(values[both].mean()))
                self.level = mean + self._offset
            else:
                self._offset = self.level - mean
        self._before = values
        return self.level
