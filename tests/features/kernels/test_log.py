"""The first layer's weights are logged as they are, where they can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.summary.reading import read_log


def log(path: Path, model: nn.Module) -> dict[int, torch.Tensor]:
    """Two dumps; returns the first layer's weights at each."""
    weights = {}
    with SummaryWriter(path) as writer:
        for step in range(2):
            writer.add_weights(model, step)
            first: Any = next(m for m in model.modules() if hasattr(m, "weight"))
            weights[step] = first.weight.detach().float().clone()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter))
    return weights


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "change",
    [
        lambda model: model,
        lambda model: model.to(memory_format=torch.channels_last),
        lambda model: model.bfloat16(),
        lambda model: nn.Sequential(weight_norm(model[0]), model[1]),
    ],
)
def test_they_are_the_weights(
    tmp_path: Path, channels: int, change: Callable[[nn.Module], nn.Module]
) -> None:
    torch.manual_seed(0)
    model = change(nn.Sequential(nn.Conv2d(channels, 6, (3, 5)), nn.Conv2d(6, 2, 3)))
    weights = log(tmp_path, model)
    logged = read_log(tmp_path)
    assert logged.model.kernels == 0
    for step, weight in weights.items():
        np.testing.assert_array_equal(logged.kernels[step], weight.numpy())


@pytest.mark.parametrize(
    "first",
    [
        nn.Conv2d(2, 4, 3),
        nn.Conv2d(3, 4, 1),
        nn.Conv2d(3, 768, 16),
        nn.ConvTranspose2d(3, 3, 3),
        nn.Linear(3, 4),
    ],
)
def test_what_is_no_picture_is_not_logged(tmp_path: Path, first: nn.Module) -> None:
    log(tmp_path, nn.Sequential(first, nn.Conv2d(3, 2, 3)))
    logged = read_log(tmp_path)
    assert logged.model.kernels is None
    assert not logged.kernels
