"""Checkpoints of a small network, in the forms in which trainings leave them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

CLASSES = 3


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, CLASSES)
    )


def weights(seed: int) -> dict[str, Tensor]:
    """A state dict whose values depend on nothing but the seed."""
    generator = torch.Generator().manual_seed(seed)
    state = network().state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = torch.rand(value.shape, generator=generator) - 0.4 * ("var" not in name)
    return state


def loader() -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(12, 1, 6, 6, generator=generator)
    labels = torch.arange(12) % CLASSES
    return DataLoader(TensorDataset(images, labels), batch_size=5)


def prefixed(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {f"{prefix}{name}": value for name, value in state.items()}


def save_all(directory: Path, count: int = 4, every: int = 10) -> list[Path]:
    """State dicts named by their iterations, of which natural order is not that of the text."""
    paths = [directory / f"step_{i * every}.pt" for i in range(count)]
    for i, path in enumerate(paths):
        torch.save(weights(i), path)
    return paths
