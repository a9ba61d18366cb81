"""Rare classes: a few images of 8 and 9 beside many of the others."""

from __future__ import annotations

import torch

from ..datasets import Split
from .lab import Lab, of_classes

_RARE = 3


def study(lab: Lab) -> None:
    """Three images each of two classes; the validation set has as many of them as of others."""
    train = lab.digits.train
    rare = [of_classes(train.labels, digit)[:_RARE] for digit in (8, 9)]
    rows = torch.cat([of_classes(train.labels, *range(8)), *rare])
    with lab.run("imbalance", Split(train.images[rows], train.labels[rows])) as training:
        training.learn(400)
