"""Weights and gradients -> a few sums for each filter, from which all measures follow.

This is what the training waits for, so memory is passed over once: a block of rows
that fits the cache is converted to float64 and everything is reduced there. Sums in
float32 would not do: the interesting `change` of 1e-12 is a difference of two numbers
that agree in all digits a float32 has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

# Rows of the table of sums.
SUMS = (
    "sum",
    "l1",
    "squares",  # sum of squares
    "deviations",  # sum of squared differences from the filter's mean
    "min",
    "max",
)
# Of a weight w and what it was before, w0. `change` needs no difference of nearly equal sums:
# sin(w, w0) = |t| / |w|, with t the part of w that is orthogonal to w0. How much longer or
# shorter the weight became (weight decay!) does not enter it.
UPDATE_SUMS = (
    "update_squares",  # |w - w0|^2
    "dot",  # w . w0
    "orthogonal_squares",  # |t|^2
)

_SQUARES, _DEVIATIONS = SUMS.index("squares"), SUMS.index("deviations")
_UPDATE_SQUARES = len(SUMS) + UPDATE_SUMS.index("update_squares")
_ORTHOGONAL_SQUARES = len(SUMS) + UPDATE_SUMS.index("orthogonal_squares")

# Elements of a block on a CPU. Three blocks of float64 fit the second-level cache, and
# torch splits no smaller work among threads, whose waiting for each other costs more.
_BLOCK = 32_767


def sums(matrix: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix.

    Args:
        matrix: [rows, n] of any floating type.
        out: float64[len(SUMS), rows] on the same device, is overwritten.
    """
    for rows, (x, y) in _blocks(matrix, 2):
        _sums(matrix[rows], x, y, out[:, rows])
    out[_SQUARES].square_()
    out[_DEVIATIONS].square_()


def weight_sums(matrix: Tensor, previous: Tensor, previous_squares: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix, alone and against what they were.

    Args:
        matrix: [filters, n] of any floating type.
        previous: The matrix as it was, is overwritten with what it is.
        previous_squares: float64[filters], the sums of squares as they were.
        out: float64[len(SUMS) + len(UPDATE_SUMS), filters] on the same device, is overwritten.
    """
    for rows, (w, w0, x) in _blocks(matrix, 3):
        block = matrix[rows]
        _sums(block, w, x, out[: len(SUMS), rows])
        update, dot, orthogonal = out[len(SUMS) :, rows]
        w0.copy_(previous[rows])
        previous[rows] = block
        torch.sub(w, w0, out=x)
        torch.linalg.vector_norm(x, dim=1, out=update)
        torch.mul(w, w0, out=x)
        torch.sum(x, 1, out=dot)
        torch.mul(w0, (dot / previous_squares[rows])[:, None], out=x)
        torch.sub(w, x, out=x)
        torch.linalg.vector_norm(x, dim=1, out=orthogonal)
    for row in (_SQUARES, _DEVIATIONS, _UPDATE_SQUARES, _ORTHOGONAL_SQUARES):
        out[row].square_()


def _sums(block: Tensor, x: Tensor, y: Tensor, out: Tensor) -> None:
    """Reduces rows, but leaves norms where squares are due; `x` becomes the block in float64."""
    total, l1, norm, spread, low, high = out
    x.copy_(block)
    torch.sum(x, 1, out=total)
    torch.abs(x, out=y)
    torch.sum(y, 1, out=l1)
    torch.linalg.vector_norm(x, dim=1, out=norm)
    torch.sub(x, (total / block.shape[1])[:, None], out=y)
    torch.linalg.vector_norm(y, dim=1, out=spread)
    torch.amin(x, 1, out=low)
    torch.amax(x, 1, out=high)


def _blocks(matrix: Tensor, parts: int) -> Iterator[tuple[slice, Sequence[Tensor]]]:
    """Yields blocks of rows, each with float64 scratch of its shape; the scratch is reused."""
    rows, n = matrix.shape
    step = max(1, _BLOCK // n) if matrix.device.type == "cpu" else rows
    scratch = torch.empty(parts, min(step, rows), n, dtype=torch.float64, device=matrix.device)
    whole = list(scratch)
    for start in range(0, rows, step):
        count = min(step, rows - start)
        fitting = whole if count == step else [part[:count] for part in whole]
        yield slice(start, start + count), fitting
