"""Wrong labels: a fifth of the training images is called another digit."""

from __future__ import annotations

import torch

from ..datasets import Split
from .lab import Lab


def study(lab: Lab) -> None:
    """Slowly, and so long that the first wrong labels are known by heart."""
    torch.manual_seed(lab.seed)
    train = lab.digits.train
    labels = train.labels.clone()
    wrong = torch.randperm(len(labels))[: len(labels) // 5]
    labels[wrong] = (labels[wrong] + torch.randint(1, 10, (len(wrong),))) % 10
    with lab.run("noise", Split(train.images, labels)) as training:
        training.learn(400, rate=0.02)
