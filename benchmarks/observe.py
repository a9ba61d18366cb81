"""What observing the training's images costs: a batch, beside the step that it is taken from.

scripts/bench observe [--batch 256] [--steps 60] [--device cuda]

Of each number of classes, the time that `Tracker.observe` takes of the training's thread, and
beside it that of a forward and backward pass of a small convolutional network on 32 x 32 pixels
in the same run.
"""

from __future__ import annotations

import statistics
import tempfile
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.command import command
from tensorboard_plugin_deeptracker import SummaryWriter, Tracker, WithIds

_IMAGES = 50_000


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench observe", __doc__)
    parser.add_argument("--batch", type=int, default=256, help="images (default: 256)")
    parser.add_argument("--steps", type=int, default=60, help="of each (default: 60)")
    parser.add_argument("--device", default="cpu", help="of the training (default: cpu)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{arguments.batch} images a step, median and 95th percentile of {arguments.steps} steps")
    print("classes   a step, ms      observe, ms")
    for classes in (10, 100, 1000):
        step, observe = measure(classes, arguments.batch, arguments.steps, arguments.device)
        print(f"{classes:7}   {_summary(step)}   {_summary(observe)}")


def measure(classes: int, batch: int, steps: int, device: str) -> tuple[list[float], list[float]]:
    """Seconds of each step, and of observing it."""
    labels = torch.arange(_IMAGES) % classes
    loader = DataLoader(WithIds(TensorDataset(torch.zeros(_IMAGES, 1), labels)))
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 15 * 15, classes)
    ).to(device)
    pixels = torch.randn(batch, 3, 32, 32, device=device)
    taken, observed = [], []
    with tempfile.TemporaryDirectory() as directory, SummaryWriter(directory) as writer:
        tracker = Tracker(writer, model, None, 10**9, training_loader=loader)
        for step in range(steps + 1):
            ids = torch.randperm(_IMAGES)[:batch]
            began = time.perf_counter()
            scores = model(pixels)
            nn.functional.cross_entropy(scores, labels[ids].to(device)).backward()
            done = time.perf_counter()
            tracker.observe(ids, scores)
            if step:  # The first finds the labels.
                taken.append(done - began)
                observed.append(time.perf_counter() - done)
    return taken, observed


def _summary(seconds: list[float]) -> str:
    high = statistics.quantiles(seconds, n=20)[-1]
    return f"{1e3 * statistics.median(seconds):6.2f} {1e3 * high:6.2f}"


if __name__ == "__main__":
    main()
