"""Weights, or gradients, of many layers on an accelerator at once -> the sums of `measures`.

To start an operation takes the training thread longer than an accelerator needs for a layer. So
matrices whose rows are of one length are reduced as one: those of a ResNet-50 are of eleven
lengths. No size depends on a value and nothing is asked back, so nobody waits for what the training
has still to do. For the same reason, differences are summed from the elements of all rows, not only
of those where the difference of the sums would not be exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.linalg import vector_norm

from .sampling import Sampler, picked

# Elements that are reduced at once: as float64, 32 MB, of which there are up to four at a time.
_AT_ONCE = 1 << 22
# Elements of layers that are looked at before the next ones are: more than those of a ResNet-50.
_PART = 1 << 25


@dataclass(frozen=True, eq=False)
class Reduced:
    """What is found of a layer.

    Attributes:
        sample: See `Sampler`. It may lie in the model's own memory.
        sums: float64[rows, SUMS].
        totals: float64[rows, TOTALS], those of each row.
        squares: float64[rows], of what is kept.
        updates: float64[rows, UPDATE_SUMS]; None without a dump before.
        kept: What the next dump is to be compared with; None if nothing is.
    """

    sample: Tensor
    sums: Tensor
    totals: Tensor
    squares: Tensor
    updates: Tensor | None = None
    kept: Tensor | None = None


class Together:
    """Reduces the matrices of layers; knows where on each device to look for their samples."""

    def __init__(self) -> None:
        self._positions: dict[tuple[torch.device, int], Tensor] = {}

    def reduce(
        self,
        matrices: Mapping[int, Tensor],
        sampler: Sampler,
        leave_out: Callable[[int, Exception], object],
        previous: dict[int, Tensor] | None = None,
        keep: torch.dtype | None = None,
    ) -> Iterator[tuple[int, Reduced]]:
        """Reduces the rows of matrices, alone and against what they were.

        Args:
            matrices: By layer, [rows, n] of any floating type.
            sampler: Says which elements of a layer make its sample.
            leave_out: Called with the layers that cannot be reduced, and why.
            previous: What was kept of some of them. Taken out of here, and overwritten or given
                back to the device. None: nothing is compared, and nothing kept.
            keep: The type that they are kept and compared in; None: their own.

        Yields:
            The other layers, and what is found of them.
        """
        for members in list(_groups(matrices, previous or {})):
            own = [matrices[i] for i in members]
            before = [previous.pop(i) for i in members if i in previous] if previous else []
            try:
                tables = _reduced(own, before, keep, keeping=previous is not None)
                samples = [
                    self._sample(matrix.view(-1), sampler.layers[i])
                    for i, matrix in zip(members, own, strict=True)
                ]
            except Exception as error:  # They are of one type, and on one device.
                for i in members:
                    leave_out(i, error)
                continue
            finally:
                del before
            rows = [len(matrix) for matrix in own]
            split = {name: table.split(rows) for name, table in tables.items()}
            for place, (i, sample) in enumerate(zip(members, samples, strict=True)):
                yield i, Reduced(sample, **{name: each[place] for name, each in split.items()})

    def _sample(self, elements: Tensor, positions: Tensor | None) -> Tensor:
        if positions is None:
            return elements
        # Layers of one size are looked at in the same places.
        key = elements.device, len(elements)
        if key not in self._positions:
            self._positions[key] = positions.to(elements.device)
        return picked(elements, self._positions[key])


def parts(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Layers, of so many elements each, in parts that are looked at one after the other.

    What a model computes of its weights, or has in another order, is a copy as long as that.
    """
    return _in_order(dict(enumerate(sizes)), _PART)


def _groups(matrices: Mapping[int, Tensor], previous: Mapping[int, Tensor]) -> Iterator[list[int]]:
    """Which matrices are reduced as one."""
    alike: dict[tuple[object, ...], dict[int, int]] = {}
    for i, matrix in matrices.items():
        key = matrix.device, matrix.dtype, matrix.shape[1], i in previous
        alike.setdefault(key, {})[i] = matrix.numel()
    for sizes in alike.values():
        yield from _in_order(sizes, _AT_ONCE)


def _in_order(sizes: Mapping[int, int], at_most: int) -> Iterator[list[int]]:
    """Layers as they come, by their elements: as many together as have no more than so many."""
    some: list[int] = []
    total = 0
    for i, size in sizes.items():
        if some and total + size > at_most:
            yield some
            some, total = [], 0
        some.append(i)
        total += size
    if some:
        yield some


def _reduced(
    matrices: list[Tensor], previous: list[Tensor], keep: torch.dtype | None, *, keeping: bool
) -> dict[str, Tensor]:
    """What `Reduced` says of all rows, one behind the other; but for the samples."""
    if matrices[0].numel() <= _AT_ONCE:
        rows = torch.cat(matrices)
        kept = rows if keep is None else rows.to(keep)
        tables = _tables(rows, kept, torch.cat(previous) if previous else None)
        return {**tables, "kept": kept} if keeping else tables
    # One that is not copied as a whole to be looked at, and kept where it was kept before.
    (rows,) = matrices
    target = None
    if keeping:
        target = previous[0] if previous else torch.empty_like(rows, dtype=keep)
    found: list[dict[str, Tensor]] = []
    step = max(1, _AT_ONCE // rows.shape[1])
    for start in range(0, len(rows), step):
        now = part = rows[start : start + step]
        place = None if target is None else target[start : start + step]
        if place is not None:
            now = part.to(place.dtype)
        found.append(_tables(part, now, place if previous else None))
        if place is not None:
            place.copy_(now)
    tables = {name: torch.cat([each[name] for each in found]) for name in found[0]}
    return tables if target is None else {**tables, "kept": target}


def _tables(rows: Tensor, kept: Tensor, previous: Tensor | None) -> dict[str, Tensor]:
    """Sums, totals, squares, and updates if there is something to compare with."""
    x = rows.double()
    squares = x.square().sum(1)
    sums = torch.stack([x.sum(1), squares, x.var(1, correction=0) * x.shape[1]], 1)
    totals = torch.stack([vector_norm(x, 1, 1), *x.aminmax(dim=1)], 1)
    if kept is not rows:
        x = kept.double()
        squares = x.square().sum(1)
    tables = {"sums": sums, "totals": totals, "squares": squares}
    if previous is None:
        return tables
    y = previous.double()
    moved = vector_norm(x - y, dim=1).square()
    dot = (x * y).sum(1)
    orthogonal = vector_norm(y - (dot / squares)[:, None] * x, dim=1).square()
    return {**tables, "updates": torch.stack([moved, dot, orthogonal], 1)}
