"""A tracker that logs representations, from the pass that predicts the images anyway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.vision_transformer import VisionTransformer

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tests.features.map import reference
from tests.features.map.reference import same_neighbours
from tests.features.map.test_log import read
from tests.integrations.tracked import VALIDATION, validation_loader


class Network(nn.Module):
    """Counts how often it is called."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU())
        self.middle = nn.Linear(6, 5)
        self.head = nn.Linear(5, 10)
        self.calls: list[int] = []

    def features(self, images: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.middle(self.body(images).mean(dim=(2, 3))).relu()
        return found

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.calls.append(len(images))
        scores: torch.Tensor = self.head(self.features(images))
        return scores


class Colors(nn.Module):
    """Grey images for networks of coloured ones."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.expand(-1, 3, -1, -1)


def logged(run: Path, model: nn.Module, source: Any) -> Any:
    with SummaryWriter(run) as writer:
        Tracker(writer, model, validation_loader(), representations=source).log(3)
    (found,) = read(run)
    return found


def by_row() -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = zip(*(VALIDATION[i][:2] for i in range(len(VALIDATION))), strict=True)
    order = np.argsort([int(label) for label in labels], kind="stable")
    return torch.stack([images[i] for i in order]), torch.tensor([int(labels[i]) for i in order])


@pytest.mark.parametrize("form", ["plain", "wrapped by compile"])
def test_the_input_of_the_last_linear_layer(tmp_path: Path, form: str) -> None:
    model = Network()
    whole: Any = model if form == "plain" else torch.compile(model, backend="eager")
    found = logged(tmp_path, whole, True)
    images, _ = by_row()
    with torch.no_grad():
        features, scores = model.features(images), model(images)
    assert np.array_equal(found.neighbours, reference.nearest(features.numpy(), 15))
    assert np.array_equal(found.scores.predicted, scores.argmax(dim=1))
    assert not any(each._forward_pre_hooks for each in model.modules())


def small_vit() -> nn.Module:
    model: nn.Module = VisionTransformer(8, 4, 1, 2, 8, 8, num_classes=10)
    return model


def small_convnext() -> nn.Module:
    model: nn.Module = ConvNeXt([CNBlockConfig(8, 8, 1), CNBlockConfig(8, None, 1)], num_classes=10)
    return model


@pytest.mark.parametrize(("make", "head"), [(small_vit, "heads"), (small_convnext, "classifier.2")])
def test_networks_of_torchvision(tmp_path: Path, make: Callable[[], nn.Module], head: str) -> None:
    torch.manual_seed(0)
    model = make()
    found = logged(tmp_path, nn.Sequential(Colors(), model), True)
    model.eval().set_submodule(head, nn.Identity())
    with torch.no_grad():
        features = model(Colors()(by_row()[0]))
    assert features.shape == (len(found.neighbours), 8)
    assert same_neighbours(found.neighbours, features.numpy())


def test_one_pass_serves_everything(tmp_path: Path) -> None:
    calls = []
    for source in (False, True):
        model = Network()
        seen: list[int] = []
        model.register_forward_hook(lambda *_, seen=seen: seen.append(1))
        with SummaryWriter(tmp_path / str(source)) as writer:
            Tracker(writer, model, validation_loader(), representations=source).log(3)
        calls.append(len(seen))
    assert calls[0] == calls[1]
    assert not read(tmp_path / "False")


def test_a_layer_by_its_name_is_averaged_over_places(tmp_path: Path) -> None:
    model = Network()
    found = logged(tmp_path, model, "body")
    with torch.no_grad():
        features = model.body(by_row()[0]).flatten(2).mean(dim=2)
    assert np.array_equal(found.neighbours, reference.nearest(features.numpy(), 15))


def test_a_function(tmp_path: Path) -> None:
    found = logged(tmp_path, Network(), lambda _, images: images.flatten(1))
    features = by_row()[0].flatten(1).numpy()
    assert np.array_equal(found.neighbours, reference.nearest(features, 15))


@pytest.mark.parametrize(
    ("model", "source", "message"),
    [
        (Network(), "tail", "no such layer"),
        (Network(), 3, "must be True, the name of a layer"),
        (nn.Sequential(nn.Conv2d(1, 10, 8), nn.Flatten()), True, "the model has none"),
        (Network(), lambda *_: 1, "found no features"),
    ],
)
def test_what_cannot_be_found_is_said(
    tmp_path: Path, model: nn.Module, source: Any, message: str
) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
        Tracker(writer, model, validation_loader(), representations=source).log(0)
