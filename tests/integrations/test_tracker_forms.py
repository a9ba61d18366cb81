"""Models, batches, labels and scores of all forms, through the tracker."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker

from ..summary.reading import Logged, read_log
from .problem import ALL, TRAINING, Digits, network, predictions, seed
from .tracked import VALIDATION, by_image, validation_loader


def logged(directory: Path, model: nn.Module, loader: Any, **options: Any) -> Logged:
    """What a tracker logs at iteration 0."""
    with SummaryWriter(directory) as writer:
        Tracker(writer, model, loader, **options).log(0)
    return read_log(directory)


class Dictionary(nn.Module):
    """As MONAI's networks are called: with one entry of a batch that is a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = network()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


class Two(Dictionary):
    """A model of two inputs."""

    def forward(self, x: Tensor, scale: Tensor) -> Tensor:  # type: ignore[override]
        y: Tensor = self.layers(x * scale[:, None, None, None])
        return y


def in_a_dictionary(items: list[Any]) -> dict[str, Any]:
    images, labels = zip(*items, strict=True)
    return {"image": torch.stack(images), "label": torch.tensor(labels), "path": ["a"] * len(items)}


def by_names(items: list[Any]) -> dict[str, Any]:
    """With an entry that is the model's parameter, and one that it does not take."""
    batch = in_a_dictionary(items)
    return {"x": batch["image"], "mask": batch["image"] > 0, "label": batch["label"]}


def with_a_scale(items: list[Any]) -> tuple[tuple[Tensor, Tensor], Tensor]:
    images, labels = zip(*items, strict=True)
    return (torch.stack(images), torch.ones(len(items))), torch.tensor(labels)


def in_half_precision(model: nn.Module, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        y: Tensor = model(x)
    return y


CALLS: dict[str, tuple[Callable[[], nn.Module], Any, Any]] = {
    "dictionaries": (Dictionary, in_a_dictionary, None),
    "dictionaries of names": (Dictionary, by_names, None),
    "dictionaries, by a function": (
        Dictionary,
        in_a_dictionary,
        lambda model, batch: model(batch["image"]),
    ),
    "two inputs": (Two, with_a_scale, None),
    "two inputs, by a function": (Two, with_a_scale, lambda model, inputs: model(*inputs)),
    "half precision": (Dictionary, None, in_half_precision),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_function_calls_the_model(tmp_path: Path, name: str) -> None:
    kind, collate, predict = CALLS[name]
    seed()
    model = kind()
    found = logged(tmp_path, model, validation_loader(collate_fn=collate), predict=predict)
    assert found.model.edges == ((0, 1),)
    assert [layer.name for layer in found.model.layers] == ["layers.0", "layers.7"]
    if name != "half precision":
        layers = model.get_submodule("layers")
        assert by_image(found, 0) == predictions(layers, VALIDATION)


def test_entries_that_no_parameter_is_called_like_are_named(tmp_path: Path) -> None:
    def collate(items: list[Any]) -> dict[str, Any]:
        batch = in_a_dictionary(items)
        return {**batch, "mask": batch["image"] > 0}

    with pytest.raises(ValueError, match=r"\['image', 'mask', 'path'\] by its name: pass predict="):
        logged(tmp_path, Dictionary(), validation_loader(collate_fn=collate))


def test_images_without_a_finite_score_are_not_evaluated(tmp_path: Path) -> None:
    model = network()

    def predict(called: nn.Module, x: Tensor) -> Tensor:
        scores: Tensor = called(x)
        scores[0, 3] = torch.nan
        return scores

    with pytest.warns(RuntimeWarning, match="3 of 44 images have scores that are not finite"):
        found = logged(tmp_path, model, validation_loader(), predict=predict)
    expected = predictions(model, VALIDATION)
    for image in 0, 16, 32:
        expected[image] = -1
    assert by_image(found, 0) == expected


@pytest.mark.parametrize("shape", [(-1, 1), (-1,)])
def test_one_logit_tells_two_classes_apart(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = torch.linspace(-1, 1, 20)[:, None]
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    nn.init.ones_(model[0].weight)  # type: ignore[arg-type]
    labels = (x[:, 0] > 0.3).long()[:, None]
    loader = DataLoader(TensorDataset(x, labels), batch_size=6)
    found = logged(tmp_path, model, loader, predict=lambda called, x: called(x).reshape(shape))
    assert by_image(found, 0) == (x[:, 0] > 0).long().tolist()
    (images,) = found.validation_sets
    assert images.class_names == ("0", "1")
    assert sorted(images.labels) == sorted(labels[:, 0].tolist())


class Named(Digits):
    classes = [f"digit {i}" for i in range(10)]  # noqa: RUF012


def test_names_and_pictures_of_what_lies_beneath(tmp_path: Path) -> None:
    part = Subset(Subset(Named(TRAINING, ALL), range(40)), range(5, 30))
    model = network()
    found = logged(tmp_path, model, DataLoader(part, batch_size=10))
    (images,) = found.validation_sets
    assert images.class_names == tuple(Named.classes)
    assert len(found.images) == 25
    assert by_image(found, 0) == predictions(model, VALIDATION)[5:30]


def test_images_that_do_not_count(tmp_path: Path) -> None:
    digits = Digits(TRAINING, ALL)
    digits.labels = [-100 if i % 4 == 0 else label for i, label in enumerate(digits.labels)]
    loader = DataLoader(digits, batch_size=10)
    with pytest.raises(ValueError, match="ignore_label=-100"):
        logged(tmp_path, network(), loader)
    found = logged(tmp_path / "ignored", network(), loader, ignore_label=-100)
    (images,) = found.validation_sets
    assert sorted(np.asarray(images.ids)) == [i for i in range(44) if i % 4]
    assert (found.predicted[0] >= 0).all()


def test_images_that_come_later_are_told(tmp_path: Path) -> None:
    loader = DataLoader(Subset(VALIDATION, range(12)), batch_size=6)
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), loader, every=1)
        tracker.step(0)
        batches = [list(range(i, i + 6)) for i in (6, 12)]
        object.__setattr__(loader, "dataset", VALIDATION)
        object.__setattr__(loader, "batch_sampler", batches)
        with pytest.warns(RuntimeWarning, match="6 of 12 images .* not among the 12"):
            tracker.step(1)
    found = read_log(tmp_path)
    assert (found.predicted[1] == -1).sum() == 6


def test_gradients_are_those_without_the_scale(tmp_path: Path) -> None:
    norms = []
    for scale in None, 1024.0:
        seed()
        model = network()
        x, y = next(iter(validation_loader(batch_size=44)))
        loss = nn.functional.cross_entropy(model.eval()(x), y)
        (loss * (scale or 1)).backward()
        found = logged(tmp_path / str(scale), model, validation_loader(), grad_scaler=scale)
        norms.append(found.measure("gradient_norm", 0))
    np.testing.assert_allclose(norms[0], norms[1], rtol=1e-6)


def test_nothing_is_warned_of_where_all_is_well(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        logged(tmp_path, network(), validation_loader())


def test_the_model_is_evaluated_in_the_precision_of_its_training(tmp_path: Path) -> None:
    logs = []
    ways: dict[str, dict[str, Any]] = {
        "whole": {},
        "half": {"autocast": torch.bfloat16},
        "by a function": {"predict": in_half_precision},
        "both": {"predict": lambda model, x: model(x), "autocast": torch.bfloat16},
    }
    for name, options in ways.items():
        seed()
        logs.append(logged(tmp_path / name, Dictionary(), validation_loader(), **options))
    margins = [log.choices[0].margin for log in logs]
    assert (margins[1] != margins[0]).any()
    for other in margins[2:]:
        np.testing.assert_array_equal(other, margins[1])
    with pytest.raises(ValueError, match=r"autocast must be torch.bfloat16 or .* not 'bf16'"):
        logged(tmp_path / "refused", network(), validation_loader(), autocast="bf16")


@pytest.mark.parametrize("autocast", [None, torch.bfloat16])
def test_a_training_under_autocast_keeps_its_gradients(tmp_path: Path, autocast: Any) -> None:
    """Weights that were cast without gradients must not be those of the next forward pass."""
    model = network()
    x, _ = next(iter(validation_loader()))
    with torch.autocast("cpu", torch.bfloat16):
        logged(tmp_path, model, validation_loader(), autocast=autocast)
        model(x).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
