"""The tracker: what it logs, and that the training does not notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, RandomSampler

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.tracker import cadence

from ..summary.reading import Logged, read_log
from .problem import ALL, NAMES, TRAINING, Digits, network, predictions, random_state, seed
from .tracked import VALIDATION, by_image, validation_loader


def train(writer: SummaryWriter | None, workers: int = 0) -> dict[str, Any]:
    """Trains; returns all that a training may have changed."""
    seed()
    model = network()
    model[1].eval()  # A batch norm that is frozen stays so.
    generator = torch.Generator().manual_seed(1)
    data = DataLoader(
        Digits(0, TRAINING, noise=0.1), batch_size=32, shuffle=True, generator=generator
    )
    validation = DataLoader(
        Digits(TRAINING, ALL, noise=0.1),
        batch_size=16,
        num_workers=workers,
        generator=generator,
    )
    tracker = writer and Tracker(writer, model, validation, every=3)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    step = 0
    for _ in range(2):
        for x, y in data:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            if tracker:
                tracker.step(step)
            step += 1
    return {
        "state": model.state_dict(),
        "optimizer": optimizer.state_dict()["state"],
        "gradients": [parameter.grad for parameter in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "generators": random_state(),
        "generator": generator.get_state(),
        "grad": torch.is_grad_enabled(),
    }


@pytest.mark.parametrize("workers", [0, 1])
def test_training_is_the_same_with_the_tracker(tmp_path: Path, workers: int) -> None:
    without = train(None)
    with SummaryWriter(tmp_path) as writer:
        with_tracker = train(writer, workers)
    torch.testing.assert_close(with_tracker, without, rtol=0, atol=0)
    logged = read_log(tmp_path)
    assert sorted(logged.filters) == sorted(logged.predicted) == [0, 3, 6, 9, 12, 15]
    assert (logged.measure("gradient_norm", 3) > 0).any()


def plain_margins(model: nn.Module) -> list[float]:
    """The score of the label minus the largest other one, in a plain loop."""
    model.eval()
    with torch.no_grad():
        scores = model(VALIDATION.images).tolist()
    model.train()
    return [
        row[label] - max(score for i, score in enumerate(row) if i != label)
        for row, label in zip(scores, VALIDATION.labels, strict=True)
    ]


def assert_scores_are_logged(logged: Logged, step: int, margins: list[float]) -> None:
    (validation_set,) = logged.validation_sets
    choices, ids = logged.choices[step], np.asarray(validation_set.ids)
    np.testing.assert_allclose(choices.margin, np.array(margins)[ids], rtol=2e-3, atol=1e-3)
    right = choices.predicted == validation_set.labels
    np.testing.assert_array_equal(choices.margin > 0, right)
    assert (choices.second != choices.predicted).all()
    assert (choices.probability[choices.second == validation_set.labels] <= 0.5).all()


def test_what_is_logged(tmp_path: Path) -> None:
    seed()
    model = network()
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, model, validation_loader(), every=1, class_names=NAMES)
        expected = {}
        for step in range(2):
            tracker.step(step)
            expected[step] = predictions(model, VALIDATION)
            margins = plain_margins(model)
            with torch.no_grad():
                model[7].get_parameter("weight").copy_(torch.randn(10, 128))
    logged = read_log(tmp_path)
    assert expected[0] != expected[1]
    assert {step: by_image(logged, step) for step in logged.predicted} == expected
    (validation_set,) = logged.validation_sets
    assert validation_set.class_names == tuple(NAMES)
    labels = dict(zip(np.asarray(validation_set.ids), validation_set.labels, strict=True))
    assert [labels[i] for i in range(len(VALIDATION))] == VALIDATION.labels
    assert len(logged.images) == len(VALIDATION)
    assert [layer.name for layer in logged.model.layers] == ["0", "7"]
    assert logged.model.edges == ((0, 1),)
    assert_scores_are_logged(logged, 1, margins)


@pytest.mark.parametrize(
    ("every", "steps", "logged"),
    [
        (3, range(8), [0, 3, 6]),
        (3, range(1, 8), [3, 6]),
        (3, [2, 5, 7, 8, 10], [5, 7, 10]),  # Not every iteration is told of.
        (1, range(3), [0, 1, 2]),
        (None, [0, 50, 100, 199, 201], [0, 100, 201]),
    ],
)
def test_when_it_logs(tmp_path: Path, every: int | None, steps: Any, logged: list[int]) -> None:
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), validation_loader(batch_size=44), every)
        for step in steps:
            tracker.step(step)
        tracker.log(steps[-1])  # The end of a training is logged, but not twice.
    assert sorted(read_log(tmp_path).predicted) == sorted({*logged, steps[-1]})


def test_the_papers_cadence() -> None:
    assert cadence(1_281_167 / 128) == pytest.approx(1600, rel=0.15)  # ImageNet, section 6
    assert 6 <= 391 / cadence(391) <= 8
    assert cadence(3) == 1
    assert cadence(float("inf")) == 100


def test_the_last_batch_may_be_dropped_and_predictions_be_anothers(tmp_path: Path) -> None:
    def odd_or_even(model: nn.Module, x: Tensor) -> Tensor:
        scores: Tensor = model(x)
        return scores.argmax(1) % 2

    model = network()
    with SummaryWriter(tmp_path) as writer:
        loader = validation_loader(drop_last=True)
        Tracker(writer, model, loader, predict=odd_or_even, class_names=NAMES).log(0)
    expected = [each % 2 for each in predictions(model, VALIDATION)]
    assert by_image(read_log(tmp_path), 0) == expected[:32]


def test_loaders_of_other_images_each_time_are_refused(tmp_path: Path) -> None:
    sampler = RandomSampler(VALIDATION, num_samples=20)
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match="shuffle=False"):
        Tracker(writer, network(), validation_loader(sampler=sampler)).log(0)


def test_an_order_that_changes_is_told(tmp_path: Path) -> None:
    batches = [(torch.zeros(3, 1, 8, 8), torch.tensor([0, 1, 2]))]
    with SummaryWriter(tmp_path / "changing") as writer:
        tracker = Tracker(writer, network(), batches, class_names=NAMES)
        tracker.log(0)
        batches[0] = (batches[0][0], torch.tensor([1, 0, 2]))
        with pytest.warns(RuntimeWarning, match=r"step 1: .* another order"):
            tracker.log(1)
        tracker.log(2)  # The same is not said again.
        batches[0] = (batches[0][0], torch.tensor([0, 1, 2]))
        tracker.log(3)
    logged = read_log(tmp_path / "changing")
    assert sorted(logged.predicted) == [0, 3]
    assert sorted(logged.filters) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("loader", "message"),
    [
        ([], "empty"),
        ([torch.zeros(2, 1, 8, 8)], r"tuples \(inputs, labels\)"),
        ([{"pixel_values": torch.zeros(2, 1, 8, 8)}], "'labels'"),
        ([(torch.zeros(2, 1, 8, 8), [0])], "2 predictions for a batch of 1"),
    ],
)
def test_what_cannot_be_evaluated_is_named(tmp_path: Path, loader: Any, message: str) -> None:
    model = network()
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
        Tracker(writer, model, loader).log(0)
    assert all(module.training for module in model.modules())


def test_a_model_without_scores_is_named(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network()[:6], validation_loader())
        with pytest.raises(ValueError, match=r"\[n, classes\].*\(16, 8, 4, 4\).*predict="):
            tracker.log(0)
    with pytest.raises(ValueError, match="at least 1"):
        Tracker(SummaryWriter(tmp_path), network(), [], every=0)
