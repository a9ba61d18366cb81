"""Gradients of a scaled loss are logged as they are without the scale, wherever that is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.summary.reading import read_log

PLACES = ("after backward", "after unscale_", "after step", "after update")


def train(directory: Path, place: str | None, optimizer: Any = None, **options: Any) -> nn.Module:
    """Four iterations; without a place, of a loss that is not scaled."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))
    optimizer = (optimizer or torch.optim.SGD)(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", growth_interval=2, enabled=place is not None)
    x = torch.randn(4, 8, 4)
    with SummaryWriter(directory) as writer:
        for step in range(4):
            optimizer.zero_grad(**options)
            scaler.scale(model(x[step]).square().sum()).backward()

            def log(here: str, step: int = step) -> None:
                if here == (place or PLACES[0]):
                    writer.add_weights(model, step, grad_scaler=scaler)

            log("after backward")
            if place == "after unscale_":
                scaler.unscale_(optimizer)
                log("after unscale_")
            scaler.step(optimizer)
            log("after step")
            scaler.update()
            log("after update")
    return model


@pytest.mark.parametrize("set_to_none", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_a_scaler_leaves_no_trace(tmp_path: Path, place: str, set_to_none: bool) -> None:
    plain = train(tmp_path / "plain", None, set_to_none=set_to_none)
    scaled = train(tmp_path / "scaled", place, set_to_none=set_to_none)
    for one, other in zip(plain.parameters(), scaled.parameters(), strict=True):
        assert torch.equal(one, other)
    expected, found = read_log(tmp_path / "plain"), read_log(tmp_path / "scaled")
    # Whether what is there at the first call after an update is scaled, nobody can tell.
    steps = range(1, 4) if place == "after update" else range(4)
    for step in steps:
        norms = expected.measure("gradient_norm", step)
        assert (norms > 0).all()
        np.testing.assert_allclose(found.measure("gradient_norm", step), norms, rtol=1e-6)
        for name in ("min", "q1", "median", "max", "mean", "sd", "var", "sum", "l1", "l2"):
            for node in ("", "0", "2"):
                np.testing.assert_allclose(
                    found.statistic(f"gradient_{name}", node, step),
                    expected.statistic(f"gradient_{name}", node, step),
                    rtol=1e-5,
                    atol=1e-7,
                )
    if place == "after update":
        assert np.isnan(found.measure("gradient_norm", 0)).all()


def test_a_step_that_divides_by_itself(tmp_path: Path) -> None:
    """A fused optimizer is given the scale, and divides the gradients too."""

    def fused(parameters: Any, lr: float) -> Any:
        return torch.optim.Adam(parameters, lr=lr, fused=True)

    train(tmp_path / "plain", None, fused)
    for place in PLACES[1:]:
        train(tmp_path / place, place, fused)
        for step in range(1, 4):
            np.testing.assert_allclose(
                read_log(tmp_path / place).measure("gradient_norm", step),
                read_log(tmp_path / "plain").measure("gradient_norm", step),
                rtol=1e-4,
            )


def test_a_number_is_what_the_loss_was_multiplied_with(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    model.weight.grad = torch.full((2, 2), 96.0)
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1, grad_scaler=64)
    np.testing.assert_allclose(read_log(tmp_path).measure("gradient_norm", 1), 1.5 * 2**0.5)


@pytest.mark.parametrize("wrong", ["64", 0, -1.0, True, object()])
def test_other_scalers(tmp_path: Path, wrong: Any) -> None:
    with (
        SummaryWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="grad_scaler must be the torch"),
    ):
        writer.add_weights(nn.Linear(2, 2), 1, grad_scaler=wrong)
