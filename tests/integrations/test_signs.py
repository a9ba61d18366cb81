"""Signs, said while the training runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter as TorchWriter

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.features.signs.compute import Sign
from tensorboard_plugin_deeptracker.features.signs.compute import signs as find
from tensorboard_plugin_deeptracker.tracker.adaptive import Adaptive
from tests.logs import open_run

from ..summary.reading import tensorboard_events
from .problem import ALL, NAMES, TRAINING, Digits, network, seed

VALIDATION = Digits(TRAINING, ALL)
STEPS, BROKEN = 60, 40


def train(run: Path, *, on_sign: Any = None, steps: int = STEPS, broken: int = BROKEN) -> int:
    """Trains, and breaks the weights at an iteration; returns how many iterations were done."""
    seed()
    model = network()
    images = Digits(0, TRAINING)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    labels = torch.tensor(images.labels)
    with SummaryWriter(run) as writer:
        tracker = Tracker(
            writer,
            model,
            DataLoader(VALIDATION, 44),
            2,
            class_names=NAMES,
            representations=True,
            on_sign=on_sign,
        )
        for step in range(steps):
            some = torch.arange(step * 32, step * 32 + 32) % TRAINING
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images.images[some]), labels[some])
            loss.backward()
            optimizer.step()
            if step == broken:
                with torch.no_grad():
                    list(model.parameters())[-2].fill_(torch.nan)
            writer.add_scalar("train/loss", loss.item(), step)
            tracker.step(step)
    return steps


def shown(signs: list[Sign]) -> list[tuple[str, int, float, str]]:
    return [(each.kind.name, each.first_step, each.severity, each.says) for each in signs]


def test_alarms_are_told_logged_and_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Sign] = []
    with caplog.at_level(logging.WARNING, "tensorboard_plugin_deeptracker"):
        train(tmp_path / "run", on_sign=told.append)
    assert [each.kind.name for each in told].count("not_finite") == 1
    lines = [one.getMessage() for one in caplog.records if one.name.endswith(".signs")]
    assert len(lines) == len(told)
    assert any(line.startswith(f"Iteration {BROKEN}:") for line in lines)
    texts = [
        value.tensor.string_val[0].decode()
        for event in tensorboard_events(tmp_path / "run")
        for value in event.summary.value
        if value.tag.startswith("deeptracker/signs")
    ]
    assert len(texts) == len(told)
    # The viewer finds the same in the finished log.
    found = open_run(tmp_path / "run")
    found.refresh()
    alarms = [each for each in find(found.snapshot) if each.severity >= 0.5]
    assert {each.kind.name for each in alarms} <= {each.kind.name for each in told}
    first = {each.kind.name: each.first_step for each in told}
    assert all(first[each.kind.name] == each.first_step for each in alarms)


def test_nobody_who_is_told_ends_the_training(tmp_path: Path) -> None:
    def fail(sign: Sign) -> None:
        raise KeyError(sign.kind.name)

    with pytest.warns(RuntimeWarning, match="not_finite"):
        assert train(tmp_path / "run", on_sign=fail) == STEPS


def test_a_training_without_signs_has_none_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Sign] = []
    train(tmp_path / "run", on_sign=told.append, steps=10, broken=-1)
    train(tmp_path / "off", on_sign=False, steps=6, broken=2)
    assert told == []
    assert caplog.records == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_sign": "print"}, "on_sign"),
        ({"every": "sometimes"}, "adaptive"),
        ({"every": "adaptive"}, "budget"),
        ({"every": "adaptive", "budget": 2}, "budget"),
        ({"every": "adaptive", "budget": 9, "steps": 0}, "steps"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
        Tracker(writer, network(), None, **options)


@pytest.mark.parametrize("steps", [None, 1000])
@pytest.mark.parametrize("budget", [5, 10, 60])
def test_adaptive_dumps_stay_within_their_budget(steps: int | None, budget: int) -> None:
    rng = np.random.default_rng(0)
    adaptive = Adaptive(budget, steps)
    logged = []
    for step in range(1000):
        if adaptive.due(step):
            logged.append(step)
            adaptive.logged(step, rng.integers(0, 10, 50), alarm=bool(rng.random() < 0.3))
    assert logged[0] == 0
    # One is left for the last iteration.
    assert len(logged) < budget
    if steps:
        assert len(logged) >= budget // 2
        assert logged[-1] > 500


def test_adaptive_dumps_are_denser_where_predictions_change() -> None:
    rng = np.random.default_rng(0)
    adaptive = Adaptive(100, 2000)
    predicted = np.zeros(500, np.int64)
    logged = []
    for step in range(2000):
        share = 0.05 if 1000 <= step < 1200 else 0.001
        predicted = np.where(rng.random(500) < share, rng.integers(0, 10, 500), predicted)
        if adaptive.due(step):
            logged.append(step)
            adaptive.logged(step, predicted, alarm=False)
    busy = sum(1000 <= step < 1200 for step in logged) / 200
    calm = sum(step < 1000 for step in logged) / 1000
    assert busy > 2 * calm


def test_the_users_own_writer_is_not_needed(tmp_path: Path) -> None:
    """Scalars of a framework's writer are read where it writes them."""
    seed()
    told: list[Sign] = []
    with TorchWriter(str(tmp_path / "run")) as events:
        writer = SummaryWriter(event_writer=events)
        model = network()
        tracker = Tracker(writer, model, None, 1, on_sign=told.append)
        for step in range(6):
            events.add_scalar("loss", 1.0, step)
            if step == 3:
                with torch.no_grad():
                    next(model.parameters()).fill_(torch.inf)
            tracker.step(step)
        writer.close()
    assert [each.kind.name for each in told] == ["not_finite"]
