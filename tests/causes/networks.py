"""Small networks of many kinds, and images that they can tell apart."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

CLASSES = 4


class Residual(nn.Module):
    """Works in place wherever one can, and calls one module several times."""

    def __init__(self) -> None:
        super().__init__()
        self.conv0, self.bn0 = nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv1, self.bn1 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        x = self.relu(self.bn0(self.conv0(x)))
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x
        return self.fc(functional.relu(y, inplace=True).mean(dim=(2, 3)))


class Recurrent(nn.Module):
    """One layer of it is called three times, and its hidden sums are handed on in a tuple."""

    class Step(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(16, 16)

        def forward(self, x: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
            x = torch.tanh(self.linear(x))
            return x, total + x

    def __init__(self) -> None:
        super().__init__()
        self.first, self.step, self.fc = nn.Linear(36, 16), self.Step(), nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Any:
        x = self.first(x.flatten(1))
        total = torch.zeros_like(x)
        for _ in range(3):
            x, total = self.step(x, total)
        return self.fc(total)


class Attention(nn.Module):
    """Tokens, and weights of three kinds in one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(6, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.embed(x.squeeze(1))
        x = self.norm(x + self.attention(x, x, x)[0])
        return {"logits": self.fc(x.mean(dim=1))}


class Handed(nn.Module):
    """Its modules hand on more than they return, and it writes to its input."""

    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(36, 12)
            self.seen = torch.zeros(1)

        def forward(self, x: Tensor) -> Any:
            self.seen = self.linear(x)
            return self.seen * 0

    def __init__(self) -> None:
        super().__init__()
        self.part, self.fc = self.Part(), nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Any:
        x.mul_(2)
        zero = self.part(x.flatten(1))
        return self.fc(torch.relu(self.part.seen + zero))


def grouped() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 8, 3, groups=4),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(8, 12, 2, groups=2),
        nn.Flatten(),
        nn.Linear(12 * 9, CLASSES),
    )


KINDS: dict[str, Callable[[], nn.Module]] = {
    "residual": Residual,
    "recurrent": Recurrent,
    "attention": Attention,
    "handed": Handed,
    "grouped": grouped,
}


def images(count: int = 96) -> TensorDataset:
    """float32[count, 1, 6, 6] and their classes: a bright quarter, and noise."""
    generator = torch.Generator().manual_seed(5)
    labels = torch.arange(count) % CLASSES
    pixels = torch.randn(count, 1, 6, 6, generator=generator)
    for i, label in enumerate(labels.tolist()):
        row, column = divmod(label, 2)
        pixels[i, 0, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3] += 1
    return TensorDataset(pixels, labels)


def loader(size: int = 40) -> DataLoader[tuple[Tensor, ...]]:
    return DataLoader(images(), batch_size=size)


def trained(kind: str, steps: int = 40) -> nn.Module:
    """A network that predicts most of the images rightly."""
    torch.manual_seed(3)
    model = KINDS[kind]()
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    pixels, labels = images().tensors
    for _ in range(steps):
        optimizer.zero_grad()
        output = model(pixels.clone())
        scores = output["logits"] if isinstance(output, dict) else output
        functional.cross_entropy(scores, labels).backward()
        optimizer.step()
    optimizer.zero_grad()
    return model.train()


def moved(model: nn.Module, scale: float = 1.0) -> dict[str, Tensor]:
    """A state of a model, from which it has moved at random."""
    before = copy.deepcopy(model.state_dict())
    generator = torch.Generator().manual_seed(9)
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            noise = torch.randn(tensor.shape, generator=generator)
            tensor.add_(scale * noise * tensor.std(unbiased=False))
    for name, tensor in model.state_dict().items():
        if name.endswith("running_var"):
            tensor.abs_()
    return before
