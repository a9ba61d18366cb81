"""Which images a question is about, in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...images.records import ImageSet
from .scores import ImageScores

# What images can be sorted by: their order in the log, and their scores.
SORTS = (
    "log",
    "observed",
    "right",
    "learned_at",
    "settled_at",
    "flips",
    "forgotten",
    "margin",
    "confidence",
    "variability",
    "suspicion",
)
_FIELDS = {"learned_at": "learned", "settled_at": "settled"}


@dataclass(frozen=True)
class Choice:
    """Which images, in which order.

    Attributes:
        sort: One of `SORTS`.
        descending: Whether the largest come first.
        label: Only those of this class; None: of all.
        confidence: Only those with one in this range, its ends included; None: all.
        variability: Likewise.
    """

    sort: str = "log"
    descending: bool = False
    label: int | None = None
    confidence: tuple[float, float] | None = None
    variability: tuple[float, float] | None = None

    def rows(self, scores: ImageScores, images: ImageSet) -> NDArray[np.int32]:
        """Rows of the image set: int32[chosen].

        Images without a value come last, in either direction; of equals, the first in the log
        comes first. What was never learned counts as learned last of all.
        """
        first, last = 0, len(images.labels)
        if self.label is not None:
            first, last = images.first_rows[self.label : self.label + 2].tolist()
        rows = np.arange(first, last, dtype=np.int32)
        for name in ("confidence", "variability"):
            span = getattr(self, name)
            if span is not None:
                values = getattr(scores, name)[rows]
                rows = rows[(values >= span[0]) & (values <= span[1])]
        if self.sort == "log":
            return rows[::-1] if self.descending else rows
        values = getattr(scores, _FIELDS.get(self.sort, self.sort))[rows]
        if self.sort in _FIELDS:
            values = np.where(values < 0, scores.observations, values)
            values = np.where(scores.observed[rows] > 0, values.astype(np.float32), np.nan)
        # NaN is sorted to the end.
        return rows[np.argsort(-values if self.descending else values, kind="stable")]
