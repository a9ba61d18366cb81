"""An array with room to append in place, so that what is new costs only itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Growing:
    """int32[length, *shape]; grows along its first axis.

    Args:
        *shape: Of one element.
    """

    def __init__(self, *shape: int) -> None:
        self._room = np.empty((64, *shape), np.int32)
        self._length = 0

    @property
    def nbytes(self) -> int:
        """Bytes, with the room that is left."""
        return self._room.nbytes

    @property
    def values(self) -> NDArray[np.int32]:
        """What was appended; earlier views keep their content but for what is set in place."""
        return self._room[: self._length]

    def extend(self, more: NDArray[np.int32]) -> None:
        """Appends elements."""
        length = self._length + len(more)
        if length > len(self._room):
            room = np.empty((max(length, 2 * len(self._room)), *self._room.shape[1:]), np.int32)
            room[: self._length] = self.values
            self._room = room
        self._room[self._length : length] = more
        self._length = length
