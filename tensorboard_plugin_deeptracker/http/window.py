"""Which part of a matrix a request asks for, and how coarse."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import bad_request
from .params import COUNT, SPAN, Params

PARAMETERS = {"rows": SPAN, "columns": SPAN, "max_rows": COUNT, "max_columns": COUNT}
# Values of an answer in arrays, so that it stays below what is sent at most; a block of
# several has three times as many.
_MOST_VALUES = 1 << 20
_MOST_BLOCKS = 1 << 19


@dataclass(frozen=True)
class Window:
    """Blocks of a matrix.

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


def asked(params: Params) -> bool:
    """Whether a request is about a part, or coarser than it was logged."""
    return any(params.given(name) for name in PARAMETERS)


def window(params: Params, shape: tuple[int, int]) -> Window:
    """The blocks that a request asks for.

    Args:
        params: Its parameters.
        shape: Rows and columns of the matrix.

    Raises:
        HttpError: A parameter is wrong.
    """
    wanted = span(params, "rows", shape[0]), span(params, "columns", shape[1])
    if not all(wanted):
        return Window((0, 0), (wanted[0][:_MOST_VALUES], wanted[1]), shape)
    levels = [0, 0]
    for axis, name in enumerate(("max_rows", "max_columns")):
        if params.given(name):
            levels[axis] = _level(wanted[axis], params.integer(name))
    while True:
        blocks = _blocks(wanted[0], levels[0]), _blocks(wanted[1], levels[1])
        most_blocks = _MOST_BLOCKS if any(levels) else _MOST_VALUES
        if len(blocks[0]) * len(blocks[1]) <= most_blocks:
            return Window((levels[0], levels[1]), blocks, shape)
        levels[int(len(blocks[1]) > len(blocks[0]))] += 1


def sampled(params: Params, size: int, most: int) -> slice:
    """The columns that a request asks for of what cannot be averaged: one of every block.

    Args:
        params: Its parameters `columns` and `max_columns`.
        size: Number of columns.
        most: Largest number of columns, if the request does not ask for fewer.

    Raises:
        HttpError: A parameter is wrong.
    """
    wanted = span(params, "columns", size)
    if not wanted:
        return slice(0, 0)
    if params.given("max_columns"):
        most = min(most, params.integer("max_columns"))
    level = _level(wanted, most)
    return slice(_blocks(wanted, level).start << level, wanted.stop, 1 << level)


def _level(wanted: range, most: int) -> int:
    """The least power of two that makes no more than `most` blocks."""
    level = 0
    while len(_blocks(wanted, level)) > most:
        level += 1
    return level


def _blocks(wanted: range, level: int) -> range:
    """The blocks that hold any of these positions."""
    return range(wanted.start >> level, ((wanted.stop - 1) >> level) + 1)


def span(params: Params, name: str, size: int) -> range:
    """The positions that a parameter `first:end` names; all if it is not given.

    Raises:
        HttpError: It is none.
    """
    if not params.given(name):
        return range(size)
    text = params.text(name)
    first, colon, last = text.partition(":")
    if colon and all(part.isascii() and part.isdigit() for part in (first, last)):
        start, stop = int(first[:20]), int(last[:20])
        if start < stop:
            return range(min(start, size), min(stop, size))
    raise bad_request(
        f"{name}={text[:32]!r}: must be two positions, first:end, like 0:100 for the first hundred"
    )
