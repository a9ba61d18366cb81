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

# Rows of the table of sums. `change` needs no difference of nearly equal numbers:
# with the update d = w - w0, and t the part of d that is orthogonal to w,
# sin(w, w0) = |t| / |w0|. Weight decay only adds to the radial part, which t is free of.
SUMS = (
    "sum",
    "l1",
    "squares",  # sum of squares
    "deviations",  # sum of squared differences from the filter's mean
    "min",
    "max",
)
UPDATE_SUMS = (
    "update_squares",  # |d|^2
    "update_dot",  # d . w
    "update_tangent",  # |t|^2
)

# Elements of a block on a CPU. Three blocks of float64 fit the second-level cache, and
# torch splits no smaller work among threads, whose waiting for each other costs more.
_BLOCK = 32_768


def sums(matrix: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix.

    Args:
        matrix: [rows, n] of any floating type.
        out: float64[len(SUMS), rows] on the same device, is overwritten.
    """
    scratch = _scratch(matrix, 2)
    for rows in _blocks(matrix):
        _sums(matrix[rows], out[:, rows], scratch)


def weight_sums(matrix: Tensor, previous: Tensor, out: Tensor) -> None:
    """Reduces the rows of a matrix and of what was added to it since the last time.

    Args:
        matrix: [filters, n] of any floating type.
        previous: The matrix as it was, is overwritten with what it is.
        out: float64[len(SUMS) + len(UPDATE_SUMS), filters] on the same device, is overwritten.
    """
    scratch = _scratch(matrix, 3)
    for rows in _blocks(matrix):
        block = matrix[rows]
        w = _sums(block, out[: len(SUMS), rows], scratch)
        squares = out[SUMS.index("squares"), rows]
        update_squares, update_dot, update_tangent = out[len(SUMS) :, rows]
        d, product = (part[: block.numel()].view_as(block) for part in scratch[1:])
        d.copy_(previous[rows])
        torch.sub(w, d, out=d)
        previous[rows] = block
        _square_norm(d, update_squares)
        torch.mul(d, w, out=product)
        torch.sum(product, 1, out=update_dot)
        torch.mul(w, (update_dot / squares)[:, None], out=product)
        torch.sub(d, product, out=d)
        _square_norm(d, update_tangent)


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
