"""What goes wrong in a training or beside it: it is recorded or said once, and nothing stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS
from tests.logs import open_run

from .processes import run_training
from .reading import log_files, read_file, read_log


def net() -> list[nn.Linear]:
    torch.manual_seed(0)
    return [nn.Linear(4, 5), nn.Linear(5, 6), nn.Linear(6, 3)]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_the_first_weight_that_is_not_finite_is_marked(tmp_path: Path, bad: float) -> None:
    layers = net()
    model = nn.Sequential(*layers)
    with SummaryWriter(tmp_path) as writer, torch.no_grad():
        writer.add_weights(model, 1)
        # Large, but finite.
        layers[2].weight[0] = 3e38
        writer.add_weights(model, 2)
        layers[2].weight[1, 1] = bad
        layers[1].weight[4, 2] = bad
        layers[1].weight[5] = bad
        writer.add_weights(model, 3)
        layers[0].weight[0] = bad
        writer.add_weights(model, 4)
    logged = read_log(tmp_path)
    assert logged.non_finite == {3: ("1", 4)}
    run = open_run(tmp_path)
    run.refresh(float("inf"))
    assert run.snapshot.steps(DUMPS).tolist() == [1, 2, 3, 4]
    for name in ("weight_mean", "weight_norm", "weight_sd"):
        broken = np.flatnonzero(~np.isfinite(logged.measure(name, 3)))
        # In float32, the norm of filter 11 is infinite since step 2.
        assert set(broken) - {11} == {5 + 4, 5 + 5, 5 + 6 + 1}


def test_a_gradient_that_is_not_finite_is_no_mark(tmp_path: Path) -> None:
    """A loss scaler makes and skips them all the time."""
    layers = net()
    layers[1].weight.grad = torch.full((6, 5), torch.inf)
    model = nn.Sequential(*layers)
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1)
    logged = read_log(tmp_path)
    assert not logged.non_finite
    assert np.isinf(logged.measure("gradient_norm", 1)[5:11]).all()


def test_too_little_memory_costs_a_dump_and_not_the_training(tmp_path: Path) -> None:
    code = """
        import resource, sys
        model = torch.nn.Linear(8000, 8000, bias=False)
        writer = SummaryWriter(directory)
        writer.add_model(model)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), limits[1]))
        writer.add_weights(model, 1)
        writer.add_weights(model, 2)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        for step in (3, 4):
            writer.add_weights(model, step)
        print("trained to the end", file=sys.stderr)
    """
    ended = run_training(code, tmp_path)
    assert "trained to the end" in ended.stderr, ended.stderr
    assert "DeepTracker could not log the weights at step 1" in ended.stderr
    assert "<training>:" in ended.stderr, "the warning is about the user's line"
    logged = read_log(tmp_path)
    assert list(logged.filters) == [3, 4]
    assert np.isnan(logged.measure("change", 3)).all()
    assert (logged.measure("change", 4) == 0).all()


class Broken(nn.Module):
    """A parametrization that runs out of memory when it is told to."""

    # How often it can still be evaluated.
    left = 1 << 30

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        if not self.left:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.left -= 1
        return weight


@pytest.mark.parametrize("evaluations", [0, 1])
def test_an_accelerator_out_of_memory(tmp_path: Path, evaluations: int) -> None:
    """Wherever it happens, the dumps before and after are right."""
    first, last, broken = nn.Linear(4, 5), nn.Linear(5, 6), Broken()
    nn.utils.parametrize.register_parametrization(last, "weight", broken, unsafe=True)
    model = nn.Sequential(first, last)
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1)
        broken.left = evaluations
        with pytest.warns(RuntimeWarning, match="could not log the weights at step 2: OutOfMem"):
            writer.add_weights(model, 2)
        broken.left = 1 << 30
        for step in (3, 4):
            with torch.no_grad():
                first.weight *= 1 + 0.1 * torch.rand(5, 4)
            writer.add_weights(model, step)
    logged = read_log(tmp_path)
    assert list(logged.filters) == [1, 3, 4]
    assert (logged.measure("change", 4)[:5] > 0).all()
    assert (logged.measure("change", 4)[5:] == 0).all()
    # Compared with the first, or with none: the failed one has left nothing.
    change = logged.measure("change", 3)
    assert np.isnan(change).all() or ((change[:5] > 0).all() and (change[5:] == 0).all())


def test_resuming_after_a_crash_in_the_middle_of_a_record(tmp_path: Path) -> None:
    """Wherever the first session's file ends, the run is what both logged."""
    model = nn.Sequential(*net())
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(model)
        writer.flush()
        (path,) = log_files(tmp_path)
        sizes = []
        for step in (10, 20, 30):
            writer.add_weights(model, step)
            writer.flush()
            sizes.append(path.stat().st_size)
    whole = path.read_bytes()
    with SummaryWriter(tmp_path, purge_step=25) as writer:
        for step in (25, 35):
            writer.add_weights(model, step)
    for end in range(sizes[0], sizes[1] + 1, 7):
        path.write_bytes(whole[:end])
        run = open_run(tmp_path)
        run.refresh(float("inf"))
        logged = [10, 20] if end == sizes[1] else [10]
        assert run.snapshot.steps(DUMPS).tolist() == [*logged, 25, 35]
        assert list(read_file(path).filters) == logged


def test_a_run_directory_that_vanishes(tmp_path: Path) -> None:
    model = nn.Sequential(*net())
    directory = tmp_path / "run"
    with SummaryWriter(directory) as writer:
        writer.add_weights(model, 1)
        writer.flush()
        directory.rename(tmp_path / "moved")
        for path in log_files(tmp_path / "moved"):
            path.unlink()

        def train() -> None:
            for step in range(2, 20):
                writer.add_weights(model, step)
            writer.flush()

        with pytest.warns(RuntimeWarning, match="DeepTracker stopped logging") as caught:
            train()
    assert len(caught) == 1
