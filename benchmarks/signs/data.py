"""Small real images: handwritten digits, and CIFAR-10 at 16 x 16 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from benchmarks.turned_labels import cifar10

VALIDATION = 500


@dataclass(frozen=True)
class Images:
    """Images and their labels.

    Attributes:
        inputs: float32[images, channels, height, width], around 0.
        labels: int64[images].
        class_names: Of the labels.
    """

    inputs: Tensor
    labels: Tensor
    class_names: tuple[str, ...]

    def of(self, chosen: Tensor) -> Images:
        """Some of them."""
        return Images(self.inputs[chosen], self.labels[chosen], self.class_names)


def digits(half: int, seed: int) -> tuple[Images, Images]:
    """Of scikit-learn's digits, every second: to train on, and to validate."""
    found = load_digits()
    chosen = np.arange(half, len(found.target), 2)
    inputs = torch.from_numpy((found.images[chosen] / 8 - 1).astype(np.float32))[:, None]
    labels = torch.from_numpy(found.target[chosen].astype(np.int64))
    return _divided(Images(inputs, labels, tuple(map(str, range(10)))), 250, seed)


@cache
def _cifar(data: Path, classes: tuple[int, ...]) -> Images:
    found = cifar10(data)
    chosen = np.flatnonzero(np.isin(found.labels, classes))
    chosen = np.random.default_rng(0).permutation(chosen)[: 1000 * len(classes)]
    pixels = torch.from_numpy(found.images[chosen]).permute(0, 3, 1, 2).float() / 127.5 - 1
    inputs = 2 * torch.nn.functional.avg_pool2d(pixels, 2)
    labels = np.searchsorted(classes, found.labels[chosen])
    names = tuple(found.class_names[c] for c in classes)
    return Images(inputs, torch.from_numpy(labels), names)


def cifar(data: Path, classes: tuple[int, ...], seed: int) -> tuple[Images, Images]:
    """Of CIFAR-10, some classes: to train on, and to validate.

    Args:
        data: See `cifar10`.
        classes: Which.
        seed: Of how they are divided.
    """
    return _divided(_cifar(data, classes), VALIDATION, seed)


def _divided(images: Images, validation: int, seed: int) -> tuple[Images, Images]:
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(images.labels)))
    return images.of(order[validation:]), images.of(order[:validation])
