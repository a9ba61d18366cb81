"""One training, healthy or sick, logged as a user's is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.tracker import Tracker

from .data import Images

# What a training may suffer from.
HEALTHY = "healthy"
SICK = ("forgetting", "noise", "rate", "imbalance", "dead", "overfit", "vanishing", "frozen")
DUMPS = 60
_BATCH = 64


@dataclass(frozen=True)
class Case:
    """A training.

    Attributes:
        name: Tells it from others.
        kind: What it suffers from, or `HEALTHY`.
        build: Makes its network.
        images: Makes the images to train on and to validate, of its seed.
        optimizer: "sgd", "adam" or "adamw".
        rate: Learning rate.
        schedule: "constant", "cosine", "steps" or "warmup".
        epochs: How many, of all images.
        augment: Whether images are moved and mirrored.
        decay: Weight decay.
        seed: Of all that is drawn.
    """

    name: str
    kind: str
    build: Callable[[], nn.Module] = field(compare=False)
    images: Callable[[int], tuple[Images, Images]] = field(compare=False)
    optimizer: str = "sgd"
    rate: float = 0.05
    schedule: str = "constant"
    epochs: int = 10
    augment: bool = False
    mirror: bool = False
    decay: float = 0.0
    seed: int = 0


def train(case: Case, run: Path) -> int:
    """Trains and logs.

    Returns:
        The iteration from which on it is sick; 0 if from the beginning, or not at all.
    """
    torch.manual_seed(case.seed)
    rng = np.random.default_rng(case.seed)
    training, validation = case.images(case.seed)
    training = _spoilt(case, training, rng)
    model = case.build()
    if case.kind == "dead":
        _kill(model, training.inputs[:_BATCH], rng)
    batches = math.ceil(len(training.labels) / _BATCH)
    steps = batches * case.epochs
    every = max(1, steps // DUMPS)
    onset = 0
    if case.kind == "forgetting":
        onset = steps * 6 // 10
    if case.kind == "frozen":
        onset = steps * 4 // 10
    optimizer = _optimizer(case, model)
    loader = DataLoader(TensorDataset(validation.inputs, validation.labels), 500)
    with SummaryWriter(run, thumbnail_size=0) as writer:
        tracker = Tracker(
            writer,
            model,
            loader,
            every,
            class_names=validation.class_names,
            representations=True,
            observe_every=batches,
            on_sign=False,
        )
        step, losses = 0, []
        for _ in range(case.epochs):
            order = torch.from_numpy(rng.permutation(len(training.labels)))
            for first in range(0, len(order), _BATCH):
                ids = order[first : first + _BATCH]
                if case.kind == "forgetting" and step >= onset:
                    second = len(validation.class_names) // 2
                    ids = ids[training.labels[ids] >= second]
                if case.kind == "frozen" and step == onset:
                    _freeze(model)
                rate = case.rate * _factor(case.schedule, step / steps)
                for group in optimizer.param_groups:
                    group["lr"] = rate
                inputs = training.inputs[ids]
                if case.augment:
                    inputs = _augmented(inputs, case.mirror, rng)
                optimizer.zero_grad()
                outputs = model(inputs)
                loss = functional.cross_entropy(outputs, training.labels[ids])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                tracker.observe(ids, outputs, training.labels[ids])
                if step % every == every - 1 or not step:
                    writer.add_scalar("train/loss", float(np.mean(losses)), step)
                    writer.add_scalar("train/learning_rate", rate, step)
                    losses = []
                tracker.step(step)
                step += 1
    return onset


def _spoilt(case: Case, images: Images, rng: np.random.Generator) -> Images:
    labels = images.labels
    classes = len(images.class_names)
    if case.kind == "noise":
        wrong = torch.from_numpy(rng.permutation(len(labels))[: round(0.25 * len(labels))])
        other = torch.from_numpy(rng.integers(1, classes, len(wrong)))
        labels = labels.clone()
        labels[wrong] = (labels[wrong] + other) % classes
        return Images(images.inputs, labels, images.class_names)
    if case.kind == "imbalance":
        rare = torch.from_numpy(rng.permutation(classes)[: classes * 2 // 5])
        kept = ~torch.isin(labels, rare) | (torch.from_numpy(rng.random(len(labels))) < 0.05)
        return images.of(torch.nonzero(kept)[:, 0])
    if case.kind == "overfit":
        each = 8 if images.inputs.shape[2] == 8 else 20
        return images.of(torch.from_numpy(rng.permutation(len(labels))[: each * classes]))
    return images


def _kill(model: nn.Module, inputs: Tensor, rng: np.random.Generator) -> None:
    """Biases so low that most units of a layer never fire: of the most central that this kills."""
    modules = list(model.modules())
    layers = [i for i, each in enumerate(modules) if isinstance(each, nn.Conv2d | nn.Linear)]
    middle = len(layers) // 2 - 1
    for place in sorted(range(len(layers)), key=lambda i: abs(i - middle)):
        layer = modules[layers[place]]
        # Of a layer that is normalised, the normalisation's.
        behind = modules[layers[place] + 1 :][:1]
        norms = nn.BatchNorm2d | nn.GroupNorm
        holder = behind[0] if behind and isinstance(behind[0], norms) else layer
        bias, weight = holder.bias, layer.weight
        if bias is None:
            continue
        assert isinstance(bias, Tensor)
        assert isinstance(weight, Tensor)
        chosen = torch.from_numpy(rng.permutation(len(bias))[: round(0.7 * len(bias))])
        before = bias.detach().clone()
        with torch.no_grad():
            bias[chosen] = -200.0
        model(inputs).logsumexp(1).sum().backward()
        gradient = weight.grad
        model.zero_grad()
        if gradient is not None and not gradient[chosen].any():
            return
        # Nothing that rectifies comes after it.
        with torch.no_grad():
            bias.copy_(before)
    raise ValueError("no layer dies of its bias")


def _freeze(model: nn.Module) -> None:
    """As somebody does who thinks that they freeze another layer."""
    layers = [each for each in model.modules() if isinstance(each, nn.Conv2d | nn.Linear)]
    for parameter in layers[len(layers) // 2].parameters():
        parameter.requires_grad_(False)
        parameter.grad = None


def _optimizer(case: Case, model: nn.Module) -> torch.optim.Optimizer:
    parameters = [each for each in model.parameters() if each.requires_grad]
    if case.optimizer == "sgd":
        return torch.optim.SGD(parameters, case.rate, 0.9, weight_decay=case.decay)
    kind = torch.optim.Adam if case.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, case.rate, weight_decay=case.decay)


def _factor(schedule: str, at: float) -> float:
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * at)) + 1e-3
    if schedule == "steps":
        return 0.1 ** ((at >= 0.5) + (at >= 0.8))
    if schedule == "warmup":
        return min(1.0, at / 0.1 + 0.02) * (0.5 * (1 + math.cos(math.pi * at)) + 1e-2)
    return 1.0


def _augmented(inputs: Tensor, mirror: bool, rng: np.random.Generator) -> Tensor:
    height = inputs.shape[2]
    room = max(1, height // 8)
    padded = functional.pad(inputs, (room,) * 4, value=-1 if height == 8 else 0)
    y, x = rng.integers(0, 2 * room + 1, 2).tolist()
    moved = padded[:, :, y : y + height, x : x + height]
    if mirror:
        flipped = torch.from_numpy(rng.random(len(inputs)) < 0.5)
        moved = torch.where(flipped[:, None, None, None], moved.flip(3), moved)
    return moved
