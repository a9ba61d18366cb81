"""What logging costs: one dump of a ResNet-50, in the same run as what it is compared with.

scripts/bench writer [--rounds 5] [--threads N] [--device cuda]

Several ways to deal with the same weights and gradients take turns: our `add_weights` (six
measures of 27,560 filters and all statistics of all layers), TensorBoard's own
`add_histogram` of every tensor, `wandb.watch(log="all")` offline (what it adds to a small
training step; left out where wandb is not installed), and a plain copy of the weights, which
no log of their changes can do without. Files are flushed within the time. CPU time is that of
all threads of this process.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils import tensorboard
from torchvision.models import resnet50

from tensorboard_plugin_deeptracker import SummaryWriter

Candidate = Callable[[int], None]
# Seconds by the clock, and of all cores together.
Cost = tuple[float, float]

_IMAGES, _CLASSES = 50_000, 1000
_DUMPS = 750


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench writer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--threads", type=int, help="for PyTorch (default: its own)")
    parser.add_argument("--device", default="cpu", help="where the model is (default: cpu)")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    model = trained_model(arguments.device)
    with (
        tempfile.TemporaryDirectory() as directory,
        SummaryWriter(Path(directory, "ours")) as ours,
        tensorboard.SummaryWriter(str(Path(directory, "theirs"))) as theirs,
        watched(model, directory) as (step_with_watch, step_without),
    ):
        ours.add_model(model)
        waits = []

        def add_weights(step: int) -> None:
            started = time.perf_counter()
            ours.add_weights(model, step)
            waits.append(time.perf_counter() - started)
            ours.flush()

        def add_histogram(step: int) -> None:
            for layer, weight in tracked(model):
                theirs.add_histogram(layer, weight, step)
                theirs.add_histogram(f"{layer}/gradient", weight.grad, step)
            theirs.flush()

        def plain_copy(_: int) -> None:
            for _name, weight in tracked(model):
                weight.detach().clone()

        costs = alternate(
            {
                "add_weights": add_weights,
                "add_histogram": add_histogram,
                "with watch": step_with_watch,
                "without watch": step_without,
                "plain copy": plain_copy,
            },
            model,
            arguments.rounds,
        )
        dump, validation = bytes_of_records(model, Path(directory, "bytes"))

    with_watch, without = costs.pop("with watch"), costs.pop("without watch")
    if find_spec("wandb"):
        costs["wandb.watch(log='all')"] = with_watch[0] - without[0], with_watch[1] - without[1]
    print(
        f"ResNet-50, {sum(weight.numel() for _, weight in tracked(model)) / 1e6:.1f} M weights and"
        f" as many gradients, {torch.get_num_threads()} threads, median of"
        f" {arguments.rounds} rounds\n"
    )
    print(f"{'':24}{'ms':>8}{'of add_histogram':>18}{'CPU ms':>10}{'of add_histogram':>18}")
    for candidate, cost in costs.items():
        wall, cpu = (own / of for own, of in zip(cost, costs["add_histogram"], strict=True))
        print(f"{candidate:24}{cost[0] * 1e3:8.1f}{wall:18.4f}{cost[1] * 1e3:10.1f}{cpu:18.4f}")
    print(f"\nThe training waits for {statistics.median(waits[1:]) * 1e3:.1f} ms of add_weights.")
    print(
        f"{dump / 1e6:.2f} MB a dump, {validation / 1e6:.2f} MB a validation of {_IMAGES:,} images,"
        f" {(dump + validation) * _DUMPS / 1e6:.0f} MB for {_DUMPS} of each"
    )


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


def alternate(candidates: dict[str, Candidate], model: nn.Module, rounds: int) -> dict[str, Cost]:
    """Median cost of each candidate, by name; the weights move a little before every round."""
    costs: dict[str, list[Cost]] = {name: [] for name in candidates}
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
    return {
        name: (statistics.median(wall), statistics.median(cpu))
        for name, (wall, cpu) in ((name, zip(*costs[name][1:], strict=True)) for name in costs)
    }


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
