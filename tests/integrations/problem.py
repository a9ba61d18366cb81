"""A small problem: digits, and a network that has everything that evaluating could disturb."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import Dataset

BUNCH = load_digits()
NAMES = list("0123456789")
# Where the training images end; the validation images are the ones behind.
TRAINING, ALL = 256, 300


class Digits(Dataset[tuple[Tensor, int]]):
    """Some of scikit-learn's digits; with random noise, if wanted, as augmentation would have."""

    def __init__(self, start: int, stop: int, noise: float = 0.0) -> None:
        self.images = torch.tensor(BUNCH.images[start:stop], dtype=torch.float32)[:, None] / 16
        self.labels = BUNCH.target[start:stop].tolist()
        self.noise = noise

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.images[index]
        if self.noise:
            image = image + self.noise * torch.randn_like(image)
        return image, self.labels[index]


class Counting(nn.Module):
    """Counts its calls in a buffer, also in eval mode."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        Counting(),
        nn.Dropout2d(0.2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def seed() -> None:
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)


def random_state() -> tuple[Any, ...]:
    """What the global generators give next."""
    return torch.get_rng_state(), random.random(), np.random.rand()  # noqa: NPY002


def predictions(model: nn.Module, dataset: Digits) -> list[int]:
    """What a plain loop finds, one image at a time."""
    modes = [module.training for module in model.modules()]
    model.eval()
    with torch.no_grad():
        answer = [int(model(dataset[i][0][None]).argmax()) for i in range(len(dataset))]
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return answer
