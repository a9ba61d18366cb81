"""Dead units: an initialisation that keeps rectifiers below zero."""

from __future__ import annotations

import torch

from .lab import Lab


def study(lab: Lab) -> None:
    """Half of the first layer's filters begin with a bias that no image lifts above zero."""
    with lab.run("dead") as training:
        bias = training.model.conv1.bias
        assert bias is not None
        with torch.no_grad():
            bias[:8] = -10
        training.learn(400)
