"""Weights and gradients -> a few sums for each filter, from which all measures follow.

This is what the training waits for, so memory is passed over once: a block of rows
that fits the cache is converted to float64 and everything is reduced there. Sums in
float32 would not do: the interesting `change` of 1e-12 is a difference of two numbers
that agree in all digits a float32 has.
"""

from __future__ import annotations

from collections.abc import Sequence

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

# Elements of a block on a CPU. Three blocks of float64 fit the second-level cache, and
# torch splits no smaller work among threads, whose waiting for each other costs more.
_BLOCK = 32_767


def sums(matrix: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix.

    Args:
        matrix: [rows, n] of any floating type.
        out: float64[len(SUMS), rows] on the same device, is overwritten.
    """
    scratch = _scratch(matrix, 2)
    for rows in _blocks(matrix):
        _sums(matrix[rows], out[:, rows], scratch)


def weight_sums(matrix: Tensor, previous: Tensor, previous_squares: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix, alone and against what they were.

    Args:
        matrix: [filters, n] of any floating type.
        previous: The matrix as it was, is overwritten with what it is.
        previous_squares: float64[filters], the sums of squares as they were.
        out: float64[len(SUMS) + len(UPDATE_SUMS), filters] on the same device, is overwritten.
    """
    scratch = _scratch(matrix, 3)
    for rows in _blocks(matrix):
        block = matrix[rows]
        w = _sums(block, out[: len(SUMS), rows], scratch)
        update_squares, dot, orthogonal_squares = out[len(SUMS) :, rows]
        w0, x = (part[: block.numel()].view_as(block) for part in scratch[1:])
        w0.copy_(previous[rows])
        previous[rows] = block
        torch.sub(w, w0, out=x)
        _square_norm(x, update_squares)
        torch.mul(w, w0, out=x)
        torch.sum(x, 1, out=dot)
        torch.mul(w0, (dot / previous_squares[rows])[:, None], out=x)
        torch.sub(w, x, out=x)
        _square_norm(x, orthogonal_squares)


def _sums(block: Tensor, out: Tensor, scratch: Sequence[Tensor]) -> Tensor:
    """Reduces rows; returns them in float64, in the first part of the scratch."""
    total, l1, squares, deviations, low, high = out
    x, y = (part[: block.numel()].view_as(block) for part in scratch[:2])
    x.copy_(block)
    torch.sum(x, 1, out=total)
    torch.abs(x, out=y)
    torch.sum(y, 1, out=l1)
    _square_norm(x, squares)
    torch.sub(x, (total / block.shape[1])[:, None], out=y)
    _square_norm(y, deviations)
    torch.amin(x, 1, out=low)
    torch.amax(x, 1, out=high)
    return x


def _square_norm(x: Tensor, out: Tensor) -> None:
    torch.linalg.vector_norm(x, dim=1, out=out)
    torch.square(out, out=out)


def _blocks(matrix: Tensor) -> list[slice]:
    rows, n = matrix.shape
    step = max(1, _BLOCK // n) if matrix.device.type == "cpu" else rows
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _scratch(matrix: Tensor, parts: int) -> list[Tensor]:
    rows, n = matrix.shape
    size = min(rows * n, max(_BLOCK, n)) if matrix.device.type == "cpu" else rows * n
    empty = torch.empty(parts, size, dtype=torch.float64, device=matrix.device)
    return list(empty)
