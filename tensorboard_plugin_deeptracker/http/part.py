"""Which part of a matrix a request asks for, and how coarse; and the answer about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.blocks import Blocks, blocks_of, cover, level_of
from ..compute.errors import InvalidQuestionError
from ..compute.pyramid import Matrix, Pyramid
from .params import COUNT, SPAN, Parameter, Params
from .schema import INTEGER, NUMBER, Schema, Tensor, array

ROWS = Parameter("rows", SPAN, "rows, first:end, the end not included", "0:2", required=False)
COLUMNS = Parameter("columns", SPAN, "columns, likewise", "0:4", required=False)
MAX_ROWS = Parameter("max_rows", COUNT, "the most rows to be drawn", "2", required=False)
MAX_COLUMNS = Parameter("max_columns", COUNT, "the most columns to be drawn", "3", required=False)
PARAMETERS = (ROWS, COLUMNS, MAX_ROWS, MAX_COLUMNS)
# What an answer about a part has beside that of the whole.
_SPAN = array(INTEGER, "first position, and one past the last")
FIELDS: Mapping[str, Schema] = {
    "rows": _SPAN,
    "columns": _SPAN,
    "block": array(INTEGER, "rows and columns of a block"),
}
AGGREGATES = {
    name: Tensor("float32", ("blocks down", "blocks across"), f"{what} finite value of each block")
    for name, what in (("mean", "mean"), ("lowest", "lowest"), ("highest", "highest"))
}
_ROWS_OF_NUMBERS = array(array(NUMBER))
JSON_FIELDS: Mapping[str, Schema] = {**FIELDS, **dict.fromkeys(AGGREGATES, _ROWS_OF_NUMBERS)}
OPTIONAL = frozenset(JSON_FIELDS)
# Values of an answer in arrays, so that it stays below what is sent at most.
MAX_VALUES = 1 << 20


def asked(params: Params) -> bool:
    """Whether a request is about a part, or coarser than it was logged."""
    return any(params.given(parameter.name) for parameter in PARAMETERS)


def part(params: Params, shape: tuple[int, int], max_values: int = MAX_VALUES) -> Blocks:
    """The blocks that a request asks for.

    Args:
        params: Its parameters.
        shape: Rows and columns of the matrix.
        max_values: Largest number of values of the answer.

    Raises:
        InvalidQuestionError: A parameter is wrong.
    """
    wanted = span(params, "rows", shape[0]), span(params, "columns", shape[1])
    max_rows, max_columns = (
        params.integer(name) if params.given(name) else None for name in ("max_rows", "max_columns")
    )
    return cover(wanted, shape, (max_rows, max_columns), max_values)


def sampled(params: Params, size: int, most: int) -> slice:
    """The columns that a request asks for of what cannot be averaged: one of every block.

    Args:
        params: Its parameters `columns` and `max_columns`.
        size: Number of columns.
        most: Largest number of columns, if the request does not ask for fewer.

    Raises:
        InvalidQuestionError: A parameter is wrong.
    """
    wanted = span(params, "columns", size)
    if not wanted:
        return slice(0, 0)
    if params.given("max_columns"):
        most = min(most, params.integer("max_columns"))
    level = level_of(wanted, most)
    return slice(blocks_of(wanted, level).start << level, wanted.stop, 1 << level)


def span(params: Params, name: str, size: int) -> range:
    """The positions that a parameter `first:end` names; all if it is not given.

    Raises:
        InvalidQuestionError: It is none.
    """
    if not params.given(name):
        return range(size)
    text = params.text(name)
    first, colon, last = text.partition(":")
    if colon and all(each.isascii() and each.isdigit() for each in (first, last)):
        start, stop = int(first[:20]), int(last[:20])
        if start < stop:
            return range(min(start, size), min(stop, size))
    raise InvalidQuestionError(
        f"{name}={text[:32]!r}: must be two positions, first:end, like 0:100 for the first hundred"
    )


def place(blocks: Blocks, steps: NDArray[np.int64]) -> dict[str, Any]:
    """Which rows and columns are answered, and the step at which each block begins."""
    rows, columns = blocks.covered(0), blocks.covered(1)
    return {
        "rows": [rows.start, rows.stop],
        "columns": [columns.start, columns.stop],
        "block": blocks.block,
        "steps": np.ascontiguousarray(steps[columns][:: blocks.block[1]]),
    }


def aggregates(pyramid: Pyramid, matrix: Matrix, blocks: Blocks) -> dict[str, Any]:
    """The mean and the extremes of each block: float32[blocks down, blocks across]."""
    found = pyramid.blocks(matrix, blocks.levels, *blocks.blocks)
    missing = found.count == 0
    return {
        "mean": found.mean,
        "lowest": np.where(missing, np.float32(np.nan), found.lowest),
        "highest": np.where(missing, np.float32(np.nan), found.highest),
    }
