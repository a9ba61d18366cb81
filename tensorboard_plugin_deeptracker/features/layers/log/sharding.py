"""Weights that are spread over processes (FSDP2, tensor parallelism): each reduces its own.

What is a sum stays one: sums of the local elements are added up over the processes, and no
process ever sees the whole weight. All processes get the same results, and must call in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from ....summary.distributed import is_sharded
from .layers import TrackedLayer
from .measures import TOTALS, Reducer, assemble, differences, residuals

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor, Placement


@dataclass(frozen=True, eq=False)
class Shard:
    """The part of a layer's weight that this process holds.

    Its local tensor holds the elements of the weight whose position in each dimension is one of
    some: that covers every way to shard, also in several dimensions and unevenly.

    Attributes:
        layer: The layer.
        placements: Of the weight, as torch says it.
        rows: Dimensions of the weight that make the rows of `matrix`, then the others.
        groups: Groups of processes that hold different elements, one for each sharded dimension
            of the mesh.
        device: Type of the devices that these groups communicate from.
        positions: For each dimension of the weight, int64[local size]: where it is in the whole.
        filters: int64[rows], to which filter a row of `matrix` belongs. Several may to one.
    """

    layer: TrackedLayer
    placements: tuple[Any, ...]
    rows: tuple[int, ...]
    groups: tuple[dist.ProcessGroup, ...]
    device: str
    positions: tuple[Tensor, ...]
    filters: Tensor

    @classmethod
    def of(cls, layer: TrackedLayer, weight: Tensor) -> Shard | None:
        """The shard of a layer; None if its weight is not sharded.

        Raises:
            NotImplementedError: A weight is sharded whose filters are not simply some dimensions.
        """
        if not is_sharded(weight):
            return None
        rule = layer.rule
        if rule.view is not None:
            raise NotImplementedError("a weight that is a part of a parameter, and sharded")
        mesh = weight.device_mesh
        sharded = [i for i, each in enumerate(weight.placements) if hasattr(each, "dim")]
        positions = tuple(_positions(weight, dim) for dim in range(weight.ndim))
        counting = rule.axes if rule.groups == 1 else (0, 1)
        index = np.ix_(*(positions[axis].numpy() for axis in counting))
        if rule.groups == 1:
            shape = [weight.shape[axis] for axis in counting]
            filters = np.ravel_multi_index(index, shape)
        else:
            inputs, outputs = weight.shape[0] // rule.groups, weight.shape[1]
            filters = index[0] // inputs * outputs + index[1]
        return cls(
            layer,
            tuple(weight.placements),
            (*counting, *(axis for axis in range(weight.ndim) if axis not in counting)),
            tuple(mesh.get_group(i) for i in sharded),
            mesh.device_type,
            positions,
            torch.from_numpy(filters.flatten()),
        )

    def matrix(self, tensor: Tensor) -> Tensor:
        """The local elements of the weight, or of its gradient.

        Returns:
            [rows, n], each row a part of a filter.
        """
        assert is_sharded(tensor)
        if tuple(tensor.placements) != self.placements:
            # Gradients may be sums that are not added up yet.
            tensor = tensor.redistribute(placements=self.placements)
        local = tensor.to_local().permute(self.rows).contiguous()
        counting = len(self.layer.rule.axes) if self.layer.rule.groups == 1 else 2
        return local.view(len(self.filters), prod(local.shape[counting:]))

    def reduce(
        self, reducer: Reducer, matrix: Tensor, previous: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As `Reducer.reduce`, of the whole weight; takes and needs only the local part."""
        table, totals = self._complete(*self._additive(reducer, matrix, previous))
        length = prod(self.layer.layer.weight_shape) // self.layer.layer.filters
        found, rows = differences(table, length)
        inexact = torch.zeros(table.shape[1], dtype=torch.bool, device=table.device)
        inexact[rows] = True
        filters = self.filters.to(table.device)
        mine = torch.zeros_like(found)
        if matrix.numel():
            local = slice(None) if isinstance(rows, slice) else inexact[filters].nonzero()[:, 0]
            parts = residuals(matrix, previous, table[:, filters], length, local)
            mine.index_add_(1, filters[local], parts)
        return assemble(table, torch.where(inexact, self._sum(mine), found)), totals

    def sample(self, positions: Tensor | None, matrix: Tensor) -> Tensor:
        """Elements of the whole weight.

        Args:
            positions: int64[n], which ones, counted filter by filter; None for all.
            matrix: The local elements.
        """
        shape = self.layer.layer.weight_shape
        wanted = np.arange(prod(shape)) if positions is None else positions.numpy()
        found, places = np.ones(len(wanted), np.bool_), []
        for size, here, index in zip(shape, self.positions, self._indices(wanted), strict=True):
            place = np.full(size, -1)
            place[here.numpy()] = np.arange(len(here))
            places.append(place[index])
            found &= places[-1] >= 0
        values = matrix.new_zeros(len(wanted))
        if found.any():
            local = np.ravel_multi_index(
                [places[axis][found] for axis in self.rows],
                [len(self.positions[axis]) for axis in self.rows],
            )
            indices = torch.from_numpy(np.flatnonzero(found)).to(values.device)
            values[indices] = matrix.flatten()[torch.from_numpy(local).to(values.device)]
        return self._sum(values)

    def _indices(self, positions: NDArray[np.int64]) -> Sequence[NDArray[np.intp]]:
        """Indices in the weight of elements that are counted filter by filter."""
        shape, groups = self.layer.layer.weight_shape, self.layer.rule.groups
        if groups == 1:
            found = np.unravel_index(positions, [shape[axis] for axis in self.rows])
            by_axis = dict(zip(self.rows, found, strict=True))
            return [by_axis[axis] for axis in range(len(shape))]
        inputs, outputs, *kernel = shape
        each = inputs // groups
        group, output, one, *rest = np.unravel_index(positions, (groups, outputs, each, *kernel))
        return [group * each + one, output, *rest]

    def _additive(
        self, reducer: Reducer, matrix: Tensor, previous: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Sums of the local elements, by filter of the whole weight."""
        rows = 2 if previous is None else 5
        answer = matrix.new_zeros(rows, self.layer.layer.filters, dtype=torch.float64)
        if not matrix.numel():
            nothing = [0.0, torch.inf, -torch.inf]
            return answer, torch.tensor(nothing, dtype=torch.float64, device=answer.device)
        table, totals = reducer.additive(matrix, previous)
        return answer.index_add_(1, self.filters.to(table.device), table), totals

    def _complete(self, table: Tensor, totals: Tensor) -> tuple[Tensor, Tensor]:
        l1, low, high = totals
        # Minima of what is not a number are anything: it is counted instead.
        strange = low.isnan() | high.isnan()
        added = self._sum(torch.cat([table.flatten(), torch.stack([l1, strange.double()])]))
        bounds = self._all_reduce(torch.stack([low, -high]), dist.ReduceOp.MIN)
        low, high = torch.where(added[-1] > 0, torch.nan, bounds * bounds.new_tensor([1, -1]))
        assert len(TOTALS) == 3
        return added[:-2].view(table.shape), torch.stack([added[-2], low, high])

    def _sum(self, tensor: Tensor) -> Tensor:
        return self._all_reduce(tensor, dist.ReduceOp.SUM)

    def _all_reduce(self, tensor: Tensor, operation: Any) -> Tensor:
        there = tensor.to(self.device)
        for group in self.groups:
            dist.all_reduce(there, operation, group)
        return there.to(tensor.device)


def _positions(weight: DTensor, dim: int) -> Tensor:
    """Where the local elements lie in a dimension of a weight: torch tells, asked to shard that."""
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor

    placements: list[Placement] = []
    for placement in weight.placements:
        if getattr(placement, "dim", None) != dim:
            placements.append(Replicate())
        elif type(placement) is Shard:
            placements.append(Shard(0))
        else:  # FSDP on top of tensor parallelism in the same dimension.
            strided = cast("Any", placement)
            placements.append(type(strided)(0, split_factor=strided.split_factor))
    indices = torch.arange(weight.shape[dim])
    sharded = distribute_tensor(indices, weight.device_mesh, placements, src_data_rank=None)
    return sharded.to_local().cpu()
