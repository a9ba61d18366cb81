"""What evaluating costs a training: a ResNet-18 on random images of CIFAR-10's shape.

scripts/bench tracker [--images 2048] [--validation 1024] [--rounds 3] [--device cuda]

An epoch is trained in turn alone, with seven evaluations of the validation images as they are
written by hand, with a `Tracker` (which logs weights and predictions too), and with one that
evaluates a tenth of the images. Least of all rounds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18

from benchmarks.command import command
from benchmarks.table import row, title
from benchmarks.writer import settle
from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.tracker import cadence

_BATCH = 128
_CLASSES = 10
_TOLERATED = 1.03

Loader = DataLoader[tuple[Tensor, ...]]


class Training:
    """A model, and what it learns from and is evaluated on."""

    def __init__(self, images: int, validation: int, device: str) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = resnet18(num_classes=_CLASSES).to(device)
        self.device = device
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01, momentum=0.9)
        self.data = _loader(images)
        self.validation = _loader(validation)
        self.every = cadence(len(self.data))
        self.step = 0

    def epoch(self, after: Callable[[int], object]) -> float:
        """Trains, calls something after each iteration, and says how many seconds that took."""
        settle(self.model)
        begin = time.perf_counter()
        for x, y in self.data:
            self.optimizer.zero_grad()
            scores = self.model(x.to(self.device))
            nn.functional.cross_entropy(scores, y.to(self.device)).backward()
            self.optimizer.step()
            after(self.step)
            self.step += 1
        settle(self.model)
        return time.perf_counter() - begin

    def evaluate(self, step: int) -> None:
        """What people write: the classes of all validation images."""
        if step % self.every:
            return
        self.model.eval()
        with torch.no_grad():
            found = [self.model(x.to(self.device)).argmax(1).cpu() for x, _ in self.validation]
        torch.cat(found).numpy()
        self.model.train()


def main() -> None:
    """Measures and prints the table."""
    parser = command("scripts/bench tracker", __doc__)
    parser.add_argument("--images", type=int, default=2048, help="to train with (default: 2048)")
    parser.add_argument("--validation", type=int, default=1024, help="images (default: 1024)")
    parser.add_argument("--rounds", type=int, default=3, help="of each (default: 3)")
    parser.add_argument("--device", default="cpu", help="where the model is (default: cpu)")
    arguments = parser.parse_args()

    training = Training(arguments.images, arguments.validation, arguments.device)
    few = max(1, arguments.validation // 10)
    with (
        tempfile.TemporaryDirectory() as directory,
        SummaryWriter(Path(directory, "all")) as all_images,
        SummaryWriter(Path(directory, "few")) as few_images,
    ):
        loaders = training.model, training.validation, training.every
        tracker = Tracker(all_images, *loaders)
        drawn = Tracker(few_images, *loaders, images_at_most=few)
        ways: dict[str, Callable[[int], object]] = {
            "alone": lambda _: None,
            "by hand": training.evaluate,
            "tracker": tracker.step,
            "drawn": drawn.step,
        }
        # The first epoch makes what is made once.
        rounds = [
            [training.epoch(after) for after in ways.values()] for _ in range(arguments.rounds + 1)
        ]
    alone, by_hand, tracked, few_tracked = np.min(rounds[1:], 0).tolist()
    title(f"An epoch of a ResNet-18 on {training.device}, {len(training.data)} iterations")
    row("seven evaluations by hand", by_hand, alone, "the training alone", None)
    row("a Tracker", tracked, by_hand, "evaluations by hand", _TOLERATED)
    row("a Tracker", tracked, alone, "the training alone", None)
    row(f"images_at_most={few}", few_tracked, alone, "the training alone", None)


def _loader(images: int) -> Loader:
    data = TensorDataset(torch.rand(images, 3, 32, 32), torch.arange(images) % _CLASSES)
    return DataLoader(data, _BATCH)


if __name__ == "__main__":
    main()
