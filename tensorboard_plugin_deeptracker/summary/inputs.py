"""Inputs and labels of a loader on the model's device, read at each evaluation or kept there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from .loading import Ints, inputs_and_labels, read_batches

# Inputs on the model's device, and labels as the loader yields them.
Batch = tuple[Any, Any]

# What a batch may hold beside tensors: nobody can write to it.
_CONSTANTS = (type(None), bool, int, float, str, bytes)


def on_device(loader: Iterable[Any], device: torch.device) -> Iterator[Batch]:
    """Reads a loader; its inputs are moved to a device."""
    for batch in read_batches(loader):
        inputs, labels = inputs_and_labels(batch)
        moved = tree_map(
            lambda x: x.to(device, non_blocking=True) if isinstance(x, Tensor) else x, inputs
        )
        yield moved, labels


class KeptInputs:
    """Inputs that are read once and stay on the model's device, if they take little enough there.

    They are read again where it could make a difference: if the images or the device are others, or
    if something has written to an input.

    Args:
        at_most: So many bytes.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._kept: _Pass | None = None
        self._is_worth_it = True

    def read(
        self, loader: Iterable[Any], ids: Ints | None, device: torch.device
    ) -> Iterator[Batch]:
        """What `on_device` reads.

        Args:
            loader: What yields the images.
            ids: int64[images]: which these are; None if it does not say, and nothing is kept.
            device: The model's.
        """
        kept, self._kept = self._kept, None
        if kept is not None and kept.is_of(ids, device):
            yield from kept.batches
        else:
            kept = None if ids is None or not self._is_worth_it else _Pass(ids, device)
            for batch in on_device(loader, device):
                if kept is not None and not kept.take(batch, self._at_most):
                    kept, self._is_worth_it = None, False
                yield batch
        # Read to the end.
        if kept is not None:
            self._is_worth_it = kept.is_as_it_was()
            self._kept = kept if self._is_worth_it else None


class _Pass:
    """What was read in a pass over a loader."""

    def __init__(self, ids: Ints, device: torch.device) -> None:
        self.batches: list[Batch] = []
        self._ids, self._device = ids, device
        self._versions: list[int] = []
        self._bytes = 0

    def is_of(self, ids: Ints | None, device: torch.device) -> bool:
        """Whether it is of these images, and the inputs are on this device as they were read."""
        same = ids is not None and np.array_equal(ids, self._ids) and device == self._device
        return same and self.is_as_it_was()

    def take(self, batch: Batch, at_most: int) -> bool:
        """Keeps a batch; whether it is one that can be kept, within so many bytes."""
        leaves = tree_leaves(batch)
        if not all(isinstance(leaf, _CONSTANTS) or _can_be_kept(leaf) for leaf in leaves):
            return False
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        self._bytes += sum(tensor.nbytes for tensor in tensors)
        self.batches.append(tree_map(_of_our_own, batch))
        self._versions += [each._version for each in self._tensors(self.batches[-1:])]
        return self._bytes <= at_most

    def is_as_it_was(self) -> bool:
        """Whether nobody has written to what is kept."""
        return self._versions == [each._version for each in self._tensors(self.batches)]

    @staticmethod
    def _tensors(batches: list[Batch]) -> list[Tensor]:
        return [leaf for leaf in tree_leaves(batches) if isinstance(leaf, Tensor)]


def _can_be_kept(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.layout is torch.strided and not leaf.is_inference()


def _of_our_own(leaf: Any) -> Any:
    """What comes from a loader's processes is in memory that they share, a file for each tensor."""
    shared = isinstance(leaf, Tensor) and leaf.device.type == "cpu" and leaf.is_shared()
    return leaf.clone() if shared else leaf
