"""Runs for the recipes of docs/map.md: python -m benchmarks.map.recipes FOLDER.

Handwritten digits before photographs (the demo's `mnist-m`), learned by a small network:

- `noisy`: every tenth label of the training images is wrong, to any other class;
- `bought`: of the digits 4 and 9 there are twelve labels at first, and all from the middle on.

Both log predictions, scores, representations and histories of validation and training images.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.command import command
from benchmarks.map.networks import FEATURES, NETWORKS
from demo import datasets
from tensorboard_plugin_deeptracker import SummaryWriter

ITERATIONS = 240
EVERY = 20
BOUGHT_AT = 120
BOUGHT = (4, 9)
_AT_FIRST = 12
_WRONG = 0.1
_BATCH = 128
_RATE = 0.1
# Training images that are evaluated and shown.
_SHOWN = 1000

Ints = NDArray[np.int64]


def main() -> None:
    """The command."""
    parser = command("python -m benchmarks.map.recipes", __doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    data = datasets.load("mnist-m")
    true = data.train.labels.numpy()
    rng = np.random.default_rng(0)
    wrong = rng.permutation(len(true))[: round(_WRONG * len(true))]
    noisy = true.copy()
    noisy[wrong] = (noisy[wrong] + rng.integers(1, 10, len(wrong))) % 10
    every = np.arange(len(true))
    _train(folder / "noisy", data, noisy, [every, every])
    few = np.isin(true, BOUGHT)
    for digit in BOUGHT:
        few[np.flatnonzero(true == digit)[:_AT_FIRST]] = False
    _train(folder / "bought", data, true, [np.flatnonzero(~few), every])


def _train(run: Path, data: datasets.Dataset, labels: Ints, halves: list[Ints]) -> None:
    """Trains a network with other images in each half, and logs what it makes of images."""
    torch.manual_seed(0)
    body, head = NETWORKS["residual"](3), nn.Linear(FEATURES, len(data.class_names))
    model = nn.Sequential(body, head)
    optimizer = torch.optim.SGD(model.parameters(), _RATE, 0.9, weight_decay=5e-4)
    images, shown = (_numbers(part.images) for part in (data.train, data.validation))
    targets = torch.from_numpy(labels)
    sets = {
        "validation": (shown, data.validation.labels.numpy(), data.validation.images),
        "train": (images[:_SHOWN], labels[:_SHOWN], data.train.images[:_SHOWN]),
    }
    with SummaryWriter(run) as writer:
        writer.add_model(model, images[:2])
        for name, (_, own, pixels) in sets.items():
            writer.add_image_set(name, own, data.class_names, images=pixels)
        for step in range(ITERATIONS + 1):
            if step % EVERY == 0:
                model.eval()
                writer.add_weights(model, step)
                for name, (inputs, _, _) in sets.items():
                    with torch.no_grad():
                        features = torch.cat([body(part) for part in inputs.split(500)])
                        scores = head(features)
                    writer.add_predictions(None, step, scores=scores, image_set=name)
                    writer.add_representations(features, step, scores, image_set=name)
                model.train()
                print(f"{run.name}: iteration {step}", flush=True)
            known = halves[step >= BOUGHT_AT]
            batch = torch.from_numpy(known[torch.randint(len(known), (_BATCH,)).numpy()])
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), targets[batch]).backward()
            optimizer.step()


def _numbers(images: Tensor) -> Tensor:
    return images.float() / 127.5 - 1


if __name__ == "__main__":
    main()
