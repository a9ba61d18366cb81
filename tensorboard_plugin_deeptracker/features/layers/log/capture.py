"""The live model -> what a dump needs of it, in plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..records import Model
from .effective import no_memory
from .layers import TrackedLayer
from .measures import SUMS, TOTALS, UPDATE_SUMS, Reducer, copy, of_all
from .sampling import LayerSample, Sampler
from .scaling import Scaling
from .sharding import Shard
from .statistics import Capture, Reduced, Sizes
from .together import Together, parts
from .transfer import Transfer, is_away

# How the weights of the previous dump are kept; see `SummaryWriter`.
Previous = Literal["exact", "bfloat16", "cpu"]
# Sums, totals (of the layer, or of each filter) and a sample.
Reduction = tuple[Tensor, Tensor, Tensor]
# That, `UPDATE_SUMS` and the squares that these go with.
_Compared = tuple[Reduction, Tensor, Tensor]
_Measured = TypeVar("_Measured")

_SQUARES = SUMS.index("squares")


class Captures:
    """Takes captures of a model, each against the one before.

    Keeps one copy of the tracked weights. Touches no autograd state and draws no
    random numbers.

    Args:
        model: What is logged.
        previous: How the weights of the dump before are kept.
        report: Called with the names of layers that cannot be measured, and why; once for each.
    """

    def __init__(
        self,
        model: Model,
        previous: Previous = "exact",
        report: Callable[[Mapping[str, Exception]], object] = lambda _: None,
    ) -> None:
        self.sizes = Sizes(model)
        self._names = [layer.name for layer in model.layers]
        self._parts = list(parts(self.sizes.sizes))
        self._kernels = model.kernels
        self._keep = previous
        self._report = report
        self._left_out: dict[str, Exception] = {}
        self._reducer = Reducer()
        self._together = Together()
        # Of the dump before, by layer: the weights, their filters' sums of squares, and in which
        # order the dimensions make a row.
        self._weights: dict[int, Tensor] = {}
        self._squares: dict[int, Tensor] = {}
        self._orders: dict[int, tuple[int, ...]] = {}
        # By layer, if its weight is spread over several processes.
        self._shards: dict[int, Shard | None] = {}
        # By which layers have something to sample: all of them, and those with a gradient, which
        # may be others at each dump, as experts are.
        self._sampler = lru_cache(maxsize=4)(partial(_planned, self.sizes))

    @torch.inference_mode(False)
    @torch.no_grad()
    def take(
        self, layers: Sequence[TrackedLayer], scaling: Scaling | None = None
    ) -> Callable[[], Capture]:
        """Takes a capture.

        A layer that cannot be measured is left out of it, and reported.

        Args:
            layers: Those of the model this was made for, in forward order.
            scaling: What the gradients are multiplied with, if they are.

        Returns:
            A function that gives the capture, in any thread; it waits for what an accelerator
            has not sent yet.
        """
        try:
            with np.errstate(all="ignore"):
                return self._take(layers, scaling or Scaling())
        except BaseException:
            # Some layers are compared with this dump by now: the next begins anew.
            self._weights, self._squares, self._orders = {}, {}, {}
            raise

    def _take(self, layers: Sequence[TrackedLayer], scaling: Scaling) -> Callable[[], Capture]:
        gradients = tuple(scaling.known and layer.has_gradient() for layer in layers)
        samplers = self._sampler((True,) * len(layers)), self._sampler(gradients)
        known = len(self._left_out)
        of_weights: dict[int, _Compared] = {}
        of_gradients: dict[int, Reduction] = {}
        for part in self._parts:
            weights = {i: partial(self._weight, i, layers[i], samplers[0]) for i in part}
            of_weights.update(self._measured(weights, samplers[0], self._compare_together))
            present = {
                i: partial(self._gradient, i, layers[i], samplers[1]) for i in part if gradients[i]
            }
            of_gradients.update(self._measured(present, samplers[1], self._reduce_together))
        columns = [
            self._column(i, layer, of_weights.get(i), of_gradients.get(i))
            for i, layer in enumerate(layers)
        ]
        if len(self._left_out) > known:
            self._report(dict(islice(self._left_out.items(), known, None)))
        whole = [] if self._kernels is None else [self._whole(self._kernels, layers)]
        transfer = Transfer([*zip(*columns, strict=True), whole, scaling.tensors()])

        def arrived() -> Capture:
            *arrays, whole, scale = transfer.arrays()
            for totals in arrays[1], arrays[4]:
                totals[:] = map(of_all, totals)
            weights, gradients = map(Reduced, samplers, *zip(arrays[:3], arrays[3:6], strict=True))
            updates, squares, before = arrays[6:]
            kernels = whole[0] if whole else None
            gradients = scaling.undo(gradients, scale)
            return Capture(weights, gradients, updates, squares, before, kernels)

        return arrived

    def _measured(
        self,
        layers: Mapping[int, Callable[[dict[int, Tensor]], _Measured | None]],
        sampler: Sampler,
        together: Callable[[dict[int, Tensor], Sampler], Iterable[tuple[int, _Measured]]],
    ) -> Iterator[tuple[int, _Measured]]:
        """What is found of layers; what fails is left out.

        Args:
            layers: Each measures one, or adds its matrix to those that are left.
            sampler: Says which elements of a layer make its sample.
            together: Measures those that are left.
        """
        left: dict[int, Tensor] = {}
        for i, measure in layers.items():
            found = self._tried(i, partial(measure, left))
            if found is not None:
                yield i, found
        yield from together(left, sampler)

    def _tried(self, i: int, measure: Callable[[], _Measured | None]) -> _Measured | None:
        try:
            return measure()
        except Exception as error:
            self._leave_out(i, error)
            return None

    def _column(
        self,
        i: int,
        layer: TrackedLayer,
        of_weight: _Compared | None,
        of_gradient: Reduction | None,
    ) -> tuple[Tensor, ...]:
        """What is known of a layer, in the order of a transfer; remembers it for the next dump."""
        before = None if of_weight is None else self._squares.get(i)
        if before is None:
            before = torch.full((layer.layer.filters,), torch.nan, dtype=torch.float64)
        if of_weight is None:
            self._weights.pop(i, None)
            of_weight = _missing(layer), before.expand(len(UPDATE_SUMS), -1), before
        reduction, updates, self._squares[i] = of_weight
        return *reduction, *(of_gradient or _missing(layer)), updates, self._squares[i], before

    def _leave_out(self, i: int, error: Exception) -> None:
        """Notes a layer that cannot be measured; raises what concerns not only that layer."""
        # Other processes would wait for what this one has to say of the layer.
        together = self._shards.get(i) is not None
        if no_memory(error) or together:
            raise error
        self._left_out.setdefault(self._names[i], error)

    def _weight(
        self, i: int, layer: TrackedLayer, sampler: Sampler, left: dict[int, Tensor]
    ) -> _Compared | None:
        """Reduces a layer's weights, and compares them with those of the dump before.

        Returns:
            What is found; None if that is left for when all layers are known.
        """
        weight = layer.weight()
        if i not in self._shards:
            self._shards[i] = Shard.of(layer, weight)
        if i not in self._orders and self._shards[i] is None:
            self._orders[i] = layer.order(weight)
        matrix = self._matrix(i, layer, weight, self._orders.get(i))
        if self._shards[i] is None and is_away(matrix):
            left[i] = matrix
            return None
        sample = sampler.of_layer(i, matrix)
        sums, totals, updates, squares = self._compare(i, matrix, sample)
        return (sums, totals, self._sampled(i, matrix, sample)), updates, squares

    def _gradient(
        self, i: int, layer: TrackedLayer, sampler: Sampler, left: dict[int, Tensor]
    ) -> Reduction | None:
        gradient = layer.gradient()
        if gradient is None:
            return None
        matrix = self._matrix(i, layer, gradient)
        if self._shards[i] is None and is_away(matrix):
            left[i] = matrix
            return None
        sample = sampler.of_layer(i, matrix)
        sums, totals = self._reduce(i, matrix, means=False, sample=sample)
        return sums, totals, self._sampled(i, matrix, sample)

    def _compare(
        self, layer: int, weight: Tensor, sample: LayerSample
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reduces a layer's weights, and keeps them to compare the next dump with.

        Returns:
            float64[SUMS, filters], float64[TOTALS], float64[UPDATE_SUMS, filters] and the
            squares that the update sums go with.
        """
        kept = weight.bfloat16() if self._keep == "bfloat16" else weight
        previous = self._weights.get(layer)
        if previous is None:
            sums, totals = self._reduce(layer, weight, sample=sample)
            compared = sums if kept is weight else self._reduce(layer, kept)[0]
            self._weights[layer] = kept.clone()
            return sums, totals, _nan(sums, len(UPDATE_SUMS), sums.shape[1]), compared[_SQUARES]
        # The model may have been moved, or its type changed.
        previous = self._weights[layer] = previous.to(kept)
        both, totals = self._reduce(layer, kept, previous, replace=True, sample=sample)
        sums, updates = both.split([len(SUMS), len(UPDATE_SUMS)])
        squares = sums[_SQUARES]
        if kept is not weight:
            sums, totals = self._reduce(layer, weight)
        return sums, totals, updates, squares

    def _compare_together(
        self, weights: Mapping[int, Tensor], sampler: Sampler
    ) -> Iterator[tuple[int, _Compared]]:
        """`_compare`, of many layers."""
        half = torch.bfloat16 if self._keep == "bfloat16" else None
        previous = {
            i: self._weights.pop(i).to(weight.device, half or weight.dtype)
            for i, weight in weights.items()
            if i in self._weights
        }
        for i, found in self._together.reduce(weights, sampler, self._leave_out, previous, half):
            assert found.kept is not None
            self._weights[i] = found.kept
            updates = found.updates
            if updates is None:
                updates = _nan(found.sums, len(found.sums), len(UPDATE_SUMS))
            reduction = found.sums.T, found.totals.T, found.sample
            yield i, (reduction, updates.T, found.squares)

    def _reduce_together(
        self, gradients: Mapping[int, Tensor], sampler: Sampler
    ) -> Iterator[tuple[int, Reduction]]:
        for i, found in self._together.reduce(gradients, sampler, self._leave_out):
            yield i, (found.sums.T, found.totals.T, found.sample)

    def _reduce(
        self,
        layer: int,
        matrix: Tensor,
        previous: Tensor | None = None,
        *,
        replace: bool = False,
        **options: Any,
    ) -> tuple[Tensor, Tensor]:
        shard = self._shards[layer]
        if shard is None:
            return self._reducer.reduce(matrix, previous, replace=replace, **options)
        answer = shard.reduce(self._reducer, matrix, previous)
        if previous is not None and replace:
            copy(matrix, previous)
        return answer

    def _sampled(self, layer: int, matrix: Tensor, sample: LayerSample) -> Tensor:
        shard = self._shards[layer]
        return sample.values() if shard is None else shard.sample(sample.positions, matrix)

    def _whole(self, i: int, layers: Sequence[TrackedLayer]) -> Tensor:
        """A copy of a layer's weight as the module has it, in float32."""
        shape, shard = layers[i].layer.weight_shape, self._shards.get(i)
        if i not in self._weights:
            return torch.full(shape, torch.nan)
        weight = layers[i].weight()
        if shard is not None:
            weight = shard.sample(None, shard.matrix(weight))
        return weight.reshape(shape).to(torch.float32, copy=True)

    def _matrix(
        self, i: int, layer: TrackedLayer, tensor: Tensor, order: Sequence[int] | None = None
    ) -> Tensor:
        shard, tensor = self._shards[i], tensor.detach()
        if tensor.is_meta:
            raise ValueError("it is on the meta device, which has no numbers")
        matrix = layer.filters(tensor, order) if shard is None else shard.matrix(tensor)
        if self._keep == "cpu" or not _has_doubles(tensor.device):
            matrix = matrix.cpu()
        if shard is None and matrix.numel() != self.sizes.sizes[i]:
            raise ValueError(f"{matrix.numel()} weights, not {self.sizes.sizes[i]}")
        return matrix


def _planned(sizes: Sizes, present: tuple[bool, ...]) -> Sampler:
    """What is looked at of the layers of which there is something."""
    return Sampler.plan(np.where(present, sizes.sizes, 0).tolist(), sizes.nodes)


@cache
def _has_doubles(device: torch.device) -> bool:
    """Whether a device computes with float64; Apple's and some of Intel's do not."""
    try:
        torch.ones(1, dtype=torch.float64, device=device).sum()
    except (RuntimeError, TypeError) as error:
        if no_memory(error):  # Which says nothing about it.
            raise
        return False
    return True


def _missing(layer: TrackedLayer) -> Reduction:
    """What stands for a weight, or a gradient, that is not there or cannot be measured."""
    nothing = torch.full((), torch.nan)
    return _nan(nothing, len(SUMS), layer.layer.filters), _nan(nothing, len(TOTALS)), torch.empty(0)


def _nan(like: Tensor, *shape: int) -> Tensor:
    return like.new_full(shape, torch.nan, dtype=torch.float64)
