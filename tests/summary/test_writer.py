"""The SummaryWriter: what it logs, what it refuses, and what it leaves to torch's."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing import event_accumulator
from torch import Tensor, nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.records import FILTER_MEASURES
from tensorboard_plugin_deeptracker.summary.base import CallOrderError

from .reading import log_files, read_file, read_log, tensorboard_events


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 3))


IMAGE = torch.zeros(1, 1, 3, 3)
LABELS = [2, 0, 1, 0, 2]
NAMES = ["cat", "dog", "eel"]


def nudge(model: nn.Module, amount: float = 0.01) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=amount)


def test_a_session_is_logged(tmp_path: Path) -> None:
    model = net()
    with SummaryWriter(tmp_path, purge_step=7) as writer:
        writer.add_model(model, IMAGE)
        writer.add_validation_set(LABELS, NAMES, ids=["e", "d", "c", "b", "a"])
        for step in (7, 9):
            writer.add_weights(model, step)
            writer.add_predictions([2, 1, -1, 0, 2], step)
            nudge(model)
    logged = read_log(tmp_path)
    (path,) = log_files(tmp_path)
    assert path.stem == logged.session.id
    assert re.fullmatch(r"\d{8}T\d{6}Z-\d+-[0-9a-f]{8}", path.stem)
    assert logged.session.purge_step == 7
    assert logged.session.writer.startswith("tensorboard-plugin-deeptracker ")
    assert [layer.name for layer in logged.model.layers] == ["0", "2"]
    assert logged.model.edges == ((0, 1),)
    (validation_set,) = logged.validation_sets
    assert validation_set.class_names == ("cat", "dog", "eel")
    assert validation_set.labels.tolist() == [0, 0, 1, 2, 2]
    assert validation_set.ids == ("d", "b", "c", "e", "a")
    assert sorted(logged.filters) == sorted(logged.predicted) == [7, 9]
    assert logged.predicted[7].tolist() == [1, 0, -1, 2, 2]
    assert np.isnan(logged.measure("change", 7)).all()
    assert (logged.measure("change", 9) > 0).all()
    assert logged.wall_times == sorted(logged.wall_times)
    assert logged.statistic("weight_l2", "", 7) > logged.statistic("weight_l2", "0", 7)


def test_the_marker_is_in_the_users_own_event_file(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 1)
        writer.add_model(net())
        writer.add_scalar("loss", 0.25, 2)
    assert len(list(tmp_path.glob("*tfevents*"))) == 1
    values = [value for event in tensorboard_events(tmp_path) for value in event.summary.value]
    markers = [v for v in values if v.metadata.plugin_data.plugin_name == "deeptracker"]
    assert [marker.tag for marker in markers] == ["deeptracker"]
    loaded = event_accumulator.EventAccumulator(str(tmp_path))
    loaded.Reload()
    assert "deeptracker" in loaded.PluginTagToContent("deeptracker")
    assert [event.value for event in loaded.Scalars("loss")] == [0.5, 0.25]


def test_without_anything_of_ours_it_is_torchs_writer(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "run", filename_suffix=".mine", max_queue=3) as writer:
        writer.add_scalar("loss", 1.0, 0)
        writer.add_hparams({"lr": 0.1}, {"accuracy": 0.5}, run_name="trial")
        writer.flush()
    assert isinstance(writer, torch.utils.tensorboard.SummaryWriter)
    assert not list(tmp_path.rglob("plugins"))
    tags = [v.tag for e in tensorboard_events(tmp_path / "run") for v in e.summary.value]
    assert tags == ["loss"]
    assert list((tmp_path / "run" / "trial").glob("*tfevents*"))
    assert all(path.name.endswith(".mine") for path in (tmp_path / "run").glob("*tfevents*"))


def test_logging_goes_on_after_close(tmp_path: Path) -> None:
    model = net()
    writer = SummaryWriter(tmp_path)
    writer.add_weights(model, 1)
    writer.close()
    writer.close()
    nudge(model)
    writer.add_weights(model, 2)
    writer.add_scalar("loss", 1.0, 2)
    writer.close()
    logged = read_log(tmp_path)
    assert sorted(logged.filters) == [1, 2]
    assert (logged.measure("change", 2) > 0).all()


def test_flush_means_that_it_can_be_read(tmp_path: Path) -> None:
    model = net()
    with SummaryWriter(tmp_path) as writer:
        for step in range(5):
            writer.add_weights(model, step)
            writer.flush()
            assert sorted(read_log(tmp_path).filters) == list(range(step + 1))


def test_two_sessions_are_two_files(tmp_path: Path) -> None:
    for purge_step in (None, 3):
        with SummaryWriter(tmp_path, purge_step=purge_step) as writer:
            writer.add_weights(net(), 3)
    sessions = [read_file(path).session for path in log_files(tmp_path)]
    assert len({session.id for session in sessions}) == 2
    assert {session.purge_step for session in sessions} == {None, 3}


def test_weights_can_be_logged_without_add_model(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(net(), 0)
    assert [layer.name for layer in read_log(tmp_path).model.layers] == ["0", "2"]


def test_repeats_are_not_logged_again(tmp_path: Path) -> None:
    images = np.zeros((5, 4, 4), np.uint8)
    with SummaryWriter(tmp_path) as writer:
        for _ in range(2):
            writer.add_model(net(), IMAGE)
            writer.add_validation_set(LABELS, NAMES)
        for _ in range(2):
            writer.add_validation_set(np.array(LABELS), NAMES, images)
    logged = read_log(tmp_path)
    assert len(logged.models) == len(logged.validation_sets) == logged.image_records == 1


@pytest.mark.parametrize(
    ("option", "wrong", "message"),
    [
        ("thumbnail_size", "64", "a whole number of at least 0, got '64': it is the longer side"),
        ("thumbnail_size", -1, "a whole number of at least 0, got -1"),
        ("thumbnail_format", "gif", "'png', 'jpeg' or 'webp', got 'gif'"),
        ("previous_weights", "float16", "'exact', 'bfloat16' or 'cpu', got 'float16'"),
        ("map_images", True, "a whole number of at least 1, got True"),
        ("event_writer", "runs", "a torch.utils.tensorboard.SummaryWriter, not str"),
    ],
)
def test_options_that_are_none_are_named(
    tmp_path: Path, option: str, wrong: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=f"{option} must be {message}"):
        SummaryWriter(tmp_path, **{option: wrong})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda x: list(torch.tensor(x))])
@pytest.mark.parametrize("classes", [3, 128, 129, 40_000])
def test_labels_and_predictions_of_all_kinds(
    tmp_path: Path, kind: Callable[[list[int]], Any], classes: int
) -> None:
    top = classes - 1
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set(kind([top, 0, 1]), [f"c{i}" for i in range(classes)])
        writer.add_predictions(kind([top, -1, 0]), 1)
    logged = read_log(tmp_path)
    assert logged.validation_sets[0].labels.tolist() == [0, 1, top]
    assert logged.predicted[1].tolist() == [-1, 0, top]


def test_class_names_that_repeat_are_numbered(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([0], ["crane", "maillot", "crane", "crane (0)"])
    names = read_log(tmp_path).validation_sets[0].class_names
    assert names == ("crane (0) (0)", "maillot", "crane (2)", "crane (0) (3)")
    with SummaryWriter(tmp_path / "two") as writer:
        writer.add_validation_set([0], ["crane", "maillot", "crane"])
    names = read_log(tmp_path / "two").validation_sets[0].class_names
    assert names == ("crane (0)", "maillot", "crane (2)")


def ready(writer: SummaryWriter) -> None:
    writer.add_model(net())
    writer.add_validation_set(LABELS, NAMES)
    writer.add_weights(net(), 10)
    writer.add_predictions(LABELS, 10)


class Other(nn.Sequential):
    pass


MISTAKES: dict[str, tuple[Callable[[SummaryWriter], None], str]] = {
    "too few predictions": (
        lambda w: w.add_predictions([0, 1], 11),
        "got 2 predictions, but the validation set has 5 images",
    ),
    "prediction out of range": (
        lambda w: w.add_predictions([0, 1, 2, 1 << 20, 0], 11),
        r"predicted\[3\] is 1048576: expected the number of a class, or -1",
    ),
    "prediction below -1": (lambda w: w.add_predictions([0, -2, 0, 0, 0], 11), r"\[1\] is -2"),
    "logits": (
        lambda w: w.add_predictions(torch.zeros(5, 3), 11),
        r"float32 of shape \(5, 3\): pass logits.argmax\(1\)",
    ),
    "half-precision logits": (
        lambda w: w.add_predictions(torch.zeros(5, 3, dtype=torch.bfloat16), 11),
        "pass logits.argmax",
    ),
    "float predictions": (lambda w: w.add_predictions([0.0] * 5, 11), "argmax"),
    "boolean predictions": (lambda w: w.add_predictions([True] * 5, 11), "argmax"),
    "ragged predictions": (lambda w: w.add_predictions([[0], [1, 2]], 11), "argmax"),
    "step of another type": (
        lambda w: w.add_weights(net(), 11.5),  # type: ignore[arg-type]
        "global_step must be a whole number, got 11.5",
    ),
    "step none": (lambda w: w.add_predictions(LABELS, None), "got None"),  # type: ignore[arg-type]
    "another validation set": (
        lambda w: w.add_validation_set([0], ["a"]),
        "already logged another validation set",
    ),
    "other ids": (lambda w: w.add_validation_set(LABELS, NAMES, ids=list("abcde")), "another"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_refused_at_once_and_not_logged(tmp_path: Path, mistake: str) -> None:
    call, message = MISTAKES[mistake]
    with SummaryWriter(tmp_path) as writer:
        ready(writer)
        writer.flush()
        (path,) = log_files(tmp_path)
        before = path.read_bytes()
        with pytest.raises(ValueError, match=message):
            call(writer)
        writer.flush()
        assert path.read_bytes() == before
        # And what was right goes on.
        writer.add_weights(net(), 11)
        writer.add_predictions(LABELS, 11)
    assert sorted(read_log(tmp_path).filters) == [10, 11]


FIRST_MISTAKES: dict[str, tuple[Callable[[SummaryWriter], None], str]] = {
    "no layers": (lambda w: w.add_model(nn.ReLU()), "ReLU has no weighted layer"),
    "no model": (lambda w: w.add_model("net"), "model must be a torch.nn.Module, not str"),  # type: ignore[arg-type]
    "no model at a dump": (
        lambda w: w.add_weights(None, 1),  # type: ignore[arg-type]
        "model must be a torch.nn.Module, not NoneType",
    ),
    "a call that is none": (
        lambda w: w.add_model(net(), IMAGE, call=3),  # type: ignore[arg-type]
        "call must be a function that takes the model and example_input, not int",
    ),
    "a wrong example": (
        lambda w: w.add_model(net(), torch.zeros(1, 2, 3, 3)),
        "cannot be run on example_input: RuntimeError",
    ),
    "a label out of range": (
        lambda w: w.add_validation_set([0, 3], NAMES),
        r"labels\[1\] is 3, but there are 3 class_names: expected a class from 0 to 2",
    ),
    "a negative label": (lambda w: w.add_validation_set([-1], NAMES), r"labels\[0\] is -1"),
    "labels from 1 on": (lambda w: w.add_validation_set([1, 2, 3], NAMES), "pass labels - 1"),
    "soft labels": (
        lambda w: w.add_validation_set(torch.full((5, 3), 1 / 3), NAMES),
        r"soft labels.*pass labels.argmax\(1\)",
    ),
    "no label that counts": (
        lambda w: w.add_validation_set([255, 255], NAMES, ignore_label=255),
        "all 2 labels are ignore_label=255",
    ),
    "float labels": (lambda w: w.add_validation_set([0.5], NAMES), "labels must be a whole number"),
    "no labels": (lambda w: w.add_validation_set([], NAMES), "labels are empty"),
    "no names": (lambda w: w.add_validation_set([0], []), "class_names must be a list of names"),
    "one name": (lambda w: w.add_validation_set([0], "cat"), "class_names must be a list"),
    "too few ids": (lambda w: w.add_validation_set([0, 1], NAMES, ids=[1]), "1 ids for 2 labels"),
    "ids twice": (
        lambda w: w.add_validation_set([0, 1, 2], NAMES, ids=["a", "b", "a"]),
        "the id a is given 2 times",
    ),
    "mixed ids": (lambda w: w.add_validation_set([0, 1], NAMES, ids=["a", 1]), "strings"),
    "ids that are no text": (
        lambda w: w.add_validation_set([0], NAMES, ids=["\udcff"]),
        "ids cannot be stored as UTF-8",
    ),
    "too few images": (
        lambda w: w.add_validation_set([0, 1], NAMES, images=np.zeros((1, 2, 2))),
        "1 images for 2 labels",
    ),
    "images of no shape": (
        lambda w: w.add_validation_set([0], NAMES, images=np.zeros((1, 9))),
        r"images have the shape \(1, 9\): expected",
    ),
    "images that are none": (
        lambda w: w.add_validation_set([0], NAMES, images=iter([1])),
        "images must be an array, or a dataset",
    ),
}


@pytest.mark.parametrize("mistake", FIRST_MISTAKES)
def test_a_session_does_not_begin_with_a_mistake(tmp_path: Path, mistake: str) -> None:
    call, message = FIRST_MISTAKES[mistake]
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
        call(writer)
    assert not log_files(tmp_path)


def test_predictions_need_a_validation_set(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for kind in (ValueError, RuntimeError, CallOrderError):
            with pytest.raises(kind, match="call add_validation_set"):
                writer.add_predictions([0], 0)


def test_without_torch_the_import_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import tensorboard_plugin_deeptracker\n"
        "from tensorboard_plugin_deeptracker import SummaryWriter\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "tensorboard-plugin-deeptracker[torch]"' in result.stderr
    assert "ImportError: SummaryWriter needs PyTorch" in result.stderr


def double(tensors: dict[str, Tensor | None]) -> dict[str, Tensor]:
    """Weights, or their gradients, in double precision with a row for each filter."""
    return {
        name: tensor.detach().double().flatten(1)
        for name, tensor in tensors.items()
        if tensor is not None and tensor.ndim > 1
    }


def test_numbers_of_a_run_are_those_of_its_weights(tmp_path: Path) -> None:
    model = net()
    before: dict[str, Tensor] = {}
    expected = {}
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(model, IMAGE)
        for step in range(4):
            model.zero_grad()
            model(torch.randn(8, 1, 3, 3)).square().mean().backward()
            weights = double(dict(model.named_parameters()))
            gradients = double({name: p.grad for name, p in model.named_parameters()})
            rows = []
            for name, w in weights.items():
                w0 = before.get(name, w * torch.nan)
                measures = [
                    1 - torch.cosine_similarity(w, w0),
                    (w - w0).norm(dim=1) / w0.norm(dim=1),
                    w.mean(1),
                    w.std(1, correction=0),
                    w.norm(dim=1),
                    gradients[name].norm(dim=1),
                ]
                rows.append(torch.stack(measures))
            expected[step] = torch.cat(rows, 1).numpy()
            before = weights
            writer.add_weights(model, step)
            nudge(model)
    logged = read_log(tmp_path)
    assert logged.model.measures == FILTER_MEASURES
    for step, table in expected.items():
        np.testing.assert_allclose(logged.filters[step], table, rtol=1e-5, atol=1e-8)
