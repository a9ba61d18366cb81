"""Catastrophic forgetting: one task after the other, and what becomes of the first."""

from __future__ import annotations

from .lab import Lab, of_classes


def study(lab: Lab) -> None:
    """The digits 0 to 4, then 5 to 9, as if the others had never been."""
    labels = lab.digits.train.labels
    with lab.run("forgetting") as training:
        training.learn(300, of_classes(labels, 0, 1, 2, 3, 4))
        training.learn(300, of_classes(labels, 5, 6, 7, 8, 9))
