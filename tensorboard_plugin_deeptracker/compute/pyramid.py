"""Aggregates of large matrices at every power of two, made when they are asked for.

Kept in the memo as tiles, like a map: what lies side by side on the screen and what lies above
it in the pyramid is found again, the rest is forgotten. A tile holds for the records that it
was made from, so that what is logged later leaves the tiles before it as they are, and
the last one is replaced.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..index.memo import Memo
from .cells import Cells, cells, joined

# Rows and columns of a tile, in blocks.
TILE = (1024, 128)
# Up to that many halvings, a tile is made from the matrix: about a million values.
_DIRECT = 3


class Matrix(Protocol):
    """Values in a log, of which parts can be read.

    Attributes:
        name: Tells it from all other matrices of the run; stays as the log grows.
        shape: Rows and columns.
    """

    name: Hashable
    shape: tuple[int, int]

    def key(self, rows: slice, columns: slice) -> Hashable:
        """Tells these values from all others of the run, also from what was there before."""
        ...

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Reads some values; NaN where there is none."""
        ...


class Pyramid:
    """Aggregates of the matrices of a run.

    Args:
        memo: Keeps the tiles.
        tile: Rows and columns of a tile, in blocks.
    """

    def __init__(self, memo: Memo, tile: tuple[int, int] = TILE) -> None:
        self._memo = memo
        self._tile_shape = tile

    def blocks(self, matrix: Matrix, levels: tuple[int, int], rows: range, columns: range) -> Cells:
        """Aggregates of blocks of 2^levels rows and columns.

        Args:
            matrix: The values.
            levels: Powers of two: rows and columns of a block.
            rows: Which blocks, counted from the first row.
            columns: Which blocks, counted from the first column.

        Raises:
            DamagedRecordError, OSError: See `columns` in `index.reading`.
        """
        height, width = self._tile_shape
        bands = []
        for i in range(rows.start // height, -(-rows.stop // height)):
            tiles = []
            for j in range(columns.start // width, -(-columns.stop // width)):
                tile = self._tile(matrix, levels, i, j)
                tiles.append(
                    tile.part(_within(rows, i * height, height), _within(columns, j * width, width))
                )
            bands.append(joined(tiles, 1))
        return joined(bands, 0)

    def largest(self, matrix: Matrix, axis: int) -> NDArray[np.float32]:
        """The largest finite magnitude of each row (axis 1) or column (axis 0); 0: none."""
        levels = [0, 0]
        levels[axis] = max(0, matrix.shape[axis] - 1).bit_length()
        shape = [-(-size >> level) for size, level in zip(matrix.shape, levels, strict=True)]
        if not all(matrix.shape):
            return np.zeros(matrix.shape[1 - axis], np.float32)
        found = self.blocks(matrix, (levels[0], levels[1]), range(shape[0]), range(shape[1]))
        magnitude = np.maximum(-found.lowest, found.highest)
        return np.where(found.count > 0, magnitude, np.float32(0)).reshape(-1)

    def _tile(self, matrix: Matrix, levels: tuple[int, int], i: int, j: int) -> Cells:
        height, width = self._tile_shape
        rows = _part(i, height << levels[0], matrix.shape[0])
        columns = _part(j, width << levels[1], matrix.shape[1])

        def aggregate(replaced: Cells | None = None) -> Cells:
            del replaced
            return self._aggregate(matrix, levels, i, j, rows, columns)

        # What is not aggregated is as quickly read again.
        if not any(levels):
            return aggregate()
        key = "tile", self._tile_shape, matrix.name, levels, i, j
        return self._memo.get(key, matrix.key(rows, columns), aggregate)

    def _aggregate(
        self,
        matrix: Matrix,
        levels: tuple[int, int],
        i: int,
        j: int,
        rows: slice,
        columns: slice,
    ) -> Cells:
        if sum(levels) <= _DIRECT:
            tile = cells(matrix.read(rows, columns))
            for axis, level in enumerate(levels):
                for _ in range(level):
                    tile = tile.halved(axis)
            return tile
        axis = int(levels[1] > levels[0])
        below = (levels[0] - 1, levels[1]) if axis == 0 else (levels[0], levels[1] - 1)
        size = self._tile_shape[axis] << below[axis]
        parts = []
        for child in (2 * (j if axis else i), 2 * (j if axis else i) + 1):
            if child * size < matrix.shape[axis]:
                place = (i, child) if axis else (child, j)
                parts.append(self._tile(matrix, below, *place).halved(axis))
        return joined(parts, axis)


class Scaled:
    """A matrix of which each row (axis 1) or column (axis 0) is divided by a number of its own.

    Args:
        matrix: What is divided.
        axis: The one that the numbers were found along.
        scale: The numbers; where one is 0, nothing is divided.
    """

    def __init__(self, matrix: Matrix, axis: int, scale: NDArray[np.float32]) -> None:
        self._matrix = matrix
        self._axis = axis
        self._scale = np.where(scale == 0, np.float32(1), scale)
        self.name: Hashable = matrix.name, axis
        self.shape = matrix.shape

    def key(self, rows: slice, columns: slice) -> Hashable:
        """See `Matrix`."""
        part = self._scale[rows if self._axis == 1 else columns]
        return self._matrix.key(rows, columns), part.tobytes()

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """See `Matrix`."""
        part = self._scale[rows if self._axis == 1 else columns]
        values: NDArray[np.float32] = self._matrix.read(rows, columns) / np.expand_dims(
            part, self._axis
        )
        return values


def _part(position: int, size: int, end: int) -> slice:
    return slice(position * size, min((position + 1) * size, end))


def _within(blocks: range, start: int, size: int) -> slice:
    return slice(max(0, blocks.start - start), min(size, blocks.stop - start))
