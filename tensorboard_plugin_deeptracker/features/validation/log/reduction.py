"""What is kept of scores, computed where they are: on the device of the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....summary.scores import NOT_EVALUATED, score_rows


@dataclass(frozen=True)
class Kept:
    """What `kept_of` kept of the scores of an evaluation: `add_predictions` takes it for them.

    Attributes:
        values: float[images, KEPT].
        probabilities: Whether the scores were probabilities.
    """

    values: NDArray[np.floating[Any]]
    probabilities: bool = False

    def __len__(self) -> int:
        return len(self.values)


def kept_of(scores: Tensor, labels: Tensor) -> Tensor:
    """What `choices_from` needs of scores; nothing of it is brought to the host.

    Args:
        scores: float[n, classes], of any precision; or one logit, [n, 1] or [n], of two classes.
        labels: int[n], on the same device; what is no class of the scores is a label that they do
            not know.

    Returns:
        float32[n, KEPT], or float64 if the scores are; on their device.
    """
    with torch.no_grad():
        rows = score_rows(scores)
        rows = rows if rows.dtype == torch.float64 else rows.float()
        classes = rows.shape[1]
        highest, predicted = rows.max(dim=1)  # Of equals the first; NaN where there is one.
        evaluated = highest.isfinite()
        others, second = rows.scatter(1, predicted[:, None], -torch.inf).max(dim=1)
        # If all others are ruled out, the first of them is as good as any.
        second = torch.where(second == predicted, 1, second)
        known = evaluated & (labels >= 0) & (labels < classes)
        label = labels.clamp(0, classes - 1).long()
        own = rows.gather(1, label[:, None])[:, 0]
        margin = own - torch.where(predicted == label, others, highest)
        total = (rows - highest[:, None]).exp().sum(dim=1)
        probability = (own - highest).exp() / total
        nothing = float(NOT_EVALUATED)
        return torch.stack(
            [
                torch.where(evaluated, predicted, nothing),
                torch.where(evaluated, second, nothing),
                torch.where(known, margin, torch.nan),
                torch.where(known, probability, torch.nan),
            ],
            dim=1,
        ).to(rows.dtype)
