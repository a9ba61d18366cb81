"""What logging costs: one dump of a ResNet-50, in the same run as what it is compared with.

scripts/bench writer [--rounds 5] [--threads N] [--device cuda] [--save]

Several ways to deal with the same weights and gradients take turns: our `add_weights` (six
measures of 27,560 filters and all statistics of all layers) with numba, and with numpy alone, as
it is where numba is not installed; TensorBoard's own `add_histogram` of every tensor;
`wandb.watch(log="all")` offline (what it adds to a small training step; left out where wandb is
not installed); and a plain copy of the weights by one thread, which no log of their changes can do
without. Files are flushed within the time. All of it twice, as the machine is and with one more
process that keeps a core busy: what is shared between threads waits for the slower one. CPU time is
that of all threads of this process. Given are the least of all rounds, which other work on the
machine disturbs least, and the median.

--save appends the ratios to benchmarks/results.csv; `scripts/bench check` measures again and
compares with the last line there of this kind of processor.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import tensorboard
from torchvision.models import resnet50

from benchmarks.command import command
from benchmarks.results import Ratios, save
from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels

Candidate = Callable[[int], None]
# float64[rounds, 2]: seconds by the clock, and of all cores together.
Costs = NDArray[np.float64]

Way: TypeAlias = Literal["numba", "numpy"]
WAYS: tuple[Way, ...] = ("numba", "numpy")
_OURS, _WAITS = "add_weights", "the training waits"

_IMAGES, _CLASSES = 50_000, 1000
_DUMPS = 750


def main() -> None:
    """Measures and prints the tables."""
    parser = command("scripts/bench writer", __doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--threads", type=int, help="for PyTorch (default: its own)")
    parser.add_argument("--device", default="cpu", help="where the model is (default: cpu)")
    parser.add_argument("--save", action="store_true", help="append the ratios to the table")
    arguments = parser.parse_args()
    if kernels() is None:
        sys.exit('numba is missing: pip install "tensorboard-plugin-deeptracker[fast]"')
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    tables = {}
    for load in "as it is", "one core busy":
        with busy() if load != "as it is" else nullcontext():
            tables[load], weights, dump, validation = measure(arguments.device, arguments.rounds)
    print(
        f"ResNet-50, {weights / 1e6:.1f} M weights and as many gradients,"
        f" {torch.get_num_threads()} threads, least (median) of {arguments.rounds} rounds"
    )
    for load, costs in tables.items():
        _print(load, costs)
        for way in WAYS if arguments.save else ():
            save(ratios(costs, way), way, load, arguments.device)
    print(
        f"\n{dump / 1e6:.2f} MB a dump, {validation / 1e6:.2f} MB a validation of {_IMAGES:,}"
        f" images, {(dump + validation) * _DUMPS / 1e6:.0f} MB for {_DUMPS} of each"
    )


def ratios(costs: dict[str, Costs], way: Way) -> Ratios:
    """What is compared between builds: least against least, of one run."""
    ours, wait = (costs[f"{name}, {way}"].min(0) for name in (_OURS, _WAITS))
    theirs, plain = (costs[name].min(0) for name in ("add_histogram", "plain copy"))
    watch = costs.get("wandb.watch(log='all')")
    return Ratios(
        ours[0] / plain[0],
        wait[0] / plain[0],
        ours[1] / plain[1],
        ours[0] / theirs[0],
        ours[1] / theirs[1],
        None if watch is None else ours[0] / watch.min(0)[0],
    )


def _print(load: str, costs: dict[str, Costs]) -> None:
    print(
        f"\n{load:27}{'ms':>18}{'copies':>9}{'of histogram':>14}{'CPU ms':>18}{'of histogram':>14}"
    )
    of, copy_ = costs["add_histogram"].min(0), costs["plain copy"].min(0)
    for name, cost in costs.items():
        least, median = cost.min(0) * 1e3, np.median(cost, 0) * 1e3
        clock, cpu = (f"{a:.1f} ({b:.1f})" for a, b in zip(least, median, strict=True))
        print(
            f"{name:27}{clock:>18}{least[0] / copy_[0] / 1e3:9.1f}{least[0] / of[0] / 1e3:14.3f}"
            f"{cpu:>18}{least[1] / of[1] / 1e3:14.3f}"
        )


@contextmanager
def busy() -> Iterator[None]:
    """One more process computes all the time."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def measure(device: str, rounds: int) -> tuple[dict[str, Costs], int, int, int]:
    """All candidates, by name.

    Returns:
        Their costs; the number of weights; bytes of a dump and of a validation.
    """
    model = trained_model(device)
    with (
        tempfile.TemporaryDirectory() as directory,
        SummaryWriter(Path(directory, "numba")) as with_numba,
        SummaryWriter(Path(directory, "numpy")) as with_numpy,
        tensorboard.SummaryWriter(str(Path(directory, "theirs"))) as theirs,
        watched(model, directory) as (step_with_watch, step_without),
    ):
        waits: dict[Way, list[tuple[float, float]]] = {way: [] for way in WAYS}

        def add_weights(way: Way, writer: SummaryWriter, step: int) -> None:
            with nullcontext() if way == "numba" else without_numba():
                wall, cpu = time.perf_counter(), time.process_time()
                writer.add_weights(model, step)
                waits[way].append((time.perf_counter() - wall, time.process_time() - cpu))
                writer.flush()

        def add_histogram(step: int) -> None:
            for layer, weight in tracked(model):
                theirs.add_histogram(layer, weight, step)
                theirs.add_histogram(f"{layer}/gradient", weight.grad, step)
            theirs.flush()

        def plain_copy(_: int) -> None:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            for _name, weight in tracked(model):
                weight.detach().clone()
            torch.set_num_threads(threads)

        costs = alternate(
            {
                f"{_OURS}, numba": partial(add_weights, "numba", with_numba),
                f"{_OURS}, numpy": partial(add_weights, "numpy", with_numpy),
                "add_histogram": add_histogram,
                "with watch": step_with_watch,
                "without watch": step_without,
                "plain copy": plain_copy,
            },
            model,
            rounds,
        )
        dump, validation = bytes_of_records(model, Path(directory, "bytes"))
    with_watch, without = costs.pop("with watch"), costs.pop("without watch")
    if find_spec("wandb"):
        # The difference of two medians: single rounds of a training differ more than that.
        added = np.median(with_watch, 0) - np.median(without, 0)
        costs["wandb.watch(log='all')"] = added[None]
    for way in WAYS:
        costs[f"{_WAITS}, {way}"] = np.array(waits[way][1:])
    return costs, sum(weight.numel() for _, weight in tracked(model)), dump, validation


@contextmanager
def without_numba() -> Iterator[None]:
    """As if it were not installed."""
    with patch.dict(sys.modules, {"numba": None}):
        kernels.cache_clear()
        yield
    kernels.cache_clear()


def trained_model(device: str) -> nn.Module:
    """A ResNet-50 with gradients, as a training has it."""
    torch.manual_seed(0)
    model: nn.Module = resnet50().to(device)
    train_step(model)
    return model


def train_step(model: nn.Module) -> None:
    """Leaves new gradients."""
    model.zero_grad()
    device = next(model.parameters()).device
    model(torch.randn(4, 3, 64, 64, device=device)).square().mean().backward()


def tracked(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The weights that DeepTracker logs: those of convolutions and linear layers."""
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            yield name, module.weight


@contextmanager
def watched(model: nn.Module, directory: str) -> Iterator[tuple[Candidate, Candidate]]:
    """A training step that wandb watches, and the same without; both do nothing without wandb."""
    if not find_spec("wandb"):
        yield lambda _: None, lambda _: None
        return
    os.environ["WANDB_SILENT"] = "true"
    import wandb

    other = copy.deepcopy(model)
    with wandb.init(mode="offline", dir=directory) as run:
        run.watch(other, log="all", log_freq=1)

        def with_watch(step: int) -> None:
            train_step(other)
            run.log({}, step=step)

        yield with_watch, lambda _: train_step(model)


def alternate(candidates: dict[str, Candidate], model: nn.Module, rounds: int) -> dict[str, Costs]:
    """Costs of each candidate, by name; the weights move a little before every round."""
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in candidates}
    for step in range(rounds + 1):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 1e-3 * torch.rand_like(parameter))
        settle(model)
        for name, candidate in candidates.items():
            wall, cpu = time.perf_counter(), time.process_time()
            candidate(step)
            settle(model)
            costs[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    # The first round has no previous dump to compare with.
    return {name: np.array(cost[1:]) for name, cost in costs.items()}


def settle(model: nn.Module) -> None:
    """Waits until an accelerator has done what it was asked for."""
    if next(model.parameters()).is_cuda:
        torch.cuda.synchronize()


def bytes_of_records(model: nn.Module, directory: Path) -> tuple[int, int]:
    """What a log grows by with a dump, and with a validation."""
    with SummaryWriter(directory) as writer:
        labels = np.arange(_IMAGES) % _CLASSES
        writer.add_model(model)
        writer.add_validation_set(labels, [f"class {i}" for i in range(_CLASSES)])
        sizes = []
        for add in (
            lambda: None,
            lambda: writer.add_weights(model, 0),
            lambda: writer.add_predictions(labels, 0),
        ):
            add()
            writer.flush()
            sizes.append(sum(path.stat().st_size for path in directory.rglob("*.deeptracker")))
    return sizes[1] - sizes[0], sizes[2] - sizes[1]


if __name__ == "__main__":
    main()
