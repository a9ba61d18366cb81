"""Weights, or gradients, of many layers on an accelerator at once -> the sums of `measures`.

To start an operation takes the training thread longer than an accelerator needs for a layer. So
matrices whose rows are of one length are reduced as one: those of a ResNet-50 are of eleven
lengths. No size depends on a value and nothing is asked back, so nobody waits for what the training
has still to do. For the same reason, differences are summed from the elements of all rows, not only
of those where the difference of the sums would not be exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.linalg import vector_norm

from .sampling import Sampler

# Elements that are reduced at once: as float64, 32 MB, of which there are up to four at a time.
_AT_ONCE = 1 << 22


class Reduced(NamedTuple):
    """What is found of a layer.

    Attributes:
        sums: float64[SUMS, rows].
        totals: float64[TOTALS, rows], those of each row.
        sample: See `Sampler`.
        updates: float64[UPDATE_SUMS, rows]; None without a dump before.
        squares: float64[rows], of what is kept.
        kept: What the next dump is to be compared with.
    """

    sums: Tensor
    totals: Tensor
    sample: Tensor
    updates: Tensor | None
    squares: Tensor
    kept: Tensor


class Together:
    """Reduces the matrices of layers; knows where on each device to look for their samples."""

    def __init__(self) -> None:
        self._positions: dict[tuple[torch.device, int], Tensor] = {}

    def reduce(
        self,
        matrices: Mapping[int, Tensor],
        sampler: Sampler,
        previous: dict[int, Tensor] | None = None,
        keep: torch.dtype | None = None,
    ) -> Iterator[tuple[int, Reduced]]:
        """Reduces the rows of matrices, alone and against what they were.

        Args:
            matrices: By layer, [rows, n] of any floating type.
            sampler: Says which elements of a layer make its sample.
            previous: What was kept of some of them. Taken out of here, and overwritten or given
                back to the device.
            keep: The type that they are kept and compared in; None: their own.

        Yields:
            Layers, and what is found of them.
        """
        previous = {} if previous is None else previous
        for members in list(_groups(matrices, previous)):
            own = [matrices[i] for i in members]
            before = [previous.pop(i) for i in members if i in previous]
            joined, *found = _reduced(own, before, keep)
            del before
            rows = [len(matrix) for matrix in own]
            for i, elements, *parts in zip(
                members, joined.split(rows), *(each.split(rows) for each in found), strict=True
            ):
                sums, totals, squares, kept, *updates = parts
                sample = self._sample(elements.view(-1), sampler.layers[i])
                update = updates[0].T if updates else None
                yield i, Reduced(sums.T, totals.T, sample, update, squares, kept)

    def _sample(self, elements: Tensor, positions: Tensor | None) -> Tensor:
        if positions is None:
            return elements
        # Layers of one size are looked at in the same places.
        key = elements.device, len(elements)
        if key not in self._positions:
            self._positions[key] = positions.to(elements.device)
        return elements.index_select(0, self._positions[key])


def _groups(matrices: Mapping[int, Tensor], previous: Mapping[int, Tensor]) -> Iterator[list[int]]:
    """Which matrices are reduced as one."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for i, matrix in matrices.items():
        key = matrix.device, matrix.dtype, matrix.shape[1], i in previous
        alike.setdefault(key, []).append(i)
    for members in alike.values():
        group: list[int] = []
        size = 0
        for i in members:
            if group and size + matrices[i].numel() > _AT_ONCE:
                yield group
                group, size = [], 0
            group.append(i)
            size += matrices[i].numel()
        yield group


def _reduced(
    matrices: list[Tensor], previous: list[Tensor], keep: torch.dtype | None
) -> list[Tensor]:
    """What `Reduced` says of all rows, one behind the other.

    Returns:
        The rows themselves, sums, totals, squares, what is kept, and updates if there are any; all
        with a row for each.
    """
    large = matrices[0].numel() > _AT_ONCE
    if not large:
        rows = torch.cat(matrices)
        kept = rows if keep is None else rows.to(keep)
        tables = _tables(rows, kept, torch.cat(previous) if previous else None)
        return [rows, *tables[:3], kept, *tables[3:]]
    # One that is not copied as a whole to be looked at, and kept where it was kept before.
    (rows,) = matrices
    target = previous[0] if previous else torch.empty_like(rows, dtype=keep)
    found = []
    step = max(1, _AT_ONCE // rows.shape[1])
    for part, place in zip(rows.split(step), target.split(step), strict=True):
        now = part if keep is None else part.to(keep)
        found.append(_tables(part, now, place if previous else None))
        place.copy_(now)
    tables = [torch.cat(each) for each in zip(*found, strict=True)]
    return [rows, *tables[:3], target, *tables[3:]]


def _tables(rows: Tensor, kept: Tensor, previous: Tensor | None) -> list[Tensor]:
    """Sums, totals, squares, and updates if there is something to compare with."""
    x = rows.double()
    squares = x.square().sum(1)
    sums = torch.stack([x.sum(1), squares, x.var(1, correction=0) * x.shape[1]], 1)
    totals = torch.stack([vector_norm(x, 1, 1), *x.aminmax(dim=1)], 1)
    if kept is not rows:
        x = kept.double()
        squares = x.square().sum(1)
    if previous is None:
        return [sums, totals, squares]
    y = previous.double()
    moved = vector_norm(x - y, dim=1).square()
    dot = (x * y).sum(1)
    orthogonal = vector_norm(y - (dot / squares)[:, None] * x, dim=1).square()
    return [sums, totals, squares, torch.stack([moved, dot, orthogonal], 1)]
