"""The validation set that trackers are tried with, and what of it is in a log."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from ..summary.reading import Logged
from .problem import ALL, TRAINING, Digits

VALIDATION = Digits(TRAINING, ALL)


def validation_loader(**options: Any) -> DataLoader[Any]:
    return DataLoader(VALIDATION, **{"batch_size": 16, **options})


def by_image(logged: Logged, step: int) -> list[int]:
    """What was predicted, in the order of the dataset."""
    (validation_set,) = logged.validation_sets
    ids = np.asarray(validation_set.ids)
    return [int(logged.predicted[step][ids == i][0]) for i in range(len(ids))]
