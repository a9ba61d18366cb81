"""A replay as the command line asks for it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from ..writer import SummaryWriter
from .errors import CheckpointError
from .models import Preparation, make_loaders, make_model
from .plan import Plan, make_plan
from .replay import Progress, Replayed, image_sets, log_plan

# What stands for the checkpoints in a directory that is none itself.
_FILES = "*.ckpt", "*.pt", "*.pth", "*.pth.tar", "*.bin", "*.safetensors", "checkpoint-*"


@dataclass(frozen=True)
class Wanted:
    """What the command line says of checkpoints; see `deeptracker replay --help`."""

    checkpoints: Sequence[str]
    model: str
    options: Sequence[str]
    data: Mapping[str, str]
    ema: bool
    prefix: str | None
    device: str
    batch_size: int
    workers: int
    size: int | None
    crop: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    images_at_most: int | None


@dataclass(frozen=True)
class WantedRun(Wanted):
    """What it says of the run that is to be made of them."""

    logdir: str
    no_map: bool


def look(wanted: Wanted) -> tuple[Plan, nn.Module, dict[str, Any]]:
    """Makes the model and the loaders, and looks into the checkpoints; writes nothing.

    Raises:
        CheckpointError: Something is not as it must be.
    """
    image_sets(wanted.data)
    model, loaders = made(wanted)
    plan = make_plan(model, files_of(wanted.checkpoints), wanted.ema, wanted.prefix)
    return plan, model, loaders


def made(wanted: Wanted) -> tuple[nn.Module, dict[str, Any]]:
    """Makes the model and the loaders of the image sets.

    Raises:
        CheckpointError: There are none of these names.
    """
    prepared = Preparation(wanted.size, wanted.crop, wanted.mean, wanted.std)
    loaders = make_loaders(wanted.data, wanted.batch_size, wanted.workers, prepared)
    options = dict(map(_option, wanted.options))
    first = next(iter(loaders.values()))
    classes = getattr(getattr(first, "dataset", None), "classes", None)
    if classes is not None and wanted.model.startswith(("torchvision:", "timm:")):
        options.setdefault("num_classes", len(classes))
    model = make_model(wanted.model, options)
    try:
        model.to(wanted.device)
    except (AssertionError, RuntimeError) as error:
        raise CheckpointError(f"device {wanted.device!r}: {str(error).splitlines()[0]}") from error
    return model, loaders


def run(
    wanted: WantedRun, plan: Plan, model: nn.Module, loaders: Mapping[str, Any], progress: Progress
) -> Replayed:
    """Replays what was planned."""
    with SummaryWriter(wanted.logdir) as writer:
        return log_plan(
            writer,
            model,
            plan,
            loaders,
            progress=progress,
            images_at_most=wanted.images_at_most,
            representations=not wanted.no_map,
        )


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise CheckpointError(f"model option {text!r}: must be NAME=VALUE, as num_classes=10")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def files_of(checkpoints: Sequence[str]) -> list[str]:
    """The checkpoints in directories that are none themselves."""
    found: list[str] = []
    for each in checkpoints:
        path = Path(each).expanduser()
        below = [own for pattern in _FILES for own in path.glob(pattern)] if path.is_dir() else []
        is_one = (path / ".metadata").exists() or any(
            (path / name).exists() for name in ("model.safetensors", "pytorch_model.bin")
        )
        if below and not is_one and not list(path.glob("*.index.json")):
            found += map(str, below)
        else:
            found.append(each)
    return found
