"""A training, logged by the summary writer and asked for through the routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.http.client import Tab, tab

NAMES = ("zero", "one", "two")
RESUMED_AT = 6


class Training:
    """A small network that learns, is interrupted after step 8, and resumed at step 6.

    Attributes:
        weights: By step, those of each layer in float64.
        predicted: By step, in the order in which the images were given.
        labels: In that order too.
    """

    def __init__(self, run: Path) -> None:
        generator = torch.Generator().manual_seed(0)
        torch.manual_seed(1)
        self.inputs = torch.rand(30, 1, 6, 6, generator=generator)
        self.labels = torch.arange(30).mul(7) % len(NAMES)
        self.images = (self.inputs[:, 0] * 255).to(torch.uint8).numpy()
        self.layers = nn.Conv2d(1, 4, 3), nn.Linear(64, 3)
        self.model = nn.Sequential(self.layers[0], nn.ReLU(), nn.Flatten(), self.layers[1])
        self.weights: dict[int, list[NDArray[np.float64]]] = {}
        self.predicted: dict[int, list[int]] = {}
        self._log(run, range(9), purge_step=None)
        for step in range(RESUMED_AT, 9):
            del self.weights[step]
            self.predicted.pop(step, None)
        self._log(run, range(RESUMED_AT, 12), purge_step=RESUMED_AT)

    def _log(self, run: Path, steps: range, purge_step: int | None) -> None:
        with SummaryWriter(str(run), purge_step=purge_step) as writer:
            writer.add_model(self.model, self.inputs[:1])
            ids = [f"image {i}" for i in range(30)]
            writer.add_validation_set(self.labels, NAMES, images=self.images, ids=ids)
            for step in steps:
                self.model.zero_grad()
                nn.functional.cross_entropy(self.model(self.inputs), self.labels).backward()
                with torch.no_grad():  # Plainly: importing torch.optim takes longer than the test.
                    for parameter in self.model.parameters():
                        assert parameter.grad is not None
                        parameter.sub_(parameter.grad, alpha=0.5)
                writer.add_weights(self.model, step)
                self.weights[step] = [
                    layer.weight.detach().flatten(1).double().numpy().copy()
                    for layer in self.layers
                ]
                if step % 2:
                    predicted = self.model(self.inputs).argmax(1)
                    predicted[step] = -1
                    writer.add_predictions(predicted, step)
                    self.predicted[step] = predicted.tolist()


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Training, Tab]]:
    logdir = tmp_path_factory.mktemp("logs")
    trained = Training(logdir / "run")
    with tab(logdir) as opened:
        yield trained, opened


def ask(opened: Tab, route: str, **query: Any) -> Any:
    return opened.json(route, run="run", **query)


def test_structure(training: tuple[Training, Tab]) -> None:
    trained, opened = training
    run = ask(opened, "run")
    assert run["steps"] == {"dumps": list(range(12)), "validations": [1, 3, 5, 7, 9, 11]}
    assert [layer["filters"] for layer in run["layers"]] == [4, 3]
    assert run["edges"] == [[0, 1]]
    sizes = [(trained.labels == c).sum().item() for c in range(3)]
    assert run["classes"] == [
        {"name": name, "images": size} for name, size in zip(NAMES, sizes, strict=True)
    ]
    assert (run["thumbnails"], run["problems"]) == (30, [])


def test_filters(training: tuple[Training, Tab]) -> None:
    trained, opened = training
    for position, layer in enumerate(ask(opened, "run")["layers"]):
        query = {"layer": layer["name"], "normalize": "none"}
        norms = ask(opened, "layer_filter", measure="weight_norm", **query)["values"]
        changes = ask(opened, "layer_filter", measure="change", **query)["values"]
        for step in range(12):
            w = trained.weights[step][position]
            norm = np.linalg.norm(w, axis=1)
            np.testing.assert_allclose([row[step] for row in norms], norm, rtol=1e-5)
            found = [row[step] for row in changes]
            if step in (0, RESUMED_AT):  # The first of a session has nothing before it.
                assert found == [None] * len(w)
            else:
                before = trained.weights[step - 1][position]
                cosine = (w * before).sum(axis=1) / norm / np.linalg.norm(before, axis=1)
                np.testing.assert_allclose(found, 1 - cosine, rtol=1e-3, atol=1e-12)


def test_statistics(training: tuple[Training, Tab]) -> None:
    trained, opened = training
    whole = ask(opened, "layer_stat", layer="", stat="weight_mean")
    expected = [
        np.concatenate([w.ravel() for w in trained.weights[step]]).mean() for step in range(12)
    ]
    assert whole["steps"] == list(range(12))
    np.testing.assert_allclose(whole["values"], expected, rtol=1e-5)


def test_predictions(training: tuple[Training, Tab]) -> None:
    trained, opened = training
    rates = ask(opened, "error_rates")
    assert rates["steps"] == list(trained.predicted)
    for label, name in enumerate(NAMES):
        own = [i for i in range(30) if trained.labels[i] == label]
        pixels = ask(opened, "class_image", class_=name)
        assert [image["id"] for image in pixels["images"]] == [f"image {i}" for i in own]
        for j, predicted in enumerate(trained.predicted.values()):
            given = [predicted[i] for i in own]
            column = [row[j] for row in pixels["predicted"]]
            assert column == [None if one < 0 else one for one in given]
            known = [one for one in given if one >= 0]
            wrong = sum(one != label for one in known) / len(known)
            assert rates["classes"][label][j] == pytest.approx(wrong)


def test_images(training: tuple[Training, Tab]) -> None:
    _, opened = training
    response = opened.get("image", run="run", id="image 17")
    assert response.status_code == 200
    assert response.content_type.startswith("image/")
