"""Small networks of several kinds; those that rules are developed with are not reported on."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Spread(nn.Module):
    """Averages over places."""

    def forward(self, x: Tensor) -> Tensor:
        """[n, channels, h, w] to [n, channels]."""
        return x.mean(dim=(2, 3))


def plain(channels: int, classes: int, act: type[nn.Module] = nn.ReLU) -> nn.Module:
    """Three convolutions and two linear layers, nothing else."""
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1),
        act(),
        nn.Conv2d(16, 32, 3, 2, padding=1),
        act(),
        nn.Conv2d(32, 32, 3, 2, padding=1),
        act(),
        Spread(),
        nn.Linear(32, 64),
        act(),
        nn.Linear(64, classes),
    )


def normed(channels: int, classes: int) -> nn.Module:
    """Four convolutions with batch normalisation."""
    sizes = (channels, 16, 32, 32, 48)
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        layers += [nn.Conv2d(a, b, 3, 1 + (i in (1, 3)), 1, bias=False), nn.BatchNorm2d(b)]
        layers += [nn.ReLU()]
    return nn.Sequential(*layers, Spread(), nn.Linear(48, classes))


def perceptron(pixels: int, classes: int, act: type[nn.Module] = nn.ReLU) -> nn.Module:
    """Linear layers only."""
    layers: list[nn.Module] = [nn.Flatten()]
    for a, b in ((pixels, 96), (96, 64), (64, 64)):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers, nn.Linear(64, classes))


def deep(
    channels: int, classes: int, act: type[nn.Module], depth: int = 7, width: int = 16
) -> nn.Module:
    """Convolutions one after the other, whose gradients vanish if they squash."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, 2, 1), act()]
    for _ in range(depth):
        layers += [nn.Conv2d(width, width, 3, padding=1), act()]
    return nn.Sequential(*layers, Spread(), nn.Linear(width, classes))


class Mixer(nn.Module):
    """Patches, mixed over places and channels in turn."""

    def __init__(self, channels: int, side: int, classes: int, width: int = 32) -> None:
        super().__init__()
        patch = side // 4
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                [
                    nn.LayerNorm(width),
                    nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)),
                    nn.LayerNorm(width),
                    nn.Sequential(nn.Linear(width, 64), nn.GELU(), nn.Linear(64, width)),
                ]
            )
            for _ in range(2)
        )
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        x = self.patches(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            assert isinstance(block, nn.ModuleList)
            x = x + block[1](block[0](x).transpose(1, 2)).transpose(1, 2)
            x = x + block[3](block[2](x))
        return self.head(x.mean(dim=1))  # type: ignore[no-any-return]


class ViT(nn.Module):
    """A small vision transformer."""

    def __init__(self, channels: int, side: int, classes: int, width: int = 48) -> None:
        super().__init__()
        patch = max(2, side // 4)
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.places = nn.Parameter(0.02 * torch.randn(1, (side // patch) ** 2, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, 0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        x = self.patches(x).flatten(2).transpose(1, 2) + self.places
        return self.head(self.norm(self.encoder(x).mean(dim=1)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        stride = 1 + (a != b)
        self.conv1 = nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(b)
        self.conv2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(b)
        self.way = nn.Identity() if a == b else nn.Conv2d(a, b, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(inner + self.way(x))


def resnet(channels: int, classes: int) -> nn.Module:
    """A residual network of three blocks."""
    first = [nn.Conv2d(channels, 12, 3, 1, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU()]
    blocks = [_Block(12, 12), _Block(12, 24), _Block(24, 48)]
    return nn.Sequential(*first, *blocks, Spread(), nn.Linear(48, classes))


def grouped(channels: int, classes: int) -> nn.Module:
    """Convolutions with group normalisation, and dropout before the last layer."""
    layers: list[nn.Module] = []
    for a, b, stride in ((channels, 24, 1), (24, 24, 2), (24, 48, 1), (48, 48, 2)):
        layers += [nn.Conv2d(a, b, 3, stride, 1), nn.GroupNorm(4, b), nn.SiLU()]
    return nn.Sequential(*layers, Spread(), nn.Dropout(0.2), nn.Linear(48, classes))


def lenet(channels: int, side: int, classes: int, act: type[nn.Module] = nn.ReLU) -> nn.Module:
    """Two convolutions with pooling, and three linear layers."""
    rest = (side // 4) ** 2 * 20
    return nn.Sequential(
        nn.Conv2d(channels, 10, 5, padding=2),
        act(),
        nn.MaxPool2d(2),
        nn.Conv2d(10, 20, 5, padding=2),
        act(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(rest, 80),
        act(),
        nn.Linear(80, 40),
        act(),
        nn.Linear(40, classes),
    )
