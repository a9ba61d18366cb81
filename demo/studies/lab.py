"""What all studies share: digits, a small network, and a training that logs what they look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from tensorboard_plugin_deeptracker import SummaryWriter

from .. import datasets
from ..datasets import Dataset, Split

BATCH = 32
RATE = 0.05
# The map has a frame at one in so many of the dumps.
_FRAME = 2


class SmallCNN(nn.Module):
    """Two convolutions and two linear layers for images of 8 x 8: 70 thousand weights."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.hidden = nn.Linear(32 * 16, 128)
        self.output = nn.Linear(128, classes)

    def features(self, x: Tensor) -> Tensor:
        """Maps [images, 1, 8, 8] to what the last layer sees, [images, 128]."""
        x = functional.relu(self.conv1(x))
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        return functional.relu(self.hidden(x.flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        """Maps [images, 1, 8, 8] to logits, [images, classes]."""
        return self.output(self.features(x))  # type: ignore[no-any-return]


class Lab:
    """Where a study is made.

    Args:
        directory: Gets its runs.
        seed: Of everything random.
        size: Of all numbers of iterations, a share.

    Attributes:
        digits: The images: 1,297 to learn from, 500 to validate on.
        seed: Of everything random.
    """

    def __init__(self, directory: Path, seed: int = 0, size: float = 1.0) -> None:
        self._directory = directory
        self._size = size
        self.seed = seed
        self.digits: Dataset = datasets.load("digits", seed)

    @contextmanager
    def run(self, name: str, train: Split | None = None) -> Iterator[Training]:
        """A run of the study.

        Args:
            name: Of its directory.
            train: The images that are learned from, with their labels; None: all of them.
        """
        torch.manual_seed(self.seed)
        with SummaryWriter(str(self._directory / name)) as writer:
            chosen = self.digits.train if train is None else train
            yield Training(writer, self.digits, chosen, SmallCNN(), self._size)


class Training:
    """A training that is logged.

    Args:
        writer: Gets all of it.
        digits: Images to validate on.
        train: Images to learn from.
        model: The network.
        size: Of all numbers of iterations, a share.

    Attributes:
        model: The network.
        step: Iterations so far.
    """

    def __init__(
        self, writer: SummaryWriter, digits: Dataset, train: Split, model: SmallCNN, size: float
    ) -> None:
        self._writer, self._digits, self._train, self._size = writer, digits, train, size
        self.model = model
        self.step = self._dumps = 0
        self._losses: list[float] = []
        writer.add_model(model, as_input(train.images[:2]))
        validation = digits.validation
        writer.add_validation_set(validation.labels, digits.class_names, validation.images)
        writer.add_image_set("train", train.labels, digits.class_names, train.images)

    def learn(
        self,
        iterations: int,
        rows: Tensor | None = None,
        rate: float = RATE,
        optimizer: torch.optim.Optimizer | None = None,
        dumps: int = 40,
    ) -> None:
        """Learns for some iterations, and logs evenly meanwhile.

        Args:
            iterations: How many, before they are made fewer or more.
            rows: int64[n]: which training images are learned from; None: all.
            rate: Learning rate of plain gradient descent with momentum.
            optimizer: Another way to learn.
            dumps: How often it is logged.
        """
        iterations = max(2, round(iterations * self._size))
        every = max(1, iterations // max(1, round(dumps * max(self._size, 0.25))))
        chosen = torch.arange(len(self._train.labels)) if rows is None else rows
        if optimizer is None:
            optimizer = torch.optim.SGD(self.model.parameters(), rate, momentum=0.9)
        for i in tqdm(range(iterations), desc="Learning", unit=" steps", leave=False):
            batch = chosen[torch.randint(len(chosen), (BATCH,))]
            outputs = self.model(as_input(self._train.images[batch]))
            loss = functional.cross_entropy(outputs, self._train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self._losses.append(loss.item())
            if i % every == 0 or i == iterations - 1:
                self._log(optimizer, chosen)
            self.step += 1

    def scores(self, split: Split) -> tuple[Tensor, Tensor]:
        """Logits, float32[images, classes], and what they are made from, [images, 128]."""
        with torch.inference_mode():
            features = self.model.features(as_input(split.images))
            return self.model.output(features), features

    def scalar(self, tag: str, value: float) -> None:
        """Logs a number."""
        self._writer.add_scalar(tag, value, self.step)

    def _log(self, optimizer: torch.optim.Optimizer, learned_from: Tensor) -> None:
        writer, step, validation = self._writer, self.step, self._digits.validation
        writer.add_weights(self.model, step)
        scores, features = self.scores(validation)
        writer.add_predictions(None, step, scores)
        if self._dumps % _FRAME == 0:
            writer.add_representations(features, step, scores)
        of_train, _ = self.scores(self._train)
        # Of images that are not learned from, nothing is said.
        writer.add_predictions(None, step, of_train[learned_from], "train", ids=learned_from)
        writer.add_scalar("loss/train", sum(self._losses) / len(self._losses), step)
        wrong = scores.argmax(1) != validation.labels
        writer.add_scalar("error/validation", wrong.float().mean().item(), step)
        writer.add_scalar("learning_rate", optimizer.param_groups[0]["lr"], step)
        self._losses.clear()
        self._dumps += 1


def as_input(images: Tensor) -> Tensor:
    """uint8[images, 1, 8, 8] to float32 between 0 and 1."""
    return images.float() / 255


def of_classes(labels: Tensor, *classes: int) -> Tensor:
    """Rows of the images of some classes: int64[n]."""
    return torch.isin(labels, torch.tensor(classes)).nonzero().flatten()
