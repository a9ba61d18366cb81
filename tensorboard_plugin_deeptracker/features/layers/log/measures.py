"""Weights and gradients -> a few sums, from which all measures follow.

This is what the training waits for. Sums in float32 would not always do: the interesting
`change` of 1e-12 is a difference of two numbers that agree in all digits a float32 has.
So a block of rows that fits the cache is converted to float64, and everything is reduced
there; but for float32 on a CPU, where one compiled pass does it all if numba is installed, and
`single` what it can without float64 if not. On a CPU all else is done with numpy: torch's threads
would wait for each other longer than the work takes, and its reductions of rows are slower than
products of vectors.

It goes in two steps. Additive sums first: those of the parts of a row make those of the
row. The other two are differences of complete sums; where these all but cancel, they are
summed from the elements instead, which is additive again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .compiled import kernels
from .sampling import NOTHING, LayerSample
from .single import SingleReducer, piece

# Of the elements x of each row.
SUMS = (
    "sum",
    "squares",  # x . x
    "deviations",  # sum of squared differences from the row's mean
)
# Of each row w, of what it was before, w0, and of d = w - w0.
UPDATE_SUMS = (
    "update_squares",  # d . d
    "dot",  # w . w0
    "orthogonal_squares",  # t . t, with t the part of w0 (and of -d) that is orthogonal to w
)
# Of the whole matrix.
TOTALS = ("l1", "min", "max")

# Elements of a block: two of float64 lie in a CPU's third-level cache; those of an
# accelerator only have to be small beside its memory.
_BLOCK = 1 << 18
_DEVICE_BLOCK = 1 << 26
# A difference so much smaller than what was subtracted from is summed from the elements;
# any other is correct to 1e-7 in float64.
_CANCELLED = 1e-8


class Reducer:
    """Reduces the rows of matrices; keeps a few megabytes of scratch between them."""

    def __init__(self) -> None:
        self._scratch = np.empty((2, 0))
        self._ones = np.empty(0)
        self._single = SingleReducer()

    def reduce(
        self,
        matrix: Tensor,
        previous: Tensor | None = None,
        *,
        replace: bool = False,
        means: bool = True,
        sample: LayerSample | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Reduces rows, alone and against what they were.

        Args:
            matrix: [rows, n] of any floating type.
            previous: The matrix as it was; None leaves out `UPDATE_SUMS`.
            replace: Whether that is to be the matrix from now on.
            means: Whether the sums of single rows matter, and not only what they add up to.
            sample: Of the same elements; taken on the way, where that is faster.

        Returns:
            float64[SUMS and UPDATE_SUMS, rows] and float64[TOTALS], on the matrix's device.
        """
        single = matrix.device.type == "cpu" and matrix.dtype == torch.float32
        if single and kernels():
            return _in_one_pass(matrix, previous, replace, sample)
        if single and piece(matrix.shape[1]):
            answer = self._mostly_single(matrix, previous, means, sample)
        else:
            answer = self._double(matrix, previous)
        if previous is not None and replace:
            copy(matrix, previous)
        return answer

    def _mostly_single(
        self, matrix: Tensor, previous: Tensor | None, means: bool, sample: LayerSample | None
    ) -> tuple[Tensor, Tensor]:
        """`reduce`, where rows of which float32 is not enough are done again."""
        before = None if previous is None else previous.numpy()
        now, step = matrix.numpy(), max(1, _BLOCK // matrix.shape[1])
        seen = sample.take if sample else lambda _: None
        table, inexact, totals = self._single.reduce(now, before, means, seen)
        for start in range(0, len(inexact), step):
            rows = inexact[start : start + step]
            old = None if before is None else torch.from_numpy(before[rows])
            table[:, rows] = self._double(torch.from_numpy(now[rows]), old)[0]
        return torch.from_numpy(table), torch.from_numpy(totals)

    def _double(self, matrix: Tensor, previous: Tensor | None) -> tuple[Tensor, Tensor]:
        table, totals = self.additive(matrix, previous)
        n = matrix.shape[1]
        found, rows = differences(table, n)
        if isinstance(rows, slice) or len(rows):
            found[:, rows] = residuals(matrix, previous, table, n, rows)
        return assemble(table, found), totals

    def additive(self, matrix: Tensor, previous: Tensor | None) -> tuple[Tensor, Tensor]:
        """The first step of `reduce`.

        Returns:
            float64[5 (2 without `previous`), rows]: sum, squares, d . w, update_squares, dot; and
            float64[TOTALS].
        """
        table = matrix.new_empty(2 if previous is None else 5, len(matrix), dtype=torch.float64)
        reduce = self._on_host if matrix.device.type == "cpu" else _on_device
        totals = [
            reduce(matrix[rows], None if previous is None else previous[rows], table[:, rows])
            for rows in _blocks(matrix)
        ]
        l1, low, high = torch.stack(totals, 1)
        return table, torch.stack([l1.sum(), low.amin(), high.amax()])

    def _on_host(self, block: Tensor, previous: Tensor | None, out: Tensor) -> Tensor:
        """The sums of a block go to `out`; returns its totals."""
        if self._scratch.shape[1] < block.numel():
            self._scratch = np.empty((2, max(block.numel(), _BLOCK)))
            self._ones = np.ones(self._scratch.shape[1])
        x, y = (part[: block.numel()].reshape(block.shape) for part in self._scratch)
        ones = self._ones[: block.shape[1]]
        native, table = _array(block), out.numpy()
        np.copyto(x, native)
        np.vecdot(x, ones, out=table[0])
        np.vecdot(x, x, out=table[1])
        np.abs(x, out=y)
        totals = [np.vecdot(y, ones).sum(), native.min(), native.max()]
        if previous is not None:
            np.copyto(y, _array(previous))
            np.vecdot(x, y, out=table[4])
            np.subtract(x, y, out=y)
            np.vecdot(y, x, out=table[2])
            np.vecdot(y, y, out=table[3])
        return torch.tensor(totals, dtype=torch.float64)


def _in_one_pass(
    matrix: Tensor, previous: Tensor | None, replace: bool, sample: LayerSample | None
) -> tuple[Tensor, Tensor]:
    """`Reducer.reduce` by what numba has compiled."""
    compiled, now = kernels(), matrix.numpy()
    before = None if previous is None else previous.numpy()
    table = np.empty((len(SUMS) + (0 if before is None else len(UPDATE_SUMS)), len(now)))
    positions, out = sample.to_be_filled() if sample else NOTHING
    magnitudes, *keys = compiled.reduce_rows(
        now, now.view(np.int32), before, replace, _CANCELLED, table, positions, out
    )
    low, high = map(compiled.of_key, keys)
    if np.isnan(low) or np.isnan(high):
        low = high = np.nan
    return torch.from_numpy(table), torch.tensor([magnitudes, low, high], dtype=torch.float64)


def of_all(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """`TOTALS` of a matrix, of those of its parts, float64[TOTALS, parts], if it comes in parts."""
    if totals.ndim == 1:
        return totals
    l1, low, high = totals
    return np.array([l1.sum(), low.min(), high.max()])


def copy(source: Tensor, target: Tensor) -> None:
    """Copies a matrix to one of the same type and device."""
    if source.device.type == "cpu":
        # Numpy has no bfloat16, but bytes are bytes. A column may count as contiguous any way.
        np.copyto(_bytes(target), _bytes(source))
    else:
        target.copy_(source)


def _bytes(tensor: Tensor) -> NDArray[np.uint8]:
    array: NDArray[np.uint8] = tensor.view(-1).view(torch.uint8).numpy()
    return array


def _on_device(block: Tensor, previous: Tensor | None, out: Tensor) -> Tensor:
    x = block.double()
    rows = [x.sum(1), x.square().sum(1)]
    if previous is not None:
        d = x - previous
        rows += [(d * x).sum(1), d.square().sum(1), (x * previous).sum(1)]
    out.copy_(torch.stack(rows))
    return torch.stack([x.abs().sum(), *x.aminmax()])


def differences(table: Tensor, n: int) -> tuple[Tensor, Tensor | slice]:
    """The sums that are differences of others.

    Args:
        table: float64[5 or 2, rows], as `Reducer.additive` returns it, for complete rows.
        n: Length of these.

    Returns:
        float64[2, rows]: deviations and orthogonal_squares (float64[1, rows] without the
        latter); and the rows where these are not exact enough. On an accelerator these
        are all rows: to ask which would be to wait for it.
    """
    total, squares, *updates = table
    whole, along = [squares], [total.square() / n]
    if updates:
        whole.append(updates[1])
        along.append(updates[0].square() / squares)
    minuend = torch.stack(whole)
    found = minuend - torch.stack(along)
    if table.device.type != "cpu":
        return found, slice(None)
    return found, (found < _CANCELLED * minuend).any(0).nonzero()[:, 0]


def assemble(table: Tensor, found: Tensor) -> Tensor:
    """What `Reducer.additive` and `differences` found, as float64[SUMS and UPDATE_SUMS, rows]."""
    deviations, *orthogonal = found
    return torch.stack([*table[:2], deviations, *table[3:], *orthogonal])


def residuals(
    matrix: Tensor, previous: Tensor | None, table: Tensor, n: int, rows: Tensor | slice
) -> Tensor:
    """What `differences` finds, summed from the elements of some rows; additive.

    Args:
        matrix: As for `Reducer.reduce`, or parts of its rows.
        previous: What it was.
        table: float64[5 or 2, rows], sums of complete rows.
        n: Length of these.
        rows: Which rows.

    Returns:
        float64[2 or 1, those rows], of the elements in the matrix.
    """
    matrix, table = matrix[rows], table[:, rows]
    before = None if previous is None else previous[rows]
    answer = torch.empty_like(table[: 1 if before is None else 2])
    for block in _blocks(matrix):
        x = matrix[block].double()
        parts = [x - table[0, block, None] / n]
        if before is not None:
            parts.append(before[block] - (table[4, block] / table[1, block])[:, None] * x)
        answer[:, block] = torch.stack([part.square().sum(1) for part in parts])
    return answer


def _blocks(matrix: Tensor) -> Iterator[slice]:
    rows, n = matrix.shape
    step = max(1, (_BLOCK if matrix.device.type == "cpu" else _DEVICE_BLOCK) // n)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _array(block: Tensor) -> NDArray[np.floating]:
    """A tensor of the host as an array; numpy has no bfloat16."""
    array: NDArray[np.floating] = (block.float() if block.itemsize < 4 else block).numpy()
    return array
