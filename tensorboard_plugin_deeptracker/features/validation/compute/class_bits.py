"""A bit for each image, packed so that the images of a class begin with a byte of their own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Classes of more bytes are counted one by one, others a byte of each at a time.
_FEW_BYTES = 32


class ClassBits:
    """Where the bits of images are.

    Args:
        sizes: int[classes]: number of images of each class, which lie side by side.
    """

    def __init__(self, sizes: NDArray[np.integer[Any]]) -> None:
        self.sizes = sizes.astype(np.int64)

    @cached_property
    def first_bytes(self) -> NDArray[np.int64]:
        """First byte of each class, and one past the last: int64[classes + 1]."""
        ends: NDArray[np.int64] = np.cumsum(-(-self.sizes // 8))
        return np.concatenate([[0], ends])

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The smallest type that holds a number of images of a class."""
        return np.min_scalar_type(int(self.sizes.max(initial=0)))

    def pack(self, flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """bool[n, images] -> uint8[n, bytes]; bits that are no image's are 0."""
        packed = np.packbits(flags, axis=1)
        if self._is_packed:
            return packed
        at, shift, mask = self._place
        # Each byte with the one behind it, of which the last class has none.
        pairs = np.left_shift(packed, 8, dtype=np.uint16)
        pairs[:, :-1] |= packed[:, 1:]
        found = np.take(pairs, at, axis=1)
        found >>= shift
        bits: NDArray[np.uint8] = found.astype(np.uint8)
        bits &= mask
        return bits

    def pieces(
        self, first: int, last: int, most: int
    ) -> Iterator[tuple[slice, slice, NDArray[np.int64]]]:
        """Some classes in pieces of few bytes; a class of more bytes is in several.

        Args:
            first: The first class.
            last: One past the last.
            most: Bytes of a piece.

        Yields:
            Which classes, which bytes, and where in these each class begins; see `count`.
        """
        ends = self.first_bytes
        while first < last:
            fitting = int(np.searchsorted(ends, ends[first] + most, side="right")) - 1
            stop = min(max(fitting, first + 1), last)
            begin, end = ends[[first, stop]].tolist()
            for at in range(begin, end, most):
                own = slice(at, min(at + most, end))
                yield slice(first, stop), own, np.clip(ends[first : stop + 1], at, own.stop) - at
            first = stop

    def count_all(self, bits: NDArray[np.uint8]) -> NDArray[Any]:
        """How many images of each class have their bit set: uint8[n, bytes] -> [n, classes]."""
        # A class without images has no byte to begin at.
        filled = self.sizes > 0
        if not filled.any():
            return np.zeros((len(bits), len(filled)), self.dtype)
        ones = np.bitwise_count(bits)
        own = self.first_bytes[:-1][filled]
        found = np.add.reduceat(ones, own, axis=1, dtype=self.dtype)
        if filled.all():
            return found
        counts = np.zeros((len(bits), len(filled)), self.dtype)
        counts[:, filled] = found
        return counts

    def count(self, bits: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[Any]:
        """The same of some classes, of many validations.

        Args:
            bits: uint8[bytes, n].
            starts: Where the bytes of each begin, and their end: int64[classes + 1].

        Returns:
            [classes, n], of `dtype`.
        """
        sizes = np.diff(starts)
        ones = np.bitwise_count(bits)
        counts = np.zeros((len(sizes), bits.shape[1]), self.dtype)
        for each in np.flatnonzero(sizes > _FEW_BYTES).tolist():
            np.add.reduce(
                ones[starts[each] : starts[each + 1]], axis=0, dtype=self.dtype, out=counts[each]
            )
        few = np.flatnonzero(sizes <= _FEW_BYTES)
        for i in range(_FEW_BYTES):
            few = few[sizes[few] > i]
            if not len(few):
                break
            counts[few] += ones[starts[few] + i]
        return counts

    @cached_property
    def _is_packed(self) -> bool:
        """Whether every class but the last fills its bytes."""
        return not (self.sizes[:-1] % 8).any()

    @cached_property
    def _place(self) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint8]]:
        """Where each byte begins among all images' bits: its byte, what to shift, which to keep."""
        bytes_of = np.diff(self.first_bytes)
        label = np.repeat(np.arange(len(self.sizes)), bytes_of)
        within = np.arange(len(label)) - self.first_bytes[label]
        first_rows = np.cumsum(self.sizes) - self.sizes
        bit = first_rows[label] + 8 * within
        left = np.minimum(self.sizes[label] - 8 * within, 8)
        mask = (0xFF00 >> left).astype(np.uint8)
        return bit >> 3, (8 - (bit & 7)).astype(np.uint16), mask
