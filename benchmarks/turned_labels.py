"""CIFAR-10 with labels turned wrong on purpose, and small networks that learn it."""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torchvision.datasets import CIFAR10

from benchmarks.command import command

NOISES = "symmetric", "pairs", "none"
_BATCH = 128
# What the classes of CIFAR-10 look like.
_PAIRS = {
    "airplane": "bird",
    "automobile": "truck",
    "bird": "airplane",
    "cat": "dog",
    "deer": "horse",
    "dog": "cat",
    "frog": "cat",
    "horse": "deer",
    "ship": "airplane",
    "truck": "automobile",
}

# The scores of all images at the end of an epoch, from the forward passes that trained on them.
Epoch = Callable[[int, NDArray[np.float32]], None]


@dataclass(frozen=True)
class Labelled:
    """Images with labels.

    Attributes:
        images: uint8[images, 32, 32, 3].
        labels: int64[images]: the true ones.
        class_names: Of the labels.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    def some(self, count: int | None) -> Labelled:
        """A random part that is always the same."""
        chosen = np.random.default_rng(0).permutation(len(self.labels))[:count]
        return Labelled(self.images[chosen], self.labels[chosen], self.class_names)


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """What is asked of all who train on these labels.

    Args:
        name: Of the measurement.
        description: Of it.
    """
    made = command(f"scripts/bench {name}", description)
    made.add_argument("--data", type=Path, default=Path("data"))
    made.add_argument("--images", type=int, default=6000)
    made.add_argument("--epochs", type=int, default=15)
    return made


def cifar10(data: Path) -> Labelled:
    """The training images of CIFAR-10.

    Args:
        data: A zip file or a folder with a folder of images for each class; or where torchvision
            has put the set, or is to.
    """
    if data.suffix == ".zip":
        with zipfile.ZipFile(data) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith((".jpg", ".png")))
            return _read(names, archive.read)
    files = sorted((*data.glob("*/*.jpg"), *data.glob("*/*.png")))
    if files:
        return _read([path.as_posix() for path in files], lambda name: Path(name).read_bytes())
    found = CIFAR10(data, download=True)
    return Labelled(np.asarray(found.data), np.asarray(found.targets), tuple(found.classes))


def _read(names: list[str], read: Callable[[str], bytes]) -> Labelled:
    folders = [name.split("/")[-2] for name in names]
    classes = sorted(set(folders))
    images = [np.asarray(Image.open(io.BytesIO(read(name))).convert("RGB")) for name in names]
    return Labelled(np.stack(images), np.array([classes.index(f) for f in folders]), tuple(classes))


def turned(data: Labelled, noise: str, rate: float, seed: int) -> NDArray[np.int64]:
    """Labels of which a share is wrong: any other class, or the one that looks alike."""
    rng = np.random.default_rng(seed + 100)
    labels: NDArray[np.int64] = data.labels.copy()
    k = len(data.class_names)
    wrong = rng.permutation(len(labels))[: round(rate * len(labels))]
    if noise == "symmetric":
        labels[wrong] = (labels[wrong] + rng.integers(1, k, len(wrong))) % k
    if noise == "pairs":
        pair = [data.class_names.index(_PAIRS[name]) for name in data.class_names]
        labels[wrong] = np.array(pair)[labels[wrong]]
    return labels


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, stride)
        self.second = _convolution(outputs, outputs, 1)[:-1]
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = torch.relu(self.second(self.first(images)) + self.shortcut(images))
        return out


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def _resnet(classes: int, width: int = 16) -> nn.Module:
    blocks = _Block(width, width, 1), _Block(width, 2 * width, 2), _Block(2 * width, 4 * width, 2)
    return nn.Sequential(_convolution(3, width), *blocks, *_head(4 * width, classes))


def _vgg(classes: int, width: int = 24) -> nn.Module:
    return nn.Sequential(
        _convolution(3, width),
        nn.MaxPool2d(2),
        _convolution(width, 2 * width),
        nn.MaxPool2d(2),
        _convolution(2 * width, 4 * width),
        _convolution(4 * width, 4 * width),
        *_head(4 * width, classes),
    )


def _resnet9(classes: int, width: int = 24) -> nn.Module:
    return nn.Sequential(
        _convolution(3, width),
        _convolution(width, 2 * width),
        nn.MaxPool2d(2),
        _Residual(2 * width),
        _convolution(2 * width, 4 * width),
        nn.MaxPool2d(2),
        _convolution(4 * width, 8 * width),
        nn.MaxPool2d(2),
        _Residual(8 * width),
        *_head(8 * width, classes),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.added = nn.Sequential(_convolution(width, width), _convolution(width, width))

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = images + self.added(images)
        return out


def _head(width: int, classes: int) -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)


NETWORKS = {"resnet": _resnet, "vgg": _vgg, "resnet9": _resnet9}
# Those that learn 6,000 images in minutes; the other one is for all of them.
SMALL = "resnet", "vgg"


def train(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    network: str,
    classes: int,
    epochs: int,
    seed: int,
    epoch: Epoch | None = None,
    *,
    augment: bool = True,
) -> nn.Module:
    """Trains a network by SGD with one cycle of the learning rate; shifts and flips the images.

    Args:
        images: uint8[images, 32, 32, 3].
        labels: int64[images].
        network: One of `NETWORKS`.
        classes: How many there are.
        epochs: How long.
        seed: Of weights, order and augmentation.
        epoch: Called after each.
        augment: Without, a network learns all labels by heart, the wrong ones too.
    """
    torch.manual_seed(seed)
    model = NETWORKS[network](classes)
    inputs, targets = _inputs(images), torch.tensor(labels)
    padded = nn.functional.pad(inputs, (2, 2, 2, 2), mode="reflect")
    optimizer = torch.optim.SGD(
        model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    batches = -(-len(labels) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.1, total_steps=epochs * batches, pct_start=0.2
    )
    for i in range(epochs):
        scores = torch.zeros(len(labels), classes)
        for own in torch.randperm(len(labels)).split(_BATCH):
            batch = inputs[own]
            if augment:
                down, right = torch.randint(0, 5, (2,)).tolist()
                batch = padded[own, :, down : down + 32, right : right + 32]
                flipped = (torch.rand(len(own)) < 0.5)[:, None, None, None]
                batch = torch.where(flipped, batch.flip(3), batch)
            outputs = model(batch)
            scores[own] = outputs.detach()
            optimizer.zero_grad()
            nn.functional.cross_entropy(outputs, targets[own]).backward()
            optimizer.step()
            schedule.step()
        if epoch:
            epoch(i, scores.numpy())
    return model


def scores_of(model: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores of a trained network: float32[images, classes]."""
    model.eval()
    with torch.no_grad():
        parts = [model(batch) for batch in _inputs(images).split(4 * _BATCH)]
    scores: NDArray[np.float32] = torch.cat(parts).numpy()
    return scores


def _inputs(images: NDArray[np.uint8]) -> Tensor:
    return (torch.tensor(images).permute(0, 3, 1, 2).float() / 255 - 0.45) / 0.25
