"""What replaying checkpoints costs, beside a bare loop that loads and evaluates them.

scripts/bench replay [--checkpoints 50] [--images 2000] [--size 32]

Checkpoints of a ResNet-18 are evaluated on the same images by a loop of five lines, by
`log_checkpoints` without a map and with one, in turns; the budget of the second is 1.15 times the
loop's time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import models

from benchmarks.command import command
from tensorboard_plugin_deeptracker import SummaryWriter, log_checkpoints

BUDGET = 1.15
_CLASSES = 10


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench replay", __doc__)
    parser.add_argument("--checkpoints", type=int, default=50, help="default: 50")
    parser.add_argument("--images", type=int, default=2000, help="default: 2000")
    parser.add_argument("--size", type=int, default=32, help="pixels a side (default: 32)")
    parser.add_argument("--rounds", type=int, default=3, help="of each, in turns (default: 3)")
    parser.add_argument("--device", default="cpu", help="where to evaluate (default: cpu)")
    given = parser.parse_args()
    torch.manual_seed(0)
    pixels = torch.rand(given.images, 3, given.size, given.size)
    data = TensorDataset(pixels, torch.arange(given.images) % _CLASSES)
    loader = DataLoader(data, batch_size=100)
    model = models.resnet18(num_classes=_CLASSES).to(given.device)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = [folder / f"step_{i}.pt" for i in range(given.checkpoints)]
        for path in paths:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter += 0.01 * torch.randn_like(parameter)
            torch.save({"model": model.state_dict(), "epoch": 0}, path)

        def bare() -> None:
            evaluate_all(model, paths, loader, given.device)

        def replay(representations: bool) -> None:
            with (
                tempfile.TemporaryDirectory() as logdir,
                SummaryWriter(logdir, thumbnail_size=0) as writer,
            ):
                log_checkpoints(writer, model, paths, loader, representations=representations)

        ways: dict[str, Callable[[], None]] = {
            "bare loop": bare,
            "replay, no map": lambda: replay(False),
            "replay": lambda: replay(True),
        }
        bare()  # What is done once, by whoever comes first.
        best = dict.fromkeys(ways, (float("inf"), float("inf")))
        for _ in range(given.rounds):
            for name, way in ways.items():
                wall, cpu = time.perf_counter(), time.process_time()
                way()
                taken = time.perf_counter() - wall, time.process_time() - cpu
                best[name] = min(best[name][0], taken[0]), min(best[name][1], taken[1])
    print(f"{given.checkpoints} checkpoints of a ResNet-18, {given.images} images, best of turns")
    print(f"{'':16}  wall, s   CPU, s   wall x   CPU x   (budget without a map: {BUDGET})")
    first = best["bare loop"]
    for name, (wall, cpu) in best.items():
        print(f"{name:16} {wall:8.2f} {cpu:8.2f} {wall / first[0]:8.3f} {cpu / first[1]:7.3f}")


def evaluate_all(
    model: nn.Module, paths: list[Path], loader: DataLoader[Any], device: str
) -> list[torch.Tensor]:
    """What somebody writes who only wants the predictions."""
    predicted = []
    model.eval()
    for path in paths:
        model.load_state_dict(torch.load(path, weights_only=True)["model"])
        with torch.no_grad():
            found = [model(images.to(device)).argmax(1).cpu() for images, _ in loader]
        predicted.append(torch.cat(found))
    return predicted


if __name__ == "__main__":
    main()
