"""Wrong arguments are refused before the training; after the first log nothing ends it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils import tensorboard

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker

from ..summary.reading import read_log
from .problem import network, predictions, seed
from .tracked import VALIDATION, by_image, validation_loader

WRONG = {
    "a directory": ("runs", network(), [], {}, "writer must be .*SummaryWriter, not str"),
    "no model": (None, "resnet", [], {}, "model must be a torch.nn.Module, not str"),
    "an iterator": (None, network(), iter([]), {}, "list_iterator, which can be read only once"),
    "a dataset": (None, network(), VALIDATION, {}, "a dataset .*DataLoader"),
    "a number": (None, network(), 3, {}, r"must yield batches \(inputs, labels\).* not be a int"),
    "every": (None, network(), [], {"every": 0.5}, "every must be a whole number of at least 1"),
    "a truth value": (None, network(), [], {"every": True}, "every must be a whole number"),
    "names": (None, network(), [], {"class_names": 5}, "class_names must be a list .* got 5"),
    "a set": (None, network(), [], {"class_names": {"a", "b"}}, "class_names must be a list"),
    "a label": (None, network(), [], {"ignore_label": 1.5}, "ignore_label must be .* got 1.5"),
    "a training": (None, network(), [], {"training_loader": 4}, "training_loader must .* a int"),
    "a budget": (None, network(), [], {"budget": 9}, 'budget=9 is for every="adaptive"'),
    "predict": (None, network(), [], {"predict": "argmax"}, "predict must be a function"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_named_at_once(tmp_path: Path, name: str) -> None:
    writer, model, loader, options, message = WRONG[name]
    with SummaryWriter(tmp_path) as ours, pytest.raises(ValueError, match=message):
        Tracker(writer or ours, model, loader, **options)  # type: ignore[arg-type]
    assert not list(tmp_path.rglob("*.deeptracker"))


def test_torchs_writer_is_told_what_to_do(tmp_path: Path) -> None:
    with tensorboard.SummaryWriter(tmp_path) as theirs:
        with pytest.raises(ValueError, match=r"SummaryWriter\(event_writer=writer\)"):
            Tracker(theirs, network(), [])
        ours = SummaryWriter(event_writer=theirs)
        Tracker(ours, network(), validation_loader())
        with pytest.raises(ValueError, match="a tracker already"):
            Tracker(ours, network(), validation_loader())


def test_steps_that_begin_again_each_epoch_are_counted_on(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), validation_loader(batch_size=44), every=4)
        for batch in range(6):
            tracker.step(batch)
        with pytest.warns(RuntimeWarning, match="went back from 5 to 0.*counts on"):
            tracker.step(0)
        for batch in [*range(1, 6), *range(6)]:  # It is not said again.
            tracker.step(batch)
        tracker.log(5)
    assert sorted(read_log(tmp_path).predicted) == [0, 4, 8, 12, 16, 17]


def test_steps_of_all_kinds(tmp_path: Path) -> None:
    step = torch.zeros((), dtype=torch.int64)
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), validation_loader(batch_size=44), every=1)
        for _ in range(3):
            tracker.step(step)
            step += 1
        for each in 3.0, np.float64(4), np.int32(5), np.array(6):
            tracker.step(each)
    assert sorted(read_log(tmp_path).predicted) == list(range(7))


@pytest.mark.parametrize("wrong", [7.5, "8", None, torch.zeros(2), -1, 1 << 60])
def test_steps_that_are_none_end_no_training(tmp_path: Path, wrong: Any) -> None:
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), validation_loader(batch_size=44), every=1)
        with pytest.raises(ValueError, match="global_step must"):
            tracker.step(wrong)
        tracker.step(3)
        with pytest.warns(RuntimeWarning, match="an iteration after step 3: .*global_step must"):
            tracker.step(wrong)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # It is not said again, whatever it is.
            for again in wrong, 0.25, -7:
                tracker.log(again)
        tracker.step(4)
    assert sorted(read_log(tmp_path).predicted) == [3, 4]


def test_weights_alone(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        Tracker(writer, network(), None).log(3)
    logged = read_log(tmp_path)
    assert sorted(logged.filters) == [3]
    assert not logged.predicted


def in_place(model: nn.Module, backend: Any) -> nn.Module:
    model.compile(backend=backend)
    return model


def by_region(model: nn.Sequential, backend: Any) -> nn.Module:
    for region in 0, 7:
        model[region].compile(backend=backend)
    return model


REGIONS: dict[str, Callable[[nn.Sequential, Any], Any]] = {
    "torch.compile": lambda model, backend: torch.compile(model, backend=backend),
    "Module.compile": in_place,
    "regions": by_region,
}


@pytest.mark.parametrize("how", REGIONS)
def test_compiled_models_are_compiled_once_more(tmp_path: Path, how: str) -> None:
    compiled = 0

    def backend(graph: Any, _: Any) -> Any:
        nonlocal compiled
        compiled += 1
        return graph.forward

    torch.compiler.reset()
    seed()
    model = network()
    called = REGIONS[how](model, backend)
    x, y = torch.rand(44, 1, 8, 8), torch.zeros(44, dtype=torch.int64)
    counts = []
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, called, validation_loader(batch_size=44), every=1)
        for step in range(4):
            nn.functional.cross_entropy(called(x), y).backward()
            counts.append(compiled)
            tracker.step(step)
            counts.append(compiled)
    assert counts[1] <= 2 * counts[0]
    assert counts[2:] == [counts[1]] * 6
    logged = read_log(tmp_path)
    assert by_image(logged, 3) == predictions(model, VALIDATION)
    assert [layer.name for layer in logged.model.layers] == ["0", "7"]


def test_after_the_first_log_nothing_ends_the_training(tmp_path: Path) -> None:
    fails = False

    def predict(model: nn.Module, x: Tensor) -> Tensor:
        if fails:
            raise RuntimeError("out of something")
        scores: Tensor = model(x)
        return scores

    model = network()
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, model, validation_loader(), every=1, predict=predict)
        tracker.step(0)
        fails = True
        with pytest.warns(RuntimeWarning, match="step 1: RuntimeError: out of something") as said:
            tracker.step(1)
        tracker.step(2)  # It is not said again.
        assert said[0].filename == __file__
        assert all(module.training for module in model.modules())
        fails = False
        tracker.step(3)
    assert sorted(read_log(tmp_path).predicted) == [0, 3]
