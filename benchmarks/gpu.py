"""What dumps cost a training on a GPU: a ResNet-50 in bfloat16, 256 images a step.

scripts/bench gpu [--batch 256] [--size 224] [--every 10] [--iterations 40] [--rounds 5]

The training takes turns with and without a dump of all weights and gradients every ten iterations,
on images that are on the GPU already; each turn is timed until the GPU is done with it. Said are
also for how long `add_weights` keeps the training thread, which a GPU that is busy does not notice,
and whether anything in it waited for the GPU (as CUDA's own watch for that says). `--device cpu`
with a small batch shows that it runs.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet50

from benchmarks.command import command
from benchmarks.table import row, title
from benchmarks.writer import settle
from tensorboard_plugin_deeptracker import SummaryWriter

_PROMISED = 1.01


class Training:
    """Steps of a ResNet-50 on one batch of random images."""

    def __init__(self, device: str, batch: int, size: int) -> None:
        torch.manual_seed(0)
        self.device = device
        self.model: nn.Module = resnet50().to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01, momentum=0.9)
        images = torch.rand(batch, 3, size, size, device=device)
        self.images = images.to(memory_format=torch.channels_last)
        self.labels = torch.arange(batch, device=device) % 1000
        self.step = 0

    def run(self, iterations: int, after: Callable[[int], object]) -> float:
        """Trains, calls something after each step; seconds until the GPU is done."""
        settle(self.model)
        begin = time.perf_counter()
        for _ in range(iterations):
            self.optimizer.zero_grad()
            with torch.autocast(self.device, torch.bfloat16):
                loss = nn.functional.cross_entropy(self.model(self.images), self.labels)
            loss.backward()
            self.optimizer.step()
            after(self.step)
            self.step += 1
        settle(self.model)
        return time.perf_counter() - begin


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench gpu", __doc__)
    parser.add_argument("--device", default="cuda", help="where to train (default: cuda)")
    parser.add_argument("--batch", type=int, default=256, help="images a step (default: 256)")
    parser.add_argument("--size", type=int, default=224, help="of the images (default: 224)")
    parser.add_argument("--every", type=int, default=10, help="steps a dump (default: 10)")
    parser.add_argument("--iterations", type=int, default=40, help="of a turn (default: 40)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("There is no CUDA device here: the figures of docs/cost.md are of one.")

    training = Training(arguments.device, arguments.batch, arguments.size)
    holds: list[float] = []
    waits = 0
    with tempfile.TemporaryDirectory() as directory, SummaryWriter(directory) as writer:
        writer.add_model(training.model)

        def dump(step: int) -> None:
            nonlocal waits
            if step % arguments.every:
                return
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                _watch_waits(arguments.device, "warn")
                begin = time.perf_counter()
                writer.add_weights(training.model, step)
                holds.append(time.perf_counter() - begin)
                _watch_waits(arguments.device, "default")
            waits += sum("synchroniz" in str(each.message).lower() for each in said)

        rounds = []
        for _ in range(arguments.rounds + 1):
            alone = training.run(arguments.iterations, lambda _: None)
            rounds.append((alone, training.run(arguments.iterations, dump)))
            # The first round makes what is made once.
            if len(rounds) == 1:
                holds, waits = [], 0
            writer.flush()
    alone, logged = (np.array(rounds[1:]) / arguments.iterations).T
    title(f"A step of a ResNet-50, {arguments.batch} images of {arguments.size}, on {_card()}")
    of = "a step without"
    row(f"a dump every {arguments.every} steps, least", logged.min(), alone.min(), of, _PROMISED)
    median = float(np.median(logged)), float(np.median(alone))
    row(f"a dump every {arguments.every} steps, median", *median, of, _PROMISED)
    row("add_weights keeps the training thread", np.median(holds), median[1], of, None)
    print(f"add_weights waited for the GPU {waits} times in {len(holds)} dumps")


def _watch_waits(device: str, mode: str) -> None:
    if device == "cuda":
        torch.cuda.set_sync_debug_mode(mode)


def _card() -> str:
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "a processor"
    return f"{card}, PyTorch {torch.__version__}"


if __name__ == "__main__":
    main()
