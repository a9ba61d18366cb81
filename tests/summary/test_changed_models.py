"""Models that are others than before: the log goes on, as one of a new structure."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.logs import open_run

from .reading import Logged, log_files, read_file, read_log


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 3))


def snapshot(directory: Path) -> Snapshot:
    run = open_run(directory)
    run.refresh(float("inf"))
    return run.snapshot


def sessions(directory: Path) -> list[Logged]:
    """What each logged, in their order."""
    return sorted(map(read_file, log_files(directory)), key=lambda logged: logged.session.started)


class Adapted(nn.Module):
    """A linear layer with a low-rank part beside it."""

    def __init__(self, base_layer: nn.Linear) -> None:
        super().__init__()
        self.base_layer = base_layer.requires_grad_(False)
        self.lora_A = nn.Linear(base_layer.in_features, 1, bias=False)
        self.lora_B = nn.Linear(1, base_layer.out_features, bias=False)


def other_head(model: nn.Sequential) -> nn.Sequential:
    return model[:2].append(nn.Linear(4, 5))


def adapted(model: nn.Sequential) -> nn.Sequential:
    model[2] = Adapted(model[2])  # type: ignore[arg-type]
    return model


def pruned(model: nn.Sequential) -> nn.Sequential:
    """Two of four channels are taken out."""
    model[0] = nn.Conv2d(1, 2, 3)
    model[2] = nn.Linear(2, 3)
    return model


@pytest.mark.parametrize(
    ("change", "why", "layers"),
    [
        (lambda model: model[:2], "'2' is gone", ["0"]),
        (lambda model: model.append(nn.Linear(3, 3)), "'3' is new", ["0", "2", "3"]),
        (other_head, r"'2' is now a Linear .* of shape \[5, 4\], and was .* \[3, 4\]", ["0", "2"]),
        (adapted, "'2' is gone", ["0", "2.base_layer", "2.lora_A", "2.lora_B"]),
        (pruned, r"'0' is now a Conv2d with a weight of shape \[2, 1, 3, 3\]", ["0", "2"]),
    ],
)
def test_what_follows_belongs_to_the_new_structure(
    tmp_path: Path,
    change: Callable[[nn.Sequential], nn.Module],
    why: str,
    layers: list[str],
) -> None:
    model = net()
    with SummaryWriter(tmp_path, purge_step=0) as writer:
        writer.add_model(model, torch.zeros(1, 1, 3, 3))
        writer.add_validation_set([0, 1], ["a", "b"])
        for step in (1, 2):
            writer.add_weights(model, step)
            writer.add_predictions([0, 1], step)
        changed = change(model)
        with pytest.warns(RuntimeWarning, match=f"not what add_model logged: the layer {why}"):
            writer.add_weights(changed, 3)
        writer.add_predictions([0, 0], 3)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_weights(changed, 4)
        writer.add_predictions([1, 1], 4)
    first, second = sessions(tmp_path)
    assert list(first.filters) == [1, 2]
    assert list(second.filters) == [3, 4]
    assert np.isnan(second.measure("change", 3)).all()
    assert (second.measure("change", 4) == 0).all()
    shown = snapshot(tmp_path)
    model_shown = shown.of(MODEL)
    assert model_shown is not None
    assert [layer.name for layer in model_shown.layers] == layers
    assert shown.steps(DUMPS).tolist() == [3, 4]
    # Nothing of the validations is lost.
    assert shown.steps(VALIDATIONS).tolist() == [1, 2, 3, 4]


def test_add_model_says_the_new_structure_too(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(net())
        writer.add_weights(net(), 1)
        with pytest.warns(RuntimeWarning, match="not what add_model logged"):
            writer.add_model(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), torch.zeros(1, 2))
        writer.add_weights(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), 2)
    second = sessions(tmp_path)[1]
    assert second.model.edges == ((0, 1),)
    assert list(second.filters) == [2]


class GradSampleModule(nn.Module):
    """opacus' wrapper: the model is its `_module`."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self._module = module


def masked(model: nn.Sequential) -> nn.Module:
    prune.random_unstructured(model[2], "weight", 0.5)
    return model


@pytest.mark.parametrize(
    "wrap", [GradSampleModule, nn.DataParallel, copy.deepcopy, masked], ids=lambda x: x.__name__
)
def test_the_same_layers_are_the_same_structure(
    tmp_path: Path, wrap: Callable[[nn.Sequential], nn.Module]
) -> None:
    model = net()
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1)
        writer.add_weights(wrap(model), 2)
    logged = read_log(tmp_path)
    assert list(logged.filters) == [1, 2]
    assert (logged.measure("change", 2)[:4] == 0).all()


def test_a_model_that_has_no_layers_any_more(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(net(), 1)
        with pytest.warns(RuntimeWarning, match="no weights for now: ReLU has no weighted layer"):
            writer.add_weights(nn.ReLU(), 2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_weights(nn.ReLU(), 3)
        writer.add_weights(net(), 4)
    assert list(read_log(tmp_path).filters) == [1, 4]


def test_models_in_turn_are_given_up(tmp_path: Path) -> None:
    """Each is a session of its own, of which there are not to be thousands."""
    models = net(), nn.Sequential(nn.Linear(2, 2))
    with SummaryWriter(tmp_path) as writer, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(100):
            writer.add_weights(models[step % 2], step)
    assert len(log_files(tmp_path)) == 32
    assert sum("to its own directory" in str(warning.message) for warning in caught) == 1
    # What was logged of the last one is joined.
    assert len(snapshot(tmp_path).of(DUMPS)) == 50


def test_what_fails_on_the_example_then_is_logged_without_a_graph(tmp_path: Path) -> None:
    example = torch.zeros(1, 1, 3, 3)
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(net(), example)
        writer.add_weights(net(), 1)
        other = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Conv2d(3, 3, 1))
        with pytest.warns(RuntimeWarning, match="not what add_model logged"):
            writer.add_model(other, example)
        writer.add_weights(other, 2)
    second = sessions(tmp_path)[1]
    assert not second.model.edges
    (note,) = second.model.notes
    assert note.startswith("The connections of the layers are not known: the model cannot be run")
    assert list(second.filters) == [2]


@pytest.mark.filterwarnings("ignore:FSDP is switching")
def test_fsdp1_is_refused_with_what_works(tmp_path: Path) -> None:
    from torch.distributed.fsdp import FullyShardedDataParallel

    store = f"file://{tmp_path}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
    try:
        model = FullyShardedDataParallel(net(), device_id=torch.device("cpu"))
        with SummaryWriter(tmp_path / "run") as writer:
            with pytest.raises(ValueError, match=r"FullyShardedDataParallel.*fully_shard \(FSDP2"):
                writer.add_model(model)
            with pytest.raises(ValueError, match="FullyShardedDataParallel"):
                writer.add_weights(model, 1)
    finally:
        torch.distributed.destroy_process_group()
