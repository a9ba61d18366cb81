"""An array with room to append in place, so that what is new costs only itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# What room grows by, at least and in elements: an eighth copies all of them eight times at most.
_SHARE = 8
_LEAST = 64


class Growing:
    """[length, *shape]; grows along its first axis.

    Args:
        *shape: Of one element.
        dtype: Of its numbers.
    """

    def __init__(self, *shape: int, dtype: DTypeLike = np.int32) -> None:
        self._room: NDArray[Any] = np.empty((0, *shape), dtype)
        self._length = 0

    @property
    def nbytes(self) -> int:
        """Bytes, with the room that is left."""
        return self._room.nbytes

    @property
    def values(self) -> NDArray[Any]:
        """What was appended; earlier views keep their content but for what is set in place."""
        return self._room[: self._length]

    def reserve(self, length: int) -> None:
        """Makes room for so many elements in all, and none beyond."""
        if length > len(self._room):
            room = np.empty((length, *self._room.shape[1:]), self._room.dtype)
            room[: self._length] = self.values
            self._room = room

    def extend(self, more: NDArray[Any]) -> None:
        """Appends elements."""
        length = self._length + len(more)
        if length > len(self._room):
            self.reserve(max(length, len(self._room) + max(_LEAST, len(self._room) // _SHARE)))
        self._room[self._length : length] = more
        self._length = length
