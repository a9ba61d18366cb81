"""How the log beside this was made: `python make_log.py DIRECTORY`, with version 0.1.0 installed.

A small CNN on scikit-learn's digits, trained in two sessions, of which the second begins again
within the first; some images are not evaluated at some validations.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter

CLASSES = ["zéro", "one", "zwei", "三", "four", "five", "six", "sept", "acht", "9"]


def network() -> nn.Module:
    """22 filters in three layers."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Sequential(nn.Conv2d(4, 8, 3), nn.ReLU()),
        nn.Flatten(),
        nn.Linear(8, 10),
    )


def train(directory: Path, first: int, last: int, model: nn.Module, purge: int | None) -> None:
    """One session, over the iterations [first, last)."""
    digits: Any = load_digits()
    images = torch.from_numpy(digits.images).float().unsqueeze(1) / 16
    labels = torch.from_numpy(digits.target)
    validation, truth = images[-60:], labels[-60:]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    torch.manual_seed(first)
    with SummaryWriter(str(directory), purge_step=purge) as writer:
        writer.add_model(model, images[:1])
        writer.add_validation_set(truth, CLASSES, validation, [f"digit {i}" for i in range(60)])
        for step in range(first, last):
            batch = torch.randint(len(images) - 60, (32,))
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 5 == 0:
                with torch.no_grad():
                    predicted = model(validation).argmax(1)
                if step % 3 == 0:
                    predicted[step % 7 :: 7] = -1
                writer.add_weights(model, step)
                writer.add_predictions(predicted, step)


def main(directory: Path) -> None:
    """Both sessions, in files with names that sort."""
    model = network()
    train(directory, 0, 110, model, None)
    train(directory, 90, 160, model, 90)
    for path in directory.glob("events.*"):
        path.unlink()
    logs = directory.glob("plugins/deeptracker/*.deeptracker")
    for number, path in enumerate(sorted(logs, key=lambda path: path.stat().st_mtime), 1):
        path.rename(path.with_name(f"session-{number}.deeptracker"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
