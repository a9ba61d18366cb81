"""Small networks that two threads can call at a time with the same results, and others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, weight_norm
from transformers import ViTConfig, ViTForImageClassification

CLASSES = 3
# The names of the threads that a `Named` module was called in.
CALLED: list[str] = []
SHARED: dict[str, int] = {"calls": 0}


class Named(nn.Module):
    """Notes which threads call it, where no copy of it has notes of its own."""

    def forward(self, x: Tensor) -> Tensor:
        graph = torch.is_grad_enabled()  # It would keep what each layer makes.
        CALLED.append("with gradients" if graph else threading.current_thread().name)
        return x


def with_names(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(Named(), *layers)


def small(*layers: nn.Module) -> nn.Sequential:
    return with_names(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), *layers, nn.Flatten(), nn.Linear(144, CLASSES)
    )


def tied() -> nn.Module:
    first, second = nn.Linear(192, 192), nn.Linear(192, 192)
    second.weight = first.weight
    return with_names(nn.Flatten(), first, second, first, nn.Linear(192, CLASSES))


def parametrized() -> nn.Module:
    layer = parametrizations.spectral_norm(parametrizations.weight_norm(nn.Linear(192, CLASSES)))
    return with_names(nn.Flatten(), layer)


def attention() -> nn.Module:
    layer = nn.TransformerEncoderLayer(24, 2, 16, batch_first=True)
    return with_names(
        nn.Flatten(2), nn.Unflatten(2, (8, 8)), nn.Flatten(1, 2), Rows(), layer, Mean()
    )


class Rows(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class Mean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(24, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(x.mean(1))


class Caching(nn.Module):
    """Writes attributes that its next call reads, with what they were."""

    def __init__(self) -> None:
        super().__init__()
        self.scale: Tensor | None = None
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.scale is None:
            self.scale = torch.arange(x.shape[-1]) * 0.5
        self.last = x
        return self.last * self.scale


def hugging_face() -> nn.Module:
    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=8,
        patch_size=4,
    )
    config.num_labels = CLASSES
    model = ViTForImageClassification(config)
    return nn.Sequential(Named(), model)


def exact() -> nn.Module:
    """Its sums are the same in every order: of few binary digits."""
    model = with_names(nn.Flatten(), nn.Linear(192, CLASSES))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((parameter * 64).round())
    return model


FIT: dict[str, Callable[[], nn.Module]] = {
    "exact sums": exact,
    "convolutions": small,
    "tied weights": tied,
    "parametrizations": parametrized,
    "attention": attention,
    "attributes that are written": lambda: small(Caching()),
    "frozen dropout": lambda: small(nn.Dropout(0.5)),
    "Hugging Face": hugging_face,
}


class Noise(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(x, 0.5, training=True)


class SilentlyDrawing(nn.Module):
    """Draws what does not change the scores, but the generator."""

    def forward(self, x: Tensor) -> Tensor:
        np.random.rand()  # noqa: NPY002
        return x


class Counting(nn.Module):
    counted: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("counted", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.counted.data = self.counted + 1
        return x


class Charged(nn.Module):
    """What it returns depends on the batches before."""

    def __init__(self) -> None:
        super().__init__()
        self.charge = torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        self.charge = self.charge + x.mean()
        return x + self.charge


class OfAll(nn.Module):
    """The same, in what all copies share."""

    def forward(self, x: Tensor) -> Tensor:
        SHARED["calls"] += 1
        return x + SHARED["calls"]


class Closing(nn.Module):
    """Calls itself by a function that is of no copy."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ReLU()
        self.call: Callable[[Tensor], Any] = lambda x: self.inner(x)

    def forward(self, x: Tensor) -> Any:
        return self.call(x)


def hooked() -> nn.Module:
    model = small()
    model[1].register_forward_hook(lambda *_: None)
    return model


def hooked_weights() -> nn.Module:
    layer: nn.Module = weight_norm(nn.Linear(192, CLASSES))
    return with_names(nn.Flatten(), layer)


def replaced() -> nn.Module:
    model = small()
    forward = model[1].forward
    model[1].forward = lambda x: forward(x)
    return model


def compiled() -> nn.Module:
    model = small()
    model._compiled_call_impl = model._call_impl  # As `model.compile()`, which takes seconds.
    return model


def referring() -> nn.Module:
    model = small()
    vars(model)["lock"] = threading.Lock()
    return model


UNFIT: dict[str, Callable[[], nn.Module]] = {
    "dropout that stays": lambda: small(Noise()),
    "numbers that are drawn": lambda: small(SilentlyDrawing()),
    "a counter in a buffer": lambda: small(Counting()),
    "a state": lambda: small(Charged()),
    "a state of all": lambda: small(OfAll()),
    "a closure": lambda: small(Closing()),
    "hooks": hooked,
    "hooks for weights": hooked_weights,
    "another forward": replaced,
    "compiled": compiled,
    "what cannot be copied": referring,
    "no weights": lambda: with_names(nn.Flatten(), nn.Softmax(dim=1)),
}
