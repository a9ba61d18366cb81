"""Models and image sets by their names on the command line."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from .errors import CheckpointError

_MODELS = "torchvision:NAME, timm:NAME, hf:NAME or a directory, or module:function"
_DATA = "a folder of a folder for each class, torchvision:NAME, or module:function"
_SHOWN = 5


@dataclass(frozen=True)
class Preparation:
    """What is done to images; see `deeptracker replay --help`.

    Attributes:
        size: Pixels a side that they are scaled and cut to; None: a folder's 224, a dataset's as
            they are.
        crop: The share of a scaled image's side that is left.
        mean: What is subtracted, by channel.
        std: What they are divided by then.
    """

    size: int | None
    crop: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def of_folders(self) -> Callable[[Any], Any]:
        """A transform of images of any size."""
        return replace(self, size=self.size or 224).transform()

    def transform(self) -> Callable[[Any], Any]:
        """What makes a tensor of an image."""
        from torchvision import transforms

        steps: list[Any] = []
        if self.size is not None:
            larger = transforms.Resize(round(self.size / self.crop))
            steps = [larger, transforms.CenterCrop(self.size)]
        normalized = [transforms.Lambda(_three), transforms.Normalize(self.mean, self.std)]
        whole: Callable[[Any], Any] = transforms.Compose(
            [*steps, transforms.ToTensor(), *normalized]
        )
        return whole


def make_model(name: str, options: Mapping[str, Any]) -> nn.Module:
    """A model by its name, with weights of no meaning.

    Args:
        name: See `_MODELS`.
        options: What it is made with, `num_classes` say.

    Raises:
        CheckpointError: There is no such model, or its library is not installed.
    """
    kind, colon, own = name.partition(":")
    if not colon or not own:
        raise CheckpointError(f"model {name!r}: must be {_MODELS}")
    try:
        if kind == "torchvision":
            from torchvision import models

            model = models.get_model(own, weights=None, **options)
        elif kind == "timm":
            timm: Any = importlib.import_module("timm")
            model = timm.create_model(own, pretrained=False, **options)
        elif kind == "hf":
            transformers: Any = importlib.import_module("transformers")
            config = transformers.AutoConfig.from_pretrained(own, **options)
            model = transformers.AutoModelForImageClassification.from_config(config)
        else:
            model = _function(kind, own)(**options)
    except ModuleNotFoundError as error:
        raise CheckpointError(f"model {name!r}: {error}; install it, or see --help") from error
    except (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(f"model {name!r} cannot be made: {error}") from error
    if not isinstance(model, nn.Module):
        raise CheckpointError(f"model {name!r} gives a {type(model).__name__}, not a torch module")
    return model


def make_loaders(
    named: Mapping[str, str], batch_size: int, workers: int, prepared: Preparation
) -> dict[str, Any]:
    """What yields the images of several image sets; see `make_loader`.

    Args:
        named: What each image set is of, by what it is called.
        batch_size: Images of a batch.
        workers: Processes that read them.
        prepared: See `make_loader`.

    Raises:
        CheckpointError: There is no such thing, or they are of other classes.
    """
    made = {set_: make_loader(of, batch_size, workers, prepared) for set_, of in named.items()}
    first, *others = made
    known = _classes(made[first])
    for other in others:
        own = _classes(made[other])
        if known and own and own != known:
            differ = sorted({*own} ^ {*known}) or ["their order"]
            raise CheckpointError(
                f"the image sets {first!r} and {other!r} are not of the same classes, which"
                f" the model's outputs are: they differ in {', '.join(differ[:_SHOWN])}"
                + (f" and {len(differ) - _SHOWN} more" if len(differ) > _SHOWN else "")
            )
    return made


def _classes(loader: Any) -> list[str]:
    return list(getattr(getattr(loader, "dataset", None), "classes", None) or ())


def make_loader(name: str, batch_size: int, workers: int, prepared: Preparation) -> Any:
    """What yields the images to be evaluated.

    Args:
        name: See `_DATA`; a function may return a dataset or a loader.
        batch_size: Images of a batch.
        workers: Processes that read them.
        prepared: What is done to the images of a folder, or of torchvision.

    Raises:
        CheckpointError: There is no such thing.
    """
    data = _dataset(name, prepared)
    if hasattr(data, "batch_size") or not isinstance(data, Dataset):
        return data
    return DataLoader(data, batch_size=batch_size, num_workers=workers)


def _dataset(name: str, prepared: Preparation) -> Any:
    folder = Path(name).expanduser()
    kind, colon, own = name.partition(":")
    try:
        if folder.is_dir():
            from torchvision.datasets import ImageFolder

            return ImageFolder(str(folder), prepared.of_folders())
        if not colon or not own:
            why = "there is no such folder, and it is no name" if "/" in name else "must be"
            raise CheckpointError(f"data {name!r}: {why}: {_DATA}")
        if kind == "torchvision":
            return _of_torchvision(own, prepared)
        made = _function(kind, own)()
    except ModuleNotFoundError as error:
        raise CheckpointError(f"data {name!r}: {error}; install it, or see --help") from error
    except (AttributeError, OSError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"data {name!r} cannot be read: {error}") from error
    return made


def _of_torchvision(name: str, prepared: Preparation) -> Any:
    """A data set of torchvision's, of its validation or test images."""
    from torchvision import datasets

    own, _, root = name.partition("@")
    kind: Any = getattr(datasets, own, None)
    if kind is None:
        raise CheckpointError(f"torchvision has no data set {own!r}; as in torchvision:CIFAR10")
    known = inspect.signature(kind).parameters
    which: dict[str, Any] = {}
    if "train" in known:
        which["train"] = False
    elif "split" in known:
        which["split"] = "val" if own in ("ImageNet", "Places365", "Imagenette") else "test"
    where = root or os.environ.get("DATA", "data")
    return kind(where, transform=prepared.transform(), **which)


def _three(image: torch.Tensor) -> torch.Tensor:
    return image.expand(3, -1, -1) if image.shape[0] == 1 else image


def _function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module, which may be beside the user."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise CheckpointError(f"{module}:{name} is a {type(found).__name__}, not a function")
    function: Callable[..., Any] = found
    return function
