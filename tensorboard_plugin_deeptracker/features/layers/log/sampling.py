"""Where to look at weights for their quartiles: random samples, which no sizes can fool.

Of a layer with up to `SAMPLE` elements all are taken, of a larger one `SAMPLE` different
ones at random (with a fixed seed of our own). The sample of a module is drawn from those
of its layers, from each as many as its share of the module's elements. Whatever the
values and their order, the share of a sample below a value then differs from the share of
all by more than 1 % with a probability under 2 exp(-2 * SAMPLE * 0.01^2) < 5e-6 (Hoeffding,
1963, also for samples without replacement); a regular grid has no such bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .compiled import kernels
from .transfer import has_array

SAMPLE = 65_536
# No positions, and no place for values.
NOTHING = np.empty(0, np.uint64), np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class Sampler:
    """Which elements of each layer, and of the samples of layers for each node, are taken.

    Attributes:
        layers: For each layer, int64[SAMPLE] positions of its elements, or None for all.
        nodes: For each node, its layers, each with int64 positions in its sample, or None for all.
    """

    layers: Sequence[Tensor | None]
    nodes: Sequence[Sequence[tuple[int, NDArray[np.int64] | None]]]

    @classmethod
    def plan(cls, sizes: Sequence[int], nodes: Sequence[Sequence[int]]) -> Sampler:
        """Chooses the positions.

        Args:
            sizes: Elements of each layer; 0 if there is nothing to sample.
            nodes: For each node, its layers.
        """
        # Layers of one size share their positions.
        large = {
            size: torch.from_numpy(_choice(size, SAMPLE)) for size in set(sizes) if size > SAMPLE
        }
        parts: list[list[tuple[int, NDArray[np.int64] | None]]] = []
        for node, layers in enumerate(nodes):
            present = [layer for layer in layers if sizes[layer]]
            ends = np.cumsum([sizes[layer] for layer in present])
            if len(present) < 2 or ends[-1] <= SAMPLE:
                parts.append([(layer, None) for layer in present])
                continue
            # One position from each of `SAMPLE` strata of all elements says from which layer.
            jitter = np.random.default_rng(node).random(SAMPLE)
            positions = (np.arange(SAMPLE) + jitter) * (ends[-1] / SAMPLE)
            counts = np.diff(np.searchsorted(positions, ends), prepend=0)
            parts.append(
                [
                    (layer, _choice(min(sizes[layer], SAMPLE), int(count), node))
                    for layer, count in zip(present, counts, strict=True)
                ]
            )
        return cls([large.get(size) for size in sizes], parts)

    def of_layer(self, layer: int, matrix: Tensor) -> LayerSample:
        """Begins to sample the weights or gradients of a layer."""
        return LayerSample(matrix.reshape(-1), self.layers[layer])

    def of_node(self, node: int, samples: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The sample of a node, made of those of the layers that have one; or empty."""
        parts = [
            (samples[layer], positions)
            for layer, positions in self.nodes[node]
            if len(samples[layer])
        ]
        lengths = [len(sample if chosen is None else chosen) for sample, chosen in parts]
        types = [sample.dtype for sample, _ in parts]
        answer = np.empty(sum(lengths), np.result_type(np.float32, *types))
        start = 0
        for (sample, chosen), length in zip(parts, lengths, strict=True):
            part = answer[start : start + length]
            start += length
            if chosen is None or sample.dtype != answer.dtype:
                part[:] = sample if chosen is None else sample[chosen]
            else:
                _gather(sample, chosen, part)
        return answer


class LayerSample:
    """Takes the sample of a layer where its elements lie, piece by piece or at once.

    Args:
        flat: The elements.
        positions: int64[...], ascending, which ones; None for all.
    """

    def __init__(self, flat: Tensor, positions: Tensor | None) -> None:
        self._flat, self.positions = flat, positions
        self._taken = 0
        self._host = flat.device.type == "cpu" and has_array(flat)
        if self._host and positions is not None:
            self._out = np.empty(len(positions), flat.numpy().dtype)

    def take(self, behind: int) -> None:
        """Takes what is sampled of the elements from where the last call ended.

        Args:
            behind: The first element that is not to be looked at yet.
        """
        if self.positions is None or not self._host:
            return
        positions = self.positions.numpy()
        start = self._taken
        self._taken = stop = int(positions.searchsorted(behind))
        # Torch's threads would wait for each other.
        _gather(self._flat.numpy(), positions[start:stop], self._out[start:stop])

    def to_be_filled(self) -> tuple[NDArray[np.uint64], NDArray[Any]]:
        """Positions, and where whoever asks puts the values; `NOTHING` if they are taken."""
        if self.positions is None or not self._host or self._taken:
            return NOTHING
        self._taken = len(self.positions)
        return self.positions.numpy().view(np.uint64), self._out

    def values(self) -> Tensor:
        """The sample, a list of values; takes what was not taken yet."""
        if not self._host:
            if self.positions is None:
                return self._flat.clone()
            return picked(self._flat, self.positions.to(self._flat.device))
        if self.positions is None:
            return torch.from_numpy(self._flat.numpy().copy())
        self.take(len(self._flat))
        return torch.from_numpy(self._out)


def picked(elements: Tensor, positions: Tensor) -> Tensor:
    """Elements at some positions, on any device; PyTorch 2.4 finds none of 8-bit floating types."""
    if elements.itemsize > 1:
        return elements.index_select(0, positions)
    return elements.view(torch.uint8).index_select(0, positions).view(elements.dtype)


def _gather(values: NDArray[Any], positions: NDArray[np.int64], out: NDArray[Any]) -> None:
    """Copies the values at some positions, none of which is out of range, to `out`."""
    if (compiled := kernels()) and values.dtype == np.float32:
        compiled.gather(values, positions.view(np.uint64), out)
    else:
        # Clipping is what takes no second look and no copy.
        values.take(positions, mode="clip", out=out)


def _choice(total: int, count: int, seed: int = 0) -> NDArray[np.int64]:
    """`count` different positions below `total`, at random, ascending."""
    chosen = np.random.default_rng([seed, total]).choice(total, count, replace=False, shuffle=False)
    answer: NDArray[np.int64] = np.sort(chosen)
    return answer
