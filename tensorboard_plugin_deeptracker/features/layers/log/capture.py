"""The live model -> what a dump needs of it, in plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..records import Model
from .layers import TrackedLayer
from .measures import SUMS, TOTALS, UPDATE_SUMS, Reducer, copy
from .sampling import Sampler
from .sharding import Shard
from .statistics import Capture, Reduced, Sizes
from .transfer import Transfer

# How the weights of the previous dump are kept; see `SummaryWriter`.
Previous = Literal["exact", "bfloat16", "cpu"]

_SQUARES = SUMS.index("squares")


class Captures:
    """Takes captures of a model, each against the one before.

    Keeps one copy of the tracked weights. Touches no autograd state and draws no
    random numbers.
    """

    def __init__(self, model: Model, previous: Previous = "exact") -> None:
        self.sizes = Sizes(model)
        self._kernels = model.kernels
        self._keep = previous
        self._reducer = Reducer()
        # Of the dump before, by layer: the weights, and their filters' sums of squares.
        self._weights: list[Tensor] = []
        self._squares: list[Tensor] = []
        # By layer, if its weight is spread over several processes.
        self._shards: list[Shard | None] = []
        # By which layers have something to sample: all of them, and those with a gradient.
        self._samplers: dict[tuple[int, ...], Sampler] = {}

    @torch.inference_mode(False)
    @torch.no_grad()
    def take(self, layers: Sequence[TrackedLayer]) -> Callable[[], Capture]:
        """Takes a capture.

        Args:
            layers: Those of the model this was made for, in forward order.

        Returns:
            A function that gives the capture, in any thread; it waits for what an accelerator
            has not sent yet.
        """
        try:
            with np.errstate(all="ignore"):
                return self._take(layers)
        except BaseException:
            # Some layers are compared with this dump by now: the next begins anew.
            self._weights, self._squares = [], []
            raise

    def _take(self, layers: Sequence[TrackedLayer]) -> Callable[[], Capture]:
        if not self._weights:
            self._shards = [Shard.of(layer) for layer in layers]
        weights = [self._matrix(i, layer, layer.weight()) for i, layer in enumerate(layers)]
        gradients = [
            None if gradient is None else self._matrix(i, layer, gradient)
            for i, layer, gradient in (
                (i, layer, layer.gradient()) for i, layer in enumerate(layers)
            )
        ]
        samplers = self._sampler(weights), self._sampler(gradients)
        before = self._squares or [
            _nan(weight, layer.layer.filters) for weight, layer in zip(weights, layers, strict=True)
        ]
        columns: list[tuple[Tensor, ...]] = []
        for layer, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            # Each is sampled while it is in the cache.
            *of_weight, updates, squares = self._compare(layer, weight)
            of_weight.append(self._sample(samplers[0], layer, weight))
            if gradient is None:
                filters = layers[layer].layer.filters
                of_gradient = _nan(weight, len(SUMS), filters), _nan(weight, len(TOTALS))
                sample = torch.empty(0)
            else:
                of_gradient = self._reduce(layer, gradient)
                sample = self._sample(samplers[1], layer, gradient)
            columns.append((*of_weight, *of_gradient, sample, updates, squares, before[layer]))
        self._squares = [squares for *_, squares, _ in columns]
        whole = [] if self._kernels is None else [self._whole(self._kernels, layers)]
        transfer = Transfer([*zip(*columns, strict=True), whole])

        def arrived() -> Capture:
            *arrays, whole = transfer.arrays()
            weights, gradients = map(Reduced, samplers, *zip(arrays[:3], arrays[3:6], strict=True))
            updates, squares, before = arrays[6:]
            kernels = whole[0] if whole else None
            return Capture(weights, gradients, updates, squares, before, kernels)

        return arrived

    def _compare(self, layer: int, weight: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reduces a layer's weights, and keeps them to compare the next dump with.

        Returns:
            float64[SUMS, filters], float64[TOTALS], float64[UPDATE_SUMS, filters] and the
            squares that the update sums go with.
        """
        kept = weight.bfloat16() if self._keep == "bfloat16" else weight
        if layer == len(self._weights):
            self._weights.append(kept.clone())
            sums, totals = self._reduce(layer, weight)
            compared = sums if kept is weight else self._reduce(layer, kept)[0]
            return sums, totals, _nan(sums, len(UPDATE_SUMS), sums.shape[1]), compared[_SQUARES]
        # The model may have been moved, or its type changed.
        previous = self._weights[layer] = self._weights[layer].to(kept)
        both, totals = self._reduce(layer, kept, previous)
        copy(kept, previous)
        sums, updates = both.split([len(SUMS), len(UPDATE_SUMS)])
        squares = sums[_SQUARES]
        if kept is not weight:
            sums, totals = self._reduce(layer, weight)
        return sums, totals, updates, squares

    def _reduce(
        self, layer: int, matrix: Tensor, previous: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        shard = self._shards[layer]
        if shard is None:
            return self._reducer.reduce(matrix, previous)
        return shard.reduce(self._reducer, matrix, previous)

    def _sample(self, sampler: Sampler, layer: int, matrix: Tensor) -> Tensor:
        shard = self._shards[layer]
        if shard is None:
            return sampler.of_layer(layer, matrix)
        return shard.sample(sampler.layers[layer], matrix)

    def _whole(self, i: int, layers: Sequence[TrackedLayer]) -> Tensor:
        """A copy of a layer's weight as the module has it, in float32."""
        weight, shard = layers[i].weight(), self._shards[i]
        if shard is not None:
            weight = shard.sample(None, shard.matrix(weight.detach()))
        shape = layers[i].layer.weight_shape
        return weight.detach().reshape(shape).to(torch.float32, copy=True)

    def _sampler(self, matrices: Sequence[Tensor | None]) -> Sampler:
        sizes = tuple(
            0 if matrix is None else size
            for size, matrix in zip(self.sizes.sizes, matrices, strict=True)
        )
        if sizes not in self._samplers:
            self._samplers[sizes] = Sampler.plan(sizes, self.sizes.nodes)
        return self._samplers[sizes]

    def _matrix(self, i: int, layer: TrackedLayer, tensor: Tensor) -> Tensor:
        shard = self._shards[i]
        matrix = layer.filters(tensor.detach()) if shard is None else shard.matrix(tensor.detach())
        if self._keep == "cpu" or tensor.device.type == "mps":  # Apple's has no float64.
            matrix = matrix.cpu()
        return matrix


def _nan(like: Tensor, *shape: int) -> Tensor:
    return like.new_full(shape, torch.nan, dtype=torch.float64)
