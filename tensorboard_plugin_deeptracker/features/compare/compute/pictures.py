"""Whether images with the same id are the same, as far as they were logged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....events.decode import DecodeError
from ....index.memo import Memo
from ....index.run import Snapshot
from ...images.compute import first_thumbnails, rows_of_first_thumbnails
from ...images.records import THUMBNAILS
from .align import Alignment
from .results import Kept

# Images that are looked at, evenly chosen, and bytes of each. Where each run draws its own, hardly
# one is the same by chance. Only the first record of pictures is looked into: reading all of them
# would take longer than all else.
_COMPARED = 6
_BYTES = 1 << 16


def differing_pictures(
    snapshots: Sequence[Snapshot], image_set: str, alignment: Alignment
) -> tuple[int, int]:
    """Of some common images, how many do not look the same in all runs that show them.

    Where ids are positions and each run draws its own images, those of one id are others.

    Args:
        snapshots: Of the runs.
        image_set: Which of their image sets.
        alignment: What they have in common.

    Returns:
        How many were compared, and how many differ.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    shown = [snapshot.of(THUMBNAILS, image_set) for snapshot in snapshots]

    def compute(known: Kept[tuple[int, int]] | None) -> Kept[tuple[int, int]]:
        del known
        return Kept(_compared(snapshots, image_set, alignment), alignment)

    memo = Memo.of([snapshot.memo for snapshot in snapshots])
    return memo.get(("pictures", id(alignment)), tuple(shown), compute).value


def _compared(
    snapshots: Sequence[Snapshot], image_set: str, alignment: Alignment
) -> tuple[int, int]:
    every = np.arange(len(alignment.labels))
    shown = [
        np.isin(alignment.rows_of(i, every), rows_of_first_thumbnails(snapshot, image_set))
        for i, snapshot in enumerate(snapshots)
    ]
    # All runs need not show them: those that do must show the same.
    some = np.flatnonzero(np.sum(shown, axis=0) > 1)
    if not len(some):
        return 0, 0
    some = some[np.unique(np.linspace(0, len(some) - 1, _COMPARED).round().astype(np.int64))]
    looks: list[set[bytes]] = [set() for _ in some]
    count = np.zeros(len(some), np.int64)
    for i, snapshot in enumerate(snapshots):
        rows = alignment.rows_of(i, some)
        try:
            found = first_thumbnails(snapshot, image_set, rows, _BYTES)
        except DecodeError:
            continue
        for at, row in enumerate(rows.tolist()):
            if row in found:
                looks[at].add(found[row])
                count[at] += 1
    return int((count > 1).sum()), sum(len(each) > 1 for each in looks)
