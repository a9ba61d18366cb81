"""Training with and without the writer is the same, bit by bit."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from tensorboard_plugin_deeptracker import SummaryWriter

from .reading import read_log

DIGITS = load_digits()


def convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.2),
        parametrizations.spectral_norm(nn.Conv2d(8, 16, 3)),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.5),
        parametrizations.weight_norm(nn.Linear(64, 10)),
    )


class Noisy(torch.utils.data.Dataset[tuple[Tensor, int]]):
    """Digits with random noise, as an augmenting dataset would have it."""

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.tensor(DIGITS.images[index], dtype=torch.float32)[None] / 16
        return image + 0.1 * torch.randn(1, 8, 8), int(DIGITS.target[index])

    def __len__(self) -> int:
        return 300


def train(writer: SummaryWriter | None, steps: int = 30) -> dict[str, Any]:
    """Trains; returns everything that training can have changed."""
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    model = convnet()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-3)
    if writer:
        writer.add_model(model, torch.zeros(2, 1, 8, 8))
        writer.add_validation_set(DIGITS.target[:300], [str(i) for i in range(10)], images=Noisy())
    data = torch.utils.data.DataLoader(Noisy(), batch_size=20, shuffle=True)
    step = 0
    while step < steps:
        for x, y in data:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            if writer:
                writer.add_weights(model, step)
                if step % 10 == 0:
                    writer.add_predictions(
                        torch.randperm(300, generator=torch.Generator()) % 10, step
                    )
            optimizer.step()
            step += 1
    return {
        "state": model.state_dict(),
        "optimizer": optimizer.state_dict()["state"],
        "gradients": [parameter.grad for parameter in model.parameters()],
        "generators": (torch.get_rng_state(), random.random(), np.random.rand()),  # noqa: NPY002
        "training": [module.training for module in model.modules()],
    }


def test_training_is_the_same_with_the_writer(tmp_path: Path) -> None:
    without = train(None)
    with SummaryWriter(tmp_path) as writer:
        with_writer = train(writer)
    torch.testing.assert_close(with_writer, without, rtol=0, atol=0)
    logged = read_log(tmp_path)
    assert len(logged.filters) == 30
    assert [layer.name for layer in logged.model.layers] == ["0", "5", "9"]
    assert (logged.measure("change", 29) > 0).all()


def test_a_compiled_model_is_not_compiled_again(tmp_path: Path) -> None:
    # What other tests have compiled counts against what torch compiles of one class.
    torch.compiler.reset()
    compiled = []

    def backend(graph: Any, _: Any) -> Any:
        compiled.append(graph)
        return graph.forward

    model = torch.compile(
        nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), backend=backend
    )
    x = torch.randn(3, 4)
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(model, x)
        assert not compiled
        for step in range(3):
            model(x).sum().backward()
            writer.add_weights(model, step)
    assert len(compiled) == 1
    assert [layer.name for layer in read_log(tmp_path).model.layers] == ["0", "2"]


@pytest.mark.filterwarnings("error")
def test_frozen_layers_and_inference_mode(tmp_path: Path) -> None:
    model = convnet().eval().requires_grad_(False)
    model[0].requires_grad_(True)  # type: ignore[index]
    with SummaryWriter(tmp_path) as writer:
        with torch.inference_mode():
            writer.add_model(model, torch.zeros(1, 1, 8, 8))
            writer.add_weights(model, 0)
        model(torch.zeros(2, 1, 8, 8)).sum().backward()
        writer.add_weights(model, 1)
    logged = read_log(tmp_path)
    assert not logged.measure("change", 1).any()
    assert not any(parameter.is_inference() for parameter in model.parameters())
