"""A network to spread over processes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker import register_filters

BATCH = torch.linspace(-9, 9, 4 * 64).sin().view(4, 1, 8, 8)


class Block(nn.Module):
    """A kind of attention, and what usually follows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.queries = nn.Linear(width, width)
        self.values = nn.Linear(width, width)
        self.wide = nn.Linear(width, 3 * width + 3)
        self.narrow = nn.Linear(3 * width + 3, width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(x)
        x = x + torch.softmax(self.queries(y) @ y.transpose(1, 2), -1) @ self.values(y)
        out: Tensor = x + self.narrow(torch.relu(self.wide(x)))
        return out


class Turned(nn.Module):
    """A linear map with a weight of [inputs, outputs]: its filters are columns."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(inputs, outputs) + torch.randn(inputs, outputs) / 100)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


register_filters(Turned, weight=1)


class Network(nn.Module):
    """Layers of many kinds; few sizes are a multiple of the number of processes."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(1, 6, 3)
        self.up = nn.ConvTranspose2d(6, 10, 3, padding=1, groups=2)
        self.down = nn.Conv2d(10, 7, 3, padding=1)
        self.token = nn.Parameter(torch.ones(7))
        self.block = Block(7)
        self.frozen = nn.Linear(7, 332).requires_grad_(False)
        self.large = nn.Linear(332, 252)  # More weights than a sample has.
        self.head = nn.Linear(252, 3)
        self.turned = Turned(7, 7)
        with torch.no_grad():
            self.head.weight[1] = 0.5  # A filter that is constant, ...
            self.head.weight[2] = 0.5 + 1e-6 * self.head.weight[2]  # ... and one that nearly is.
            self.large.weight[:, 166:] = 0  # Some shards are nothing but zeros.
            self.large.weight[7] = 0

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(torch.relu(self.up(torch.relu(self.stem(x)))))
        x = self.block(x.flatten(2).transpose(1, 2) + self.token).mean(1)
        out: Tensor = self.head(torch.relu(self.large(torch.relu(self.frozen(self.turned(x))))))
        return out
