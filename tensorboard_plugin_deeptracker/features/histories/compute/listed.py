"""What is read anew of the images that an answer lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....index.reading import columns
from ....index.record import Record
from ...validation.records import PREDICTED_TAG, SECOND_TAG

# Values that are read at once, and counts of classes that are made at once.
_AT_ONCE = 1 << 22


def predicted_over_time(records: Sequence[Record], rows: NDArray[np.integer]) -> NDArray[np.int32]:
    """What images were predicted as at each validation, negative where not evaluated.

    Args:
        records: The validations.
        rows: int[n]: which images, in any order.

    Returns:
        int32[n, validations].
    """
    return np.ascontiguousarray(_gathered(records, PREDICTED_TAG, rows).T)


def second_choices(records: Sequence[Record], rows: NDArray[np.integer]) -> NDArray[np.int32]:
    """The class that came second most often, of equals the first; -1 without scores.

    Args:
        records: The validations.
        rows: int[n]: which images, in any order.

    Returns:
        int32[n].
    """
    with_scores = [record for record in records if SECOND_TAG in record.tensors]
    found = np.full(len(rows), -1, np.int32)
    each = max(1, _AT_ONCE // max(1, len(with_scores)))
    for first in range(0, len(rows) if with_scores else 0, each):
        some = slice(first, first + each)
        found[some] = _most_frequent(_gathered(with_scores, SECOND_TAG, rows[some]).T)
    return found


def _gathered(records: Sequence[Record], tag: str, rows: NDArray[np.integer]) -> NDArray[np.int32]:
    """Values of some rows: int32[records, rows]."""
    found = np.empty((len(records), len(rows)), np.int32)
    if not found.size:
        return found
    first, last = int(rows.min()), int(rows.max()) + 1
    each = max(1, _AT_ONCE // (last - first))
    for at in range(0, len(records), each):
        some = slice(at, at + each)
        found[some] = columns(records[some], tag, first, last)[:, rows - first]
    return found


def _most_frequent(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Of each row, of those that are not negative; -1 if all are: int32[rows, n] -> int32[rows]."""
    width = int(values.max(initial=-1)) + 2
    found = np.empty(len(values), np.int32)
    each = max(1, _AT_ONCE // width)
    for first in range(0, len(values), each):
        some = values[first : first + each] + 1
        cells = some + width * np.arange(len(some))[:, np.newaxis]
        counts = np.bincount(cells.ravel(), minlength=len(some) * width).reshape(-1, width)
        counts[:, 0] = 0
        found[first : first + each] = np.where(counts.any(axis=1), counts.argmax(axis=1) - 1, -1)
    return found
