"""Where an epoch of a training ends, by the images that are seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Epochs:
    """Tells when all images of a training have been seen.

    After so many batches, if it is known how many they are. Else after as many images as there are
    (in a group, of each process its share); or sooner where a loader leaves some out: when half of
    a batch was seen already, in an epoch in which no image was seen twice before.

    Args:
        images: How many images this process sees in an epoch; None if that is not known.
        batches: How many batches an epoch has; None if that is not known.
        repeats: Whether the same images come in each epoch, and so tell where it ends.
    """

    def __init__(self, images: int | None, batches: int | None, *, repeats: bool = True) -> None:
        self._images = images
        self._batches = batches
        self._seen: NDArray[np.bool_] | None = None
        self._repeats = repeats and images is not None and batches is None
        self.restart()

    def restart(self) -> None:
        """Begins an epoch."""
        self._count = self._number = 0
        self._once = True
        if self._repeats and self._images is not None:
            self._seen = np.zeros(self._images, np.bool_)

    @property
    def begun(self) -> bool:
        """Whether there was a batch in this epoch."""
        return self._number > 0

    def ended(self, ids: NDArray[np.integer[Any]] | None) -> bool:
        """Whether an epoch has ended before a batch, and this is the first one of the next.

        Args:
            ids: int[n] of the batch, positions in the dataset; None if they are not at hand.
        """
        if self._seen is None or ids is None or not len(ids):
            return False
        known = ids[(ids >= 0) & (ids < len(self._seen))]
        again = int(self._seen[known].sum())
        if self._once and 2 * again >= len(ids) and 2 * self._count >= len(self._seen):
            return True
        self._once &= again == 0
        self._seen[known] = True
        return False

    def count(self, images: int) -> bool:
        """Counts a batch; returns whether an epoch ends with it.

        Args:
            images: How many it has.
        """
        self._count += images
        self._number += 1
        if self._batches is not None:
            return self._number >= self._batches
        return self._images is not None and self._count >= self._images
