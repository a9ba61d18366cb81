"""Transfer: what was learned of one task serves another, beside learning that alone."""

from __future__ import annotations

import torch

from .lab import RATE, Lab, of_classes


def study(lab: Lab) -> None:
    """The digits 5 to 9 from few images: after 0 to 4, with slow features; and alone."""
    labels = lab.digits.train.labels
    few = of_classes(labels, 5, 6, 7, 8, 9)[:60]
    with lab.run("after-other-digits") as training:
        training.learn(300, of_classes(labels, 0, 1, 2, 3, 4))
        model = training.model
        features, last = list(model.parameters())[:-2], list(model.parameters())[-2:]
        fine = torch.optim.SGD(
            [{"params": features, "lr": RATE / 10}, {"params": last, "lr": RATE / 2}], momentum=0.9
        )
        training.learn(300, few, optimizer=fine)
    with lab.run("from-the-beginning") as training:
        training.learn(300, few, rate=RATE / 2)
