"""The live model -> what a dump needs of it, in plain arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..events import schema
from .layers import TrackedLayer
from .measures import SUMS, UPDATE_SUMS, sums, weight_sums
from .sampling import Sampler
from .statistics import Array, Layout, Reduced, Snapshot


class Snapshots:
    """Takes snapshots of a model, each against the one before.

    Keeps one copy of the tracked weights. Touches no autograd state and draws no
    random numbers.
    """

    def __init__(self, model: schema.Model) -> None:
        self.layout = Layout(model)
        # Of the dump before, by layer: the weights, and their filters' sums of squares.
        self._weights: list[Tensor] = []
        self._squares = [torch.full((layer.filters,), torch.nan) for layer in model.layers]
        # By which layers have something to sample: all of them, and those with a gradient.
        self._samplers: dict[tuple[int, ...], Sampler] = {}

    @torch.inference_mode(False)
    @torch.no_grad()
    def take(self, layers: Sequence[TrackedLayer]) -> Snapshot:
        """Takes a snapshot.

        Args:
            layers: Those of the model this was made for, in forward order.
        """
        weights = [_matrix(layer, layer.weight()) for layer in layers]
        gradients = [
            None if gradient is None else _matrix(layer, gradient)
            for layer, gradient in ((layer, layer.gradient()) for layer in layers)
        ]
        tables = [_empty(weight, len(SUMS) + len(UPDATE_SUMS)) for weight in weights]
        if not self._weights:
            self._weights = [weight.clone() for weight in weights]
            for weight, table in zip(weights, tables, strict=True):
                sums(weight, table[: len(SUMS)])
                table[len(SUMS) :] = torch.nan
        else:
            # The model may have been moved, or its type changed.
            self._weights = [old.to(new) for old, new in zip(self._weights, weights, strict=True)]
            for weight, previous, squares, table in zip(
                weights, self._weights, self._squares, tables, strict=True
            ):
                weight_sums(weight, previous, squares.to(table.device), table)
        gradient_tables = [_empty(weight, len(SUMS)) for weight in weights]
        for gradient, table in zip(gradients, gradient_tables, strict=True):
            if gradient is not None:
                sums(gradient, table)
        joined = _join(tables)
        previous_squares = _join([squares[None] for squares in self._squares])[0]
        self._squares = [table[SUMS.index("squares")] for table in tables]
        present = [gradient is not None for gradient in gradients]
        return Snapshot(
            weights=Reduced(
                joined[: len(SUMS)],
                np.ones(joined.shape[1], dtype=np.bool_),
                self._sample(weights),
            ),
            gradients=Reduced(
                _join(gradient_tables),
                np.repeat(present, [len(weight) for weight in weights]),
                self._sample(gradients),
            ),
            updates=joined[len(SUMS) :],
            previous_squares=previous_squares,
        )

    def _sample(self, matrices: Sequence[Tensor | None]) -> list[NDArray[np.float32]]:
        sizes = tuple(0 if matrix is None else matrix.numel() for matrix in matrices)
        if sizes not in self._samplers:
            self._samplers[sizes] = Sampler.plan(sizes, self.layout.nodes)
        return self._samplers[sizes].take(matrices)


def _matrix(layer: TrackedLayer, tensor: Tensor) -> Tensor:
    tensor = tensor.detach()
    if tensor.device.type == "mps":  # It has no float64.
        tensor = tensor.cpu()
    return layer.filters(tensor)


def _empty(matrix: Tensor, rows: int) -> Tensor:
    return torch.empty(rows, len(matrix), dtype=torch.float64, device=matrix.device)


def _join(tables: Sequence[Tensor]) -> Array:
    return np.concatenate([table.cpu().numpy() for table in tables], axis=1)
