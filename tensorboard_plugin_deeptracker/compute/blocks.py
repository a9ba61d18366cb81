"""Blocks of a matrix: which part of it, and how coarse, so that it fits on a screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Blocks:
    """Rectangles of a matrix whose sides are powers of two, laid from row and column 0 on.

    Attributes:
        levels: Powers of two: rows and columns of a block.
        blocks: Which blocks, along each axis.
        shape: Of the matrix.
    """

    levels: tuple[int, int]
    blocks: tuple[range, range]
    shape: tuple[int, int]

    @property
    def exact(self) -> bool:
        """Whether every block is one value."""
        return self.levels == (0, 0)

    @property
    def block(self) -> list[int]:
        """Rows and columns of a block."""
        return [1 << level for level in self.levels]

    def covered(self, axis: int) -> slice:
        """The rows (axis 0) or columns (axis 1) that the blocks cover."""
        level, blocks = self.levels[axis], self.blocks[axis]
        return slice(blocks.start << level, min(blocks.stop << level, self.shape[axis]))


def cover(
    wanted: tuple[range, range],
    shape: tuple[int, int],
    max_blocks: tuple[int | None, int | None],
    max_values: int,
) -> Blocks:
    """The smallest blocks that are few enough.

    Args:
        wanted: Rows and columns that are to be covered.
        shape: Of the matrix.
        max_blocks: Largest number of blocks down and across; None: any number.
        max_values: Largest number of values; a block of several values has three.
    """
    if not all(wanted):
        return Blocks((0, 0), (wanted[0][:max_values], wanted[1]), shape)
    levels = [
        0 if most is None else level_of(own, most)
        for own, most in zip(wanted, max_blocks, strict=True)
    ]
    while True:
        blocks = blocks_of(wanted[0], levels[0]), blocks_of(wanted[1], levels[1])
        allowed = max_values // 2 if any(levels) else max_values
        if len(blocks[0]) * len(blocks[1]) <= allowed:
            return Blocks((levels[0], levels[1]), blocks, shape)
        levels[int(len(blocks[1]) > len(blocks[0]))] += 1


def level_of(wanted: range, max_blocks: int) -> int:
    """The least power of two that makes no more than so many blocks."""
    level = 0
    while len(blocks_of(wanted, level)) > max_blocks:
        level += 1
    return level


def blocks_of(wanted: range, level: int) -> range:
    """The blocks that hold any of these positions."""
    return range(wanted.start >> level, ((wanted.stop - 1) >> level) + 1)
