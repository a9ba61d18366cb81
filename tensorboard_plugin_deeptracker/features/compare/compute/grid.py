"""Places on an axis that runs have in common, and which validation of each run holds there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Grid:
    """Columns of a chart of several runs.

    Attributes:
        at: Places on the axis, ascending: float64[columns].
        validations: The last validation of each run that is not behind each place:
            int64[runs, columns]; -1 before the first one, and behind the last one.
    """

    at: NDArray[np.float64]
    validations: NDArray[np.int64]

    def of(self, run: int, values: NDArray[np.generic], missing: float) -> NDArray[np.generic]:
        """Values of a run at its validations -> values at the columns.

        Args:
            run: Position of the run.
            values: [..., validations].
            missing: What stands where no validation holds.
        """
        own = self.validations[run]
        found: NDArray[np.generic] = np.where(
            own >= 0, values[..., np.maximum(own, 0)], values.dtype.type(missing)
        )
        return np.ascontiguousarray(found)


def grid(places: Sequence[NDArray[np.float64]], most: int) -> Grid:
    """The places at which any run has a validation; of too many some, evenly chosen.

    Args:
        places: Where the validations of each run are: float64[validations], never falling.
        most: How many columns at most.
    """
    at = np.unique(np.concatenate(places))
    if len(at) > most:
        at = at[np.unique(np.linspace(0, len(at) - 1, most).round().astype(np.int64))]
    held = [
        np.where(at <= own[-1], np.searchsorted(own, at, side="right") - 1, -1) for own in places
    ]
    return Grid(at, np.stack(held).astype(np.int64))
