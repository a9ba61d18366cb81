"""Active learning: labels bought at random, and bought where the network is least sure."""

from __future__ import annotations

import torch
from torch import Tensor

from .lab import Lab, Training

_FIRST, _EACH, _PURCHASES = 30, 15, 8


def study(lab: Lab) -> None:
    """The same first labels and the same number of them, chosen in two ways."""
    for name in ("at-random", "by-uncertainty"):
        with lab.run(name) as training:
            order = torch.randperm(len(lab.digits.train.labels))
            bought, left = order[:_FIRST], order[_FIRST:]
            for _ in range(_PURCHASES):
                training.learn(60, bought, dumps=6)
                training.scalar("labels", len(bought))
                if name == "by-uncertainty":
                    left = left[_margins(training, lab, left).argsort()]
                bought, left = torch.cat([bought, left[:_EACH]]), left[_EACH:]


def _margins(training: Training, lab: Lab, rows: Tensor) -> Tensor:
    """How far the first choice is above the second: float32[rows]."""
    scores, _ = training.scores(lab.digits.train)
    best = scores[rows].topk(2).values
    return best[:, 0] - best[:, 1]
