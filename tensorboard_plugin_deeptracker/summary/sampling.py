"""Where to look at weights for their quartiles: samples that no layout can fool.

The elements of a node of the hierarchy are those of its layers, one after the other.
Up to `SAMPLE` of them are all taken. Of more, they are cut into `SAMPLE` strata of equal
size and one position is taken from each, at random (with a fixed seed of our own).
Whatever the values and their order, sorted or periodic, the share of the sample below a
value then differs from the share of all by more than 1 % with a probability under
2 exp(-2 * SAMPLE * 0.01^2) < 5e-6 (Hoeffding, 1963: the strata are independent); a
regular grid has no such bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SAMPLE = 65_536


@dataclass(frozen=True, slots=True)
class Sampler:
    """Takes the samples of some nodes from the weights of their layers.

    Attributes:
        parts: For each node, the layers to look at and the positions in them; None for all.
    """

    parts: Sequence[Sequence[tuple[int, Tensor | None]]]

    @classmethod
    def plan(cls, sizes: Sequence[int], nodes: Sequence[Sequence[int]]) -> Sampler:
        """Chooses the positions.

        Args:
            sizes: Elements of each layer; 0 if there is nothing to sample.
            nodes: For each node, its layers.
        """
        leaves: dict[int, Tensor] = {}
        parts: list[list[tuple[int, Tensor | None]]] = []
        for layers in nodes:
            present = [layer for layer in layers if sizes[layer]]
            ends = np.cumsum([0, *(sizes[layer] for layer in present)])
            total = int(ends[-1])
            if total <= SAMPLE:
                parts.append([(layer, None) for layer in present])
                continue
            if len(present) == 1:
                # Layers of one size share their positions: these are most of the memory.
                if total not in leaves:
                    leaves[total] = torch.from_numpy(_positions(total).astype(np.int32))
                parts.append([(present[0], leaves[total])])
                continue
            positions = _positions(total)
            bounds = np.searchsorted(positions, ends)
            parts.append(
                [
                    (layer, torch.from_numpy((positions[low:high] - start).astype(np.int32)))
                    for layer, start, low, high in zip(
                        present, ends, bounds, bounds[1:], strict=False
                    )
                ]
            )
        return cls(parts)

    def take(self, matrices: Sequence[Tensor | None]) -> list[NDArray[np.float32]]:
        """Samples every node; a sample is a list of values, empty if the node has none.

        Args:
            matrices: The layers' weights or gradients; not read where their size was 0.
        """
        samples = []
        for parts in self.parts:
            values = [np.empty(0, np.float32)]
            for layer, positions in parts:
                matrix = matrices[layer]
                assert matrix is not None
                flat = matrix.reshape(-1)
                if positions is not None:
                    flat = flat.index_select(0, positions.to(flat.device))
                values.append(flat.to("cpu", torch.float32).numpy())
            # Numpy copies in one thread; torch's would wait for each other longer than that takes.
            samples.append(np.concatenate(values))
        return samples


def _positions(total: int) -> NDArray[np.int64]:
    """One position from each of `SAMPLE` strata of `total` elements, ascending."""
    jitter = np.random.default_rng(total).random(SAMPLE)
    positions = (np.arange(SAMPLE) + jitter) * (total / SAMPLE)
    return np.minimum(positions, total - 1).astype(np.int64)
