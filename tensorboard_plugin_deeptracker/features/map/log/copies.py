"""Images whose features are exactly the same: one stands for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Rows of a matrix, those that are the same together.

    Attributes:
        of: The group of each row: int64[rows]; groups are numbered by their first rows.
        first: The first row of each group: int64[groups], ascending.
        begins: Where each group begins in `rows`, and one past the last: int64[groups + 1].
        rows: All rows, group by group, ascending in each: int64[rows].
    """

    of: Ints
    first: Ints
    begins: Ints
    rows: Ints

    def members(self, most: int) -> Ints:
        """The first rows of each group: int64[groups, most], -1 beyond the last."""
        places = self.begins[:-1, None] + np.arange(most)
        there = places < self.begins[1:, None]
        return np.where(there, self.rows[np.minimum(places, len(self.rows) - 1)], -1)


def group(matrix: NDArray[np.float32]) -> Groups:
    """Groups the rows of a matrix, none of which is NaN."""
    rows = np.ascontiguousarray(matrix + np.float32(0))  # No -0.
    numbers: dict[bytes, int] = {}
    of = np.fromiter(
        (numbers.setdefault(row.tobytes(), len(numbers)) for row in rows), np.int64, len(rows)
    )
    order = np.argsort(of, kind="stable")
    begins = np.searchsorted(of[order], np.arange(len(numbers) + 1))
    return Groups(of, order[begins[:-1]], begins, order)
