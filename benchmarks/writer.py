"""What logging costs: one dump of a ResNet-50, in the same run as what it is compared with.

scripts/bench writer [--rounds 5] [--threads N]

Three ways to deal with the same weights and gradients take turns: our `add_weights` (six
measures of 27,560 filters and all statistics of all layers), TensorBoard's own
`add_histogram` of every tensor, and a plain copy of the weights, which no log of their
changes can do without. Files are flushed within the time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils import tensorboard
from torchvision.models import resnet50

from tensorboard_plugin_deeptracker import SummaryWriter


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench writer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    parser.add_argument("--threads", type=int, help="for PyTorch (default: its own)")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    model = trained_model()
    weights = [parameter for _, parameter in tracked(model)]
    with tempfile.TemporaryDirectory() as directory:
        ours = SummaryWriter(str(Path(directory, "ours")))
        theirs = tensorboard.SummaryWriter(str(Path(directory, "theirs")))
        ours.add_model(model)

        def add_weights(step: int) -> None:
            ours.add_weights(model, step)
            ours.flush()

        def add_histogram(step: int) -> None:
            for name, parameter in tracked(model):
                theirs.add_histogram(name, parameter, step)
                theirs.add_histogram(f"{name}/gradient", parameter.grad, step)
            theirs.flush()

        def copy(_: int) -> None:
            for weight in weights:
                weight.detach().clone()

        seconds = alternate([add_weights, add_histogram, copy], model, arguments.rounds)
        ours.close()
        theirs.close()
        dumps = sum(f.stat().st_size for f in Path(directory, "ours").rglob("*.deeptracker"))

    numbers = sum(weight.numel() for weight in weights)
    print(
        f"ResNet-50, {numbers / 1e6:.1f} M weights and as many gradients,"
        f" {torch.get_num_threads()} threads, median of {arguments.rounds} rounds\n"
    )
    print(f"{'':24}{'ms':>10}{'of add_histogram':>20}{'of a copy':>12}")
    for name, own in seconds.items():
        of_histogram = own / seconds["add_histogram"]
        print(f"{name:24}{own * 1e3:>10.1f}{of_histogram:>20.4f}{own / seconds['copy']:>12.1f}")
    print(f"\n{dumps / (arguments.rounds + 1) / 1e6:.2f} MB a dump")


def trained_model() -> nn.Module:
    """A ResNet-50 with gradients, as a training has it."""
    torch.manual_seed(0)
    model: nn.Module = resnet50()
    model(torch.randn(4, 3, 64, 64)).square().mean().backward()
    return model


def tracked(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The weights that DeepTracker logs: those of convolutions and linear layers."""
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            yield name, module.weight


def alternate(
    candidates: list[Callable[[int], None]], model: nn.Module, rounds: int
) -> dict[str, float]:
    """Median seconds of each candidate, by name; the weights move a little before every round."""
    seconds: dict[str, list[float]] = {candidate.__name__: [] for candidate in candidates}
    for step in range(rounds + 1):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 1e-3 * torch.rand_like(parameter))
        for candidate in candidates:
            started = time.perf_counter()
            candidate(step)
            seconds[candidate.__name__].append(time.perf_counter() - started)
    # The first round has no previous dump to compare with.
    return {name: statistics.median(times[1:]) for name, times in seconds.items()}


if __name__ == "__main__":
    main()
