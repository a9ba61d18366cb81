"""Overfitting: few images, learned by heart."""

from __future__ import annotations

from ..datasets import Split
from .lab import Lab


def study(lab: Lab) -> None:
    """Forty images, gone through hundreds of times."""
    train = lab.digits.train
    with lab.run("overfit", Split(train.images[:40], train.labels[:40])) as training:
        training.learn(600)
