"""Networks to train: a small one for small images, and all of torchvision's."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from .options import SMALL_MODEL

# From this side on, the small network halves images at once: a quarter of the time.
_LARGE = 24
# Networks differ in the smallest image they take, and do not say so.
_SIDES = (64, 96, 224, 384, 518)


class ModelError(ValueError):
    """There is no such model, or it takes no images of ours."""


class Network(NamedTuple):
    """A model, and how images become its input.

    Attributes:
        module: Maps float32[images, channels, height, width] to logits, float32[images, classes].
        prepare: Maps uint8[images, channels, height, width] to that input.
    """

    module: nn.Module
    prepare: Callable[[Tensor], Tensor]


class Block(nn.Module):
    """Two convolutions and a way around them (He et al., 2016)."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        stride = 1 if channels_in == channels else 2
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1:
            self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [images, channels_in, h, w] to [images, channels, h / stride, w / stride]."""
        residual = functional.relu(self.norm1(self.conv1(x)))
        residual = self.norm2(self.conv2(residual))
        return functional.relu(residual + self.shortcut(x))


class SmallResNet(nn.Module):
    """The ResNet-20 of He et al. (2016, section 4.2) for small images: 0.27 M weights.

    Args:
        channels: Of the images.
        classes: Number of outputs.
        halve: Begin with a convolution of 5 x 5 that halves the images, instead of one of 3 x 3.
    """

    def __init__(self, channels: int, classes: int, *, halve: bool = False) -> None:
        super().__init__()
        side, stride = (5, 2) if halve else (3, 1)
        self.conv = nn.Conv2d(channels, 16, side, stride, padding=side // 2, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.stage1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.stage2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.stage3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.fc = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [images, channels, height, width] to logits, [images, classes]."""
        x = functional.relu(self.norm(self.conv(x)))
        x = self.stage3(self.stage2(self.stage1(x)))
        return self.fc(x.mean(dim=(2, 3)))  # type: ignore[no-any-return]


def build(name: str, images: Tensor, classes: int) -> Network:
    """Makes an untrained network.

    Args:
        name: `SMALL_MODEL` or a classification model of torchvision.
        images: uint8[images, channels, height, width]: some that it must take.
        classes: Number of outputs.

    Raises:
        ModelError: torchvision has no such model, or it takes no images like these.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    channels, height, width = images.shape[1:]
    if name == SMALL_MODEL:
        small = SmallResNet(channels, classes, halve=min(height, width) >= _LARGE)
        return Network(small.to(device), lambda i: normalize(i, device))
    module = _torchvision_model(name, classes).to(device)
    for side in (None, *(side for side in _SIDES if side > min(height, width))):
        prepare = _as_rgb(device, side)
        if _takes(module, prepare(images[:2])):
            return Network(module, prepare)
    raise ModelError(f"{name} takes no images of {height} x {width} pixels, enlarged or not")


def normalize(images: Tensor, device: torch.device) -> Tensor:
    """Maps bytes to numbers from -1 to 1."""
    return images.to(device).float() / 127.5 - 1


def _as_rgb(device: torch.device, side: int | None) -> Callable[[Tensor], Tensor]:
    def prepare(images: Tensor) -> Tensor:
        inputs = normalize(images, device).expand(-1, 3, -1, -1)
        if side is None:
            return inputs
        return functional.interpolate(inputs, (side, side), mode="bilinear", antialias=True)

    return prepare


def _torchvision_model(name: str, classes: int) -> nn.Module:
    from torchvision import models

    names = models.list_models(module=models)
    if name not in names:
        close = difflib.get_close_matches(name, names, n=3) or ["resnet18", "mobilenet_v2"]
        raise ModelError(
            f"no model {name!r}: expected {SMALL_MODEL} or a classification model of torchvision,"
            f" such as {', '.join(close)}"
        )
    # The auxiliary outputs of the Inceptions would change what forward returns in training.
    inception = name in ("googlenet", "inception_v3")
    arguments = {"aux_logits": False, "init_weights": True} if inception else {}
    module: nn.Module = models.get_model(name, num_classes=classes, **arguments)
    return module


def _takes(module: nn.Module, inputs: Tensor) -> bool:
    module.eval()
    try:
        with torch.inference_mode():
            module(inputs)
    except (AssertionError, RuntimeError, ValueError):
        return False
    finally:
        module.train()
    return True
